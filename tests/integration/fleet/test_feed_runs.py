"""One feed for a whole fleet: every row to somebody, none to two, also when a worker dies or the network is cut."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest
from fakes.nodes import Fleet
from fakes.toxiproxy import Toxiproxy

pytestmark = pytest.mark.slow

ROWS = 250
LOCUSTFILE = """
import os
import locust
from locust import User, constant, task

rows = locust.feed("rows.csv", on_empty="stop")


class Taking(User):
    wait_time = constant(0.05)

    @task
    def take(self):
        row = next(rows)
        with open(f"taken.{os.getpid()}", "a") as taken:
            taken.write(row["number"] + "\\n")
"""


@pytest.fixture
def folder(fleet: Fleet) -> Path:
    """Where the nodes run; only the master needs the rows, and here they share it."""
    numbers = "".join(f"{number}\n" for number in range(ROWS))
    (fleet.folder / "rows.csv").write_text("number\n" + numbers)
    return fleet.folder


def taken(folder: Path) -> Counter[int]:
    return Counter(int(line) for path in folder.glob("taken.*") for line in path.read_text().split())


def test_a_fleet_takes_each_row_once(fleet: Fleet, folder: Path) -> None:
    master = fleet.master(
        "--headless", "-u", "12", "-r", "12", "-t", "4", "--expect-workers", "3", locustfile=LOCUSTFILE
    )
    workers = [fleet.worker(locustfile=LOCUSTFILE) for _ in range(3)]

    assert master.await_end() == 0
    assert taken(folder) == Counter(range(ROWS))
    assert all("Feed rows.csv is empty: users that ask for a row stop" in worker.output for worker in workers)


def test_rows_of_a_killed_worker_go_to_the_others(fleet: Fleet, folder: Path) -> None:
    master = fleet.master("--headless", "-u", "4", "-r", "4", "--expect-workers", "2", locustfile=LOCUSTFILE)
    workers = [fleet.worker(locustfile=LOCUSTFILE) for _ in range(2)]
    master.await_output("All users spawned")
    while len(taken(folder)) < 60:
        pass

    workers[0].signal(signal.SIGKILL)

    workers[1].await_output("Feed rows.csv is empty", seconds=25)
    counts = taken(folder)
    assert set(counts) == set(range(ROWS))
    # What it used in its last second, at 40 rows a second.
    assert sum(count - 1 for count in counts.values()) <= 50


def test_a_worker_that_was_cut_off_hands_out_nothing_that_another_has(fleet: Fleet, folder: Path) -> None:
    with Toxiproxy() as toxiproxy:
        master = fleet.master("--headless", "-u", "4", "-r", "4", "--expect-workers", "2", locustfile=LOCUSTFILE)
        master.await_output("Starting Locust")
        way = toxiproxy.to(fleet.port)
        near = fleet.worker(locustfile=LOCUSTFILE)
        fleet.start("--worker", "--master-port", str(way.port), locustfile=LOCUSTFILE)
        master.await_output("All users spawned")
        while len(taken(folder)) < 60:
            pass

        way.cut()
        near.await_output("Feed rows.csv is empty", seconds=25)
        way.mend()
        master.signal(signal.SIGTERM)
        assert master.await_end() == 0

    counts = taken(folder)
    assert set(counts) == set(range(ROWS))
    assert sum(count - 1 for count in counts.values()) <= 50
