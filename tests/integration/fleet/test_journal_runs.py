"""A master that is killed and started again leads its run on."""

from __future__ import annotations

import csv
import re
import signal
import time
from pathlib import Path

import pytest
from fakes.nodes import LOCUSTFILE, Fleet

pytestmark = pytest.mark.slow

COUNTING = (
    LOCUSTFILE
    + """
    def on_start(self):
        with open(f"users.{os.getpid()}", "a") as file:
            file.write("1")

import os
from locust import events

@events.request.add_listener
def note(**kwargs):
    with open(f"counted.{os.getpid()}", "a") as file:
        file.write("1")
"""
)


def counted(folder: Path, kind: str = "counted") -> int:
    """What the workers themselves say."""
    return sum(path.stat().st_size for path in folder.glob(f"{kind}.*"))


@pytest.mark.parametrize("security", [(), ("--secure",)], ids=["plain", "secure"])
def test_a_killed_master_takes_its_run_up(fleet: Fleet, security: tuple[str, ...]) -> None:
    arguments = (*security, "--headless", "-u", "6", "-r", "6", "-t", "14", "--expect-workers", "2", "--journal", "j")
    arguments += ("--csv", "csv/run")
    master = fleet.master(*arguments, locustfile=COUNTING)
    join = ("--join", master.await_output(r"--join (gjt1_\S+)$")[1]) if security else ()
    workers = [fleet.worker(*join, locustfile=COUNTING) for _ in range(2)]
    master.await_output("All users spawned")
    began = time.monotonic()
    time.sleep(4)

    master.signal(signal.SIGKILL)
    time.sleep(2)
    again = fleet.master(*arguments, locustfile=COUNTING)

    taken_up = again.await_output(r"Taking up the run that began (\d+) s ago: (\d+) requests were counted")
    assert 5 <= int(taken_up[1]) <= 9
    assert int(taken_up[2]) > 0
    assert again.await_end() == 0
    # The time goes on, too.
    assert 13 <= time.monotonic() - began <= 18
    assert [worker.await_end() for worker in workers] == [0, 0]
    # Nothing lost and nothing twice, over both masters; and no user was stopped or started anew.
    assert again.request_count == counted(fleet.folder)
    assert counted(fleet.folder, "users") == 6
    with (fleet.folder / "csv" / "run_stats_history.csv").open(newline="") as file:
        history = [(int(row["Timestamp"]), int(row["Total Request Count"])) for row in csv.DictReader(file)]
    assert history == sorted(history)
    assert history[-1][0] - history[0][0] >= 12


def test_a_run_that_has_ended_is_not_taken_up(fleet: Fleet) -> None:
    arguments = ("--headless", "-u", "2", "-r", "2", "-t", "1", "--journal", "j")
    for _ in range(2):
        master = fleet.master(*arguments)
        worker = fleet.worker()
        assert (master.await_end(), worker.await_end()) == (0, 0)
        assert "Taking up" not in master.output


def test_users_of_a_worker_that_does_not_come_back_go_to_the_others(fleet: Fleet) -> None:
    arguments = ("--headless", "-u", "6", "-r", "6", "--expect-workers", "2", "--journal", "j")
    master = fleet.master(*arguments)
    workers = [fleet.worker() for _ in range(2)]
    master.await_output("All users spawned")
    time.sleep(1)

    master.signal(signal.SIGKILL)
    workers[0].signal(signal.SIGKILL)
    again = fleet.master(*arguments)

    again.await_output("1 workers of the run didn't come back: their users go to the others")
    again.await_output(re.escape('All users spawned: {"Counting": 6} (6 total users)'))


def test_workers_without_a_master_stop_after_their_time(fleet: Fleet) -> None:
    master = fleet.master("--headless", "-u", "2", "-r", "2")
    worker = fleet.worker("--orphan-timeout", "3s")
    master.await_output("All users spawned")
    time.sleep(1.5)

    master.signal(signal.SIGKILL)

    assert worker.await_end(seconds=15) == 0
    assert "Didn't get heartbeat from master in over 3s. Shutting down" in worker.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--journal", "j"), "--journal is for masters: it keeps the run of a fleet"),
        (("--master", "--journal", "none/j"), "--journal none/j can't be used: No such file or directory"),
        (("--master", "--orphan-timeout", "3"), "--orphan-timeout is for workers"),
    ],
)
def test_what_can_not_be_is_said(fleet: Fleet, arguments: tuple[str, ...], message: str) -> None:
    node = fleet.start("--headless", *arguments)

    assert node.await_end() == 1
    assert message in node.output


def test_a_run_with_the_web_ui_keeps_its_time_too(fleet: Fleet) -> None:
    ui = ("--web-host", "127.0.0.1", "--web-port", "0", "--autostart", "--autoquit", "0")
    arguments = (*ui, "-u", "2", "-r", "2", "-t", "8", "--journal", "j")
    master = fleet.master(*arguments)
    worker = fleet.worker()
    master.await_output("All users spawned")
    began = time.monotonic()
    time.sleep(2)

    master.signal(signal.SIGKILL)
    again = fleet.master(*arguments)

    again.await_output("--run-time limit reached, stopping test")
    assert time.monotonic() - began <= 11
    assert (again.await_end(), worker.await_end()) == (0, 0)


def test_processes_started_again_are_known_to_those_from_elsewhere(fleet: Fleet) -> None:
    bind = ("--master-bind-host", "127.0.0.1", "--master-bind-port", str(fleet.port))
    arguments = (
        "--processes",
        "1",
        "--secure",
        *bind,
        "--headless",
        "-u",
        "4",
        "-r",
        "4",
        "-t",
        "12",
        "--journal",
        "j",
    )
    master = fleet.start(*arguments)
    worker = fleet.worker("--join", master.await_output(r"--join (gjt1_\S+)$")[1])
    master.await_output("All users spawned")
    time.sleep(3)

    master.signal(signal.SIGKILL)
    again = fleet.start(*arguments)

    assert (again.await_end(), worker.await_end()) == (0, 0)
    assert "refused" not in again.output
