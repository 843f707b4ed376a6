"""`--html`, as a process: the report is there however the run ends, and what can't be written is said before it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LOCUSTFILE = """
from locust import User, constant, events, task


@events.spawning_complete.add_listener
def on_spawning_complete(**kwargs):
    print("all there", flush=True)


class Visitor(User):
    host = "http://shop.example"
    wait_time = constant(0.05)

    @task
    def look(self):
        self.environment.events.request.fire(
            request_type="GET", name="</script><b>", response_time=3, response_length=5, exception=None, context={}
        )
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE)
    return tmp_path


def start(folder: Path, *arguments: str, users: str = "-u 2 -r 10") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "locust", "--headless", "--only-summary", *users.split(), *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def values_of(report: Path) -> dict[str, Any]:
    found = re.search(r"^window\.templateArgs = (.*)$", report.read_text(), re.MULTILINE)
    assert found
    values: dict[str, Any] = json.loads(found[1])
    return values


def test_a_run_leaves_its_report_under_the_name_that_was_asked_for(folder: Path) -> None:
    done = start(folder, "-t", "2s", "--html", "report_{u}_{r}_{t}.html")

    _, errors = done.communicate(timeout=30)

    assert done.returncode == 0, errors
    values = values_of(folder / "report_2_10_2.html")
    [row, total] = values["requests_statistics"]
    assert row["name"] == "</script><b>"
    assert row["num_requests"] == total["num_requests"] > 10
    # Second by second, with what happened; the heat map's cells hold all requests of a whole second.
    assert [mark["kind"] for mark in values["marks"]] == ["start", "spawned", "stop"]
    course = values["series"]["total"]
    assert len(course["time"]) == len(course["heat"]) >= 1
    assert sum(rate for _, rate in course["heat"][0]) == course["rps"][0] > 0
    assert values["tasks"]["total"] == {"Visitor": {"ratio": 1.0, "tasks": {"look": {"ratio": 1.0}}}}


def test_the_name_has_the_defaults_of_users_and_rate(folder: Path) -> None:
    done = start(folder, "-t", "1", "--html", "report_{u}_{r}_{t}.html", users="")

    _, errors = done.communicate(timeout=30)

    assert done.returncode == 0, errors
    assert [path.name for path in folder.glob("*.html")] == ["report_1_1_1.html"]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_an_ended_run_leaves_its_report(folder: Path, end: signal.Signals) -> None:
    run = start(folder, "--html", "report.html")
    assert run.stdout is not None
    assert run.stdout.readline() == "all there\n"

    run.send_signal(end)
    _, errors = run.communicate(timeout=30)

    assert run.returncode == 0, errors
    assert values_of(folder / "report.html")["requests_statistics"][-1]["num_requests"] > 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/report.html", "--html: there is no folder 'nowhere' to write the report into"),
        (".", "--html: wanted the name of a file, got the folder '.'"),
    ],
)
def test_a_place_that_can_not_be_written_is_said_before_the_run(folder: Path, name: str, message: str) -> None:
    done = start(folder, "-t", "1s", "--html", name)

    output, errors = done.communicate(timeout=30)

    assert done.returncode == 1
    assert message in errors
    assert "all there" not in output


def test_a_place_that_was_lost_meanwhile_costs_nothing(folder: Path) -> None:
    (folder / "reports").mkdir()
    run = start(folder, "--html", "reports/report.html")
    assert run.stdout is not None
    assert run.stdout.readline() == "all there\n"
    (folder / "reports").rmdir()

    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate(timeout=30)

    found = re.search(r"Can't write the report to 'reports/report.html' \(.*\): it is in (\S+)", errors)
    assert found, errors
    kept = Path(found[1])
    assert values_of(kept)["requests_statistics"]
    kept.unlink()
