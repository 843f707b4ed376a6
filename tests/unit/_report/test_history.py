from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gevent
import pytest

from locust import stats
from locust._report import history
from locust.stats import RequestStats


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(stats.time, "time", lambda: 1_700_000_000.5)
    return SimpleNamespace(stats=RequestStats(), user_count=3, state="running")


def test_a_point_of_history_has_upstreams_shape(runner: Any) -> None:
    runner.stats.log_request("GET", "/a", 3, 4)

    stats.update_stats_history(runner)

    at = "2023-11-14T22:13:20Z"
    assert runner.stats.history == [
        {
            "response_time_percentile_0.5": [at, 3],
            "response_time_percentile_0.95": [at, 3],
            "current_rps": [at, 0],
            "current_fail_per_sec": [at, 0],
            "total_avg_response_time": [at, 3.0],
            "user_count": [at, 3],
            "time": at,
        }
    ]


def test_history_is_made_while_a_test_is_on(runner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter(["ready", "spawning", "running", "stopping", "cleanup", "stopped"])

    def sleep(seconds: float) -> None:
        assert seconds == stats.HISTORY_STATS_INTERVAL_SEC
        runner.state = next(states, None)
        if runner.state is None:
            raise gevent.GreenletExit

    runner.state = "ready"
    monkeypatch.setattr(history.gevent, "sleep", sleep)
    with pytest.raises(gevent.GreenletExit):
        stats.stats_history(runner)

    assert len(runner.stats.history) == 4


def test_history_marks_where_workers_were_missing(runner: Any) -> None:
    runner.clients = SimpleNamespace(missing=["w1", "w2"])

    stats.update_stats_history(runner)

    assert runner.stats.history[0]["missing_workers"] == ["2023-11-14T22:13:20Z", 2]
