"""`locust check`, as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOOD = """
from locust import FastHttpUser, TaskSet, constant, events, task

@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--token", is_secret=True, default="none")

class Shopper(FastHttpUser):
    wait_time = constant(1)

    def on_start(self):
        self.client.get("/?start")

    @task(3)
    def browse(self):
        self.client.get("/")

    @task
    class Basket(TaskSet):
        @task
        def look(self):
            self.client.get("/?basket")
            self.interrupt()
"""


def check(tmp_path: Path, text: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "locustfile.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "locust", "check", *arguments],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_good_locustfile_is_fit_and_its_plan_is_shown(tmp_path: Path) -> None:
    (tmp_path / "locust.conf").write_text("users = 8\n")

    done = check(tmp_path, GOOD, "-H", "http://shop.example", "--token", "hunter2", LOCUST_RUN_TIME="5m")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Shopper  weight 1 (100.0%, 8 users)  host http://shop.example  wait constant(wait_time=1)" in done.stdout
    assert "75.0%  browse" in done.stdout
    origins = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.startswith("  --")}
    assert origins["--users"] == ["8", "locust.conf"]
    assert origins["--run-time"] == ["300", "LOCUST_RUN_TIME"]
    assert origins["--host"] == ["http://shop.example", "command", "line"]
    assert "hunter2" not in done.stdout
    assert done.stdout.endswith("Nothing found. Fit to run.\n")


def test_findings_come_with_file_line_and_rule_and_make_it_unfit(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD.replace("def browse", "async def browse"))

    assert done.returncode == 1
    assert "locustfile.py:15: error [async-task] 'browse'" in done.stdout
    assert "Not fit to run." in done.stdout


def test_warnings_make_it_unfit_only_when_asked_to(tmp_path: Path) -> None:
    lacks_wait_time = GOOD.replace("    wait_time = constant(1)\n", "")

    assert check(tmp_path, lacks_wait_time, "-H", "http://x").returncode == 0
    assert check(tmp_path, lacks_wait_time, "-H", "http://x", "--strict").returncode == 1
    assert check(tmp_path, lacks_wait_time, "-H", "http://x", "--strict", "--ignore", "no-wait-time").returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [("class A(:", "locustfile.py:1: error [cannot-import] not Python"), ("\n1 / 0", "locustfile.py:2: error")],
)
def test_a_file_that_can_not_be_imported_is_a_finding(tmp_path: Path, text: str, message: str) -> None:
    done = check(tmp_path, text)

    assert done.returncode == 1
    assert message in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD, "--ignore", "no-such")

    assert done.returncode == 1
    assert "--ignore: no such rule: no-such. Rules: async-task" in done.stderr


def test_an_unknown_option_is_refused_as_in_a_run(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD, "--user-count", "3")

    assert done.returncode == 2
    assert "unrecognized arguments: --user-count" in done.stderr


def test_tags_that_leave_nothing_are_found(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD, "-H", "http://x", "--tags", "slow")

    assert done.returncode == 1
    assert "[no-tasks] Shopper has no tasks" in done.stdout


def test_once_runs_each_task_once_and_counts_its_requests(tmp_path: Path, target: str) -> None:
    done = check(tmp_path, GOOD, "-H", target, "--once", "--json")

    report: dict[str, Any] = json.loads(done.stdout)
    passes = {each["task"]: [request["name"] for request in each["requests"]] for each in report["once"]}
    assert passes == {
        "Shopper.on_start": ["/?start"],
        "Shopper.browse": ["/"],
        "Shopper.Basket.look": ["/?basket"],
    }
    assert all(each["is_good"] for each in report["once"]), report["once"]
    assert (done.returncode, report["is_fit"]) == (0, True)


def test_once_fails_when_a_request_does_or_a_task_raises_or_hangs(tmp_path: Path, target: str) -> None:
    broken = """
import gevent
from locust import FastHttpUser, constant, task

class Shopper(FastHttpUser):
    wait_time = constant(1)

    @task
    def refused(self): self.client.get("http://127.0.0.1:1/")

    @task
    def raises(self): raise KeyError("basket")

    @task
    def hangs(self): gevent.sleep(60)
"""
    done = check(tmp_path, broken, "-H", target, "--once", "--once-timeout", "0.5")

    assert done.returncode == 1
    assert "GET http://127.0.0.1:1/: " in done.stdout
    assert "KeyError: 'basket'" in done.stdout
    assert "not done after 0.5 s: given up" in done.stdout
    assert "3 of 3 passes went wrong" in done.stdout


def test_nothing_is_sent_without_once(tmp_path: Path) -> None:
    nobody_listens = "http://127.0.0.1:1"

    assert check(tmp_path, GOOD, "-H", nobody_listens).returncode == 0
    assert check(tmp_path, GOOD, "-H", nobody_listens, "--once").returncode == 1
