"""boomer, a load generator written in Go, as worker of our master."""

from __future__ import annotations

import signal

import pytest
from fakes import boomer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(360)]

LOCUSTFILE = """
from locust import User, task


class Dummy(User):
    @task
    def nothing(self):
        pass
"""


@pytest.fixture(scope="module")
def program():
    return boomer.built()


def start_boomer(fleet, program, target):
    where = ("--master-host=127.0.0.1", f"--master-port={fleet.port}", "--url", target + "/")
    return fleet.start(*where, program=[str(program)], locustfile=LOCUSTFILE)


def test_boomer_runs_the_masters_users_and_reports(fleet, program, target):
    master = fleet.master(
        "--headless", "-u", "4", "-r", "4", "-t", "5", "--expect-workers", "1", "--json", locustfile=LOCUSTFILE
    )
    worker = start_boomer(fleet, program, target)

    assert master.await_end() == 1  # it reports failures
    worker.await_output("boomer has ended")
    assert 'All users spawned: {"Dummy": 4} (4 total users)' in master.output
    (row,) = master.statistics
    assert (row["name"], row["method"]) == ("boomer", "GET")
    assert row["num_requests"] > 200
    assert 0.08 < row["num_failures"] / row["num_requests"] < 0.12
    assert "GET boomer: every tenth" in master.output


def test_users_are_shared_with_a_worker_of_ours_and_taken_over_from_it(fleet, program, target):
    master = fleet.master("--headless", "-u", "6", "-r", "6", "-t", "9", "--expect-workers", "2", locustfile=LOCUSTFILE)
    start_boomer(fleet, program, target).await_output("connected to master")
    ours = fleet.worker(locustfile=LOCUSTFILE)
    master.await_output("All users spawned: .*6 total users")
    ours.signal(signal.SIGTERM)
    assert ours.await_end() == 0
    master.await_output("All users spawned: .*6 total users", times=2)

    assert "The total number of clients required is  6" in fleet.nodes[1].output
    assert master.await_end() == 1
