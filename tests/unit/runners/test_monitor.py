"""What the runner says of its own processor and memory use."""

from __future__ import annotations

import logging
import sys
from types import SimpleNamespace

import pytest

from locust import runners


@pytest.fixture
def usage(monkeypatch):
    """What psutil will say, one percentage a measurement."""
    percentages = [0.0]

    class Process:
        def cpu_percent(self):
            return percentages.pop(0) if len(percentages) > 1 else percentages[0]

        def memory_info(self):
            return SimpleNamespace(rss=1234)

    monkeypatch.setitem(sys.modules, "psutil", SimpleNamespace(Process=Process))
    monkeypatch.setattr(runners, "CPU_MONITOR_INTERVAL", 0.001)
    return percentages


def test_usage_is_told_regularly(make_runner, until, usage):
    usage[:] = [0.0, 12.5, 20.0]
    runner, told = make_runner(), []
    runner.environment.events.usage_monitor.add_listener(lambda **said: told.append(said))

    until(lambda: len(told) >= 2)

    environment = runner.environment
    assert told[:2] == [
        {"environment": environment, "cpu_usage": 12.5, "memory_usage": 1234},
        {"environment": environment, "cpu_usage": 20.0, "memory_usage": 1234},
    ]
    assert (runner.current_cpu_usage, runner.current_memory_usage) == (20.0, 1234)


def test_a_busy_processor_is_warned_of_once_a_test(make_runner, until, usage, caplog):
    usage[:] = [0.0, 95.0, 96.0, 1.0]
    runner, warnings = make_runner(), []
    runner.environment.events.cpu_warning.add_listener(lambda **said: warnings.append(said["cpu_usage"]))

    until(lambda: runner.current_cpu_usage == 1.0)

    assert warnings == [95.0, 96.0]
    texts = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [text.partition("!")[0] for text in texts] == ["CPU usage above 90%"]
    assert runner.cpu_log_warning() is True
    assert "CPU usage was too high at some point during the test!" in caplog.text


def test_an_idle_processor_is_no_news(make_runner):
    assert make_runner().cpu_log_warning() is False
