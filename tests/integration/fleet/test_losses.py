"""Workers that die, leave, pause and come late: what was counted is there once, and users go on elsewhere.

The truth is a file to which users write a byte for each request, whatever becomes of their process.
"""

from __future__ import annotations

import re
import signal
import time

import pytest

pytestmark = pytest.mark.slow

LOCUSTFILE = """
import os
from locust import User, constant, events, task
from locust import runners

runners.WORKER_REPORT_INTERVAL = float(os.environ.get("REPORT_INTERVAL", 1))


class Counting(User):
    wait_time = constant(0.02)

    @task
    def count(self):
        os.write(truth, b".")
        self.environment.events.request.fire(
            request_type="GET", name="/", response_time=5, response_length=3, exception=None, context={}
        )


@events.test_start.add_listener
def on_test_start(environment, **_):
    global truth
    truth = os.open(f"truth.{os.getpid()}", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
"""
EIGHT_USERS = ("--headless", "-u", "8", "-r", "8", "--expect-workers", "2")
INTERVAL_SECONDS = 1.0
MOST_A_SECOND = 8 * 50


def truth(fleet) -> int:
    return sum(path.stat().st_size for path in fleet.folder.glob("truth.*"))


def start(fleet, *arguments: str, workers: int = 2):
    master = fleet.master(*EIGHT_USERS, *arguments, locustfile=LOCUSTFILE)
    nodes = [fleet.worker(locustfile=LOCUSTFILE) for _ in range(workers)]
    master.await_output("All users spawned")
    return master, nodes


def test_a_clean_run_counts_every_request(fleet):
    master, _ = start(fleet, "-t", "3")

    assert master.await_end() == 0
    assert master.request_count == truth(fleet) > 500


def test_a_killed_workers_users_move_and_only_its_last_report_is_lost(fleet):
    master, workers = start(fleet, "-t", "10")
    time.sleep(2)
    workers[0].signal(signal.SIGKILL)
    killed_at = time.monotonic()
    master.await_output("All users spawned: .*8 total users", times=2, seconds=9)

    assert time.monotonic() - killed_at < 5 + 1
    assert master.await_end() == 0
    lost = truth(fleet) - master.request_count
    assert 0 <= lost <= MOST_A_SECOND / 2 * (INTERVAL_SECONDS + 0.2)
    assert re.search(r"What worker \S+ counted since its last report, \d\.\d s ago, is missing", master.output)


def test_a_worker_that_is_terminated_leaves_nothing_behind(fleet):
    master, workers = start(fleet, "-t", "5")
    time.sleep(1.5)
    workers[0].signal(signal.SIGTERM)

    assert workers[0].await_end() == 0
    assert master.await_end() == 0
    assert master.request_count == truth(fleet)
    assert "is leaving." in master.output
    assert master.output.count('All users spawned: {"Counting": 8} (8 total users)') == 2


def test_a_worker_that_was_paused_comes_back_and_counts_once(fleet):
    master, workers = start(fleet, "-t", "13")
    time.sleep(1)
    workers[0].signal(signal.SIGSTOP)
    master.await_output("setting state to missing")
    master.await_output("All users spawned", times=2)
    workers[0].signal(signal.SIGCONT)
    master.await_output(r"self-healed with heartbeat")
    master.await_output("All users spawned", times=3)

    assert master.await_end() == 0
    assert workers[0].await_end() == 0
    assert master.request_count == truth(fleet)


def test_a_late_worker_takes_its_share(fleet):
    master, _ = start(fleet, "-t", "4")
    late = fleet.worker(locustfile=LOCUSTFILE)
    late.await_output("Starting Locust")
    master.await_output("All users spawned: .*8 total users", times=2)

    assert master.await_end() == 0
    assert late.await_end() == 0
    assert master.request_count == truth(fleet)
    # The master's is empty.
    assert sum(path.stat().st_size > 0 for path in fleet.folder.glob("truth.*")) == 3


def test_without_rebalancing_a_killed_workers_users_are_gone(fleet):
    master, workers = start(fleet, "-t", "8", "--no-rebalancing")
    workers[0].signal(signal.SIGKILL)
    master.await_output("setting state to missing")

    assert master.await_end() == 0
    assert master.output.count("All users spawned") == 1


def test_the_last_worker_to_quit_ends_the_test(fleet):
    master, workers = start(fleet)
    for worker in workers:
        worker.signal(signal.SIGINT)

    assert master.await_end() == 0
    assert "The last worker quit, stopping test." in master.output
    assert master.request_count == truth(fleet)


def test_the_last_worker_to_be_killed_ends_the_test(fleet):
    master, workers = start(fleet)
    for worker in workers:
        worker.signal(signal.SIGKILL)

    assert master.await_end() == 0
    assert "The last worker went missing, stopping test." in master.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_master_that_is_told_to_end_takes_its_workers_along(fleet, number):
    master, workers = start(fleet)
    time.sleep(1)
    master.signal(number)

    assert master.await_end() == 0
    assert [worker.await_end() for worker in workers] == [0, 0]
    assert master.request_count == truth(fleet)


def test_a_master_that_is_interrupted_while_it_waits_for_workers_lets_those_go_that_came(fleet):
    master = fleet.master(*EIGHT_USERS, locustfile=LOCUSTFILE)
    worker = fleet.worker(locustfile=LOCUSTFILE)
    master.await_output("1 workers connected")
    master.signal(signal.SIGINT)

    assert master.await_end() == 0
    assert worker.await_end() == 0
