"""Runs of a master and its workers, as processes on this machine."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

SHORT = ("--headless", "-u", "5", "-r", "5", "-t", "2", "--expect-workers", "2")


def test_two_workers_run_the_masters_users(fleet):
    master = fleet.master(*SHORT)
    workers = [fleet.worker(), fleet.worker()]

    assert master.await_end() == 0
    assert [worker.await_end() for worker in workers] == [0, 0]
    # 5 users, 20 times a second, for 2 s
    assert 150 <= master.request_count <= 205
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
