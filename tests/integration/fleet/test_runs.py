"""Runs of a master and its workers, as processes on this machine."""

from __future__ import annotations

import signal
import socket
import time

import pytest
import requests
from fakes import nodes

pytestmark = pytest.mark.slow

SHORT = ("--headless", "-u", "5", "-r", "5", "-t", "2", "--expect-workers", "2")


def test_two_workers_run_the_masters_users(fleet):
    master = fleet.master(*SHORT)
    workers = [fleet.worker(), fleet.worker()]

    assert master.await_end() == 0
    assert [worker.await_end() for worker in workers] == [0, 0]
    # 5 users, 20 times a second, for 2 s
    assert 150 <= master.request_count <= 240
    assert 'All users spawned: {"Counting": 5} (5 total users)' in master.output
    assert all("Got quit message from master, shutting down..." in worker.output for worker in workers)


def test_a_master_without_enough_workers_gives_up(fleet):
    master = fleet.master(*SHORT, "--expect-workers-max-wait", "1")
    worker = fleet.worker()

    assert master.await_end() == 1
    assert "Gave up waiting for workers to connect" in master.output
    assert worker.await_end() == 0


def test_workers_get_the_locustfile_from_their_master(fleet):
    master = fleet.master(*SHORT, "-L", "DEBUG")
    master.await_output("Waiting for workers to be ready, 0 of 2 connected")
    (fleet.folder / "locustfile.py").unlink()
    workers = fleet.worker("-f", "-", "--processes", "2", locustfile=None)

    assert master.await_end() == 0
    assert workers.await_end() == 0
    assert master.request_count >= 150


def test_a_worker_waits_for_the_locustfile_of_a_master_that_comes_later(fleet):
    worker = fleet.worker("-f", "-")
    worker.await_output("Still waiting for the locustfile of a master at 127.0.0.1:")
    master = fleet.master("--headless", "-t", "1")

    assert master.await_end() == 0
    assert worker.await_end() == 0


SHAPED = """
from locust import LoadTestShape, User, constant, events, tag, task


class Shopper(User):
    wait_time = constant(0.1)

    @tag("wanted")
    @task
    def buy(self):
        self.environment.events.request.fire(
            request_type="BUY", name="tagged", response_time=5, response_length=3, exception=None, context={}
        )

    @tag("wanted")
    @task
    def fail(self):
        self.environment.events.request.fire(
            request_type="BUY", name="failed", response_time=5, response_length=3, exception=ValueError("no")
        )

    @task
    def other(self):
        raise RuntimeError("not wanted")


class Steps(LoadTestShape):
    use_common_options = True

    def tick(self):
        seconds = self.get_run_time()
        return (2, 2) if seconds < 1.5 else (4, 4) if seconds < 3 else None
"""


def test_a_shape_and_tags_hold_on_all_workers(fleet):
    master = fleet.master("--headless", "--expect-workers", "2", "-T", "wanted", locustfile=SHAPED)
    workers = [fleet.worker(locustfile=SHAPED) for _ in range(2)]

    assert master.await_end() == 1
    assert [worker.await_end() for worker in workers] == [0, 0]
    assert 'All users spawned: {"Shopper": 2} (2 total users)' in master.output
    assert 'All users spawned: {"Shopper": 4} (4 total users)' in master.output
    assert "Shape test stopping" in master.output
    assert "BUY      tagged" in master.output
    assert "not wanted" not in master.output
    assert "BUY failed: ValueError('no')" in master.output


TALKING = """
import gevent
from locust import User, constant, events, runners, task

runners.WORKER_LOG_REPORT_INTERVAL = 0.2


class Broken(User):
    wait_time = constant(0.2)

    @task
    def work(self):
        raise RuntimeError("a task broke")


@events.test_stop.add_listener
def on_test_stop(environment, **_):
    if isinstance(environment.runner, runners.MasterRunner):
        for row in environment.runner.exceptions.values():
            print("exception:", row["msg"], row["count"] >= 4, len(row["nodes"]))
        logs = environment.worker_logs
        print("logs of", len(logs), all("Starting Locust" in lines[0] for lines in logs.values()))


@events.usage_monitor.add_listener
def on_usage(**_):
    pass
"""


def test_exceptions_and_logs_of_workers_reach_the_master(fleet):
    master = fleet.master("--headless", "--expect-workers", "2", "-u", "2", "-r", "2", "-t", "2", locustfile=TALKING)
    workers = [fleet.worker(locustfile=TALKING) for _ in range(2)]

    assert master.await_end() == 1
    # Seen with 2.47: it's the master who judges.
    assert [worker.await_end() for worker in workers] == [0, 0]
    assert "exception: a task broke True 2" in master.output
    assert "logs of 2 True" in master.output


IMPATIENT = """
from locust import User, runners, task

runners.CONNECT_TIMEOUT = 0.2
runners.CONNECT_RETRY_COUNT = 5


class Idle(User):
    @task
    def nothing(self):
        pass
"""


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("127.0.0.1", r"No answer from a master at 127.0.0.1:\d+. Trying on for 1 seconds"),
        ("no-such-host.invalid", r"Can't find the host 'no-such-host.invalid' \("),
    ],
)
def test_a_worker_that_finds_no_master_says_so_once_and_gives_up(fleet, host, message):
    worker = fleet.worker("--master-host", host, locustfile=IMPATIENT)

    assert worker.await_end() == 255
    worker.await_output(message)
    assert worker.output.count("Trying on") == 1
    assert worker.output.count("Can't find") == (host != "127.0.0.1")
    assert "Failed to connect to the Locust master" in worker.output
    assert "Traceback" not in worker.output


def test_a_port_in_use_is_explained(fleet):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", fleet.port))
        taken.listen()
        master = fleet.master("--headless")

        assert master.await_end() == 1
    assert "Address already in use" in master.output
    assert f"Choose another --master-bind-port than {fleet.port}" in master.output
    assert "Traceback" not in master.output


def test_a_locustfile_that_differs_is_explained(fleet):
    master = fleet.master("--headless", "-u", "2", "-r", "2", "-t", "2")
    master.await_output("Starting")
    worker = fleet.worker(locustfile=IMPATIENT)

    assert master.await_end() == 0
    assert worker.await_end() == 0
    assert (
        "The master wants users of Counting, which this worker's locustfile doesn't have (it has Idle)" in worker.output
    )
    assert "Spawning is complete and report waittime is expired" in master.output


def test_one_run_after_the_other_in_the_web_ui_counts_each(fleet):
    web = nodes.free_port()
    master = fleet.master("--autostart", "-u", "2", "-r", "2", "--expect-workers", "2", "--web-port", str(web))
    workers = [fleet.worker() for _ in range(2)]
    url = f"http://127.0.0.1:{web}"
    master.await_output("All users spawned")
    time.sleep(1)
    assert requests.get(f"{url}/stop", timeout=20).json()["success"]
    first = requests.get(f"{url}/stats/requests", timeout=5).json()
    requests.post(f"{url}/swarm", data={"user_count": 4, "spawn_rate": 4}, timeout=5).raise_for_status()
    master.await_output("All users spawned: .*4 total users")
    time.sleep(2.5)  # what the route answers may be as old
    running = requests.get(f"{url}/stats/requests", timeout=5).json()
    master.signal(signal.SIGTERM)

    assert first["stats"][-1]["num_requests"] > 10
    assert (first["state"], running["state"]) == ("stopped", "running")
    assert [worker["state"] for worker in running["workers"]] == ["running", "running"]
    assert running["user_count"] == 4
    assert master.await_end() == 0
    assert [worker.await_end() for worker in workers] == [0, 0]
