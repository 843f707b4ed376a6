"""`--processes`: one command, several processes."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest
from fakes.servers import free_port

pytestmark = pytest.mark.slow


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def await_end_of(pids: list[int], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while left := [pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in state_of(pid)]:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def start_alone(fleet, *arguments: str):
    port = ("--master-bind-host", "127.0.0.1", "--master-bind-port", str(fleet.port))
    return fleet.start("--headless", "--only-summary", *port, *arguments)


def test_processes_share_the_users_of_one_command(fleet):
    node = start_alone(fleet, "--processes", "2", "-u", "4", "-r", "4", "-t", "2", "-L", "DEBUG")

    assert node.await_end() == 0
    assert 110 <= node.request_count <= 190
    assert len(re.findall(r"Started child worker with pid #\d+", node.output)) == 2
    assert node.output.count('Spawning additional {"Counting": 2}') == 2


@pytest.mark.parametrize("count", [-1])
def test_minus_one_is_a_process_for_each_core(fleet, count):
    node = start_alone(fleet, "--processes", str(count), "-t", "1")

    assert node.await_end() == 0
    assert f"(index {len(os.sched_getaffinity(0)) - 1}) reported as ready" in node.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--master", "--processes", "2"], "--master cannot be combined with --processes. Remove --master"),
        (["--processes", "-2"], "Invalid --processes count -2"),
    ],
)
def test_what_makes_no_sense_is_refused(fleet, arguments, message):
    node = start_alone(fleet, *arguments)

    assert node.await_end() == 1
    assert message in node.output


def test_an_interrupt_of_the_terminal_ends_all_and_loses_nothing(fleet):
    node = start_alone(fleet, "--processes", "2", "-u", "4", "-r", "4")
    node.await_output("All users spawned")
    children = children_of(node.process.pid)
    time.sleep(1)
    os.killpg(node.process.pid, signal.SIGINT)

    assert node.await_end() == 0
    await_end_of(children)
    assert node.request_count >= 50


def test_children_do_not_outlive_a_killed_parent(fleet):
    node = start_alone(fleet, "--processes", "2")
    node.await_output("All users spawned")
    children = children_of(node.process.pid)
    node.signal(signal.SIGKILL)
    node.process.wait()

    assert len(children) == 2
    await_end_of(children)
    assert "The master, which started this worker, is gone" in node.output


def test_a_killed_process_is_missed_and_its_users_move(fleet):
    node = start_alone(fleet, "--processes", "2", "-u", "4", "-r", "4", "-t", "9")
    node.await_output("All users spawned")
    os.kill(children_of(node.process.pid)[0], signal.SIGKILL)

    assert node.await_end() == 0
    assert "failed to send heartbeat, setting state to missing" in node.output
    assert node.output.count('All users spawned: {"Counting": 4} (4 total users)') == 2


def test_workers_of_one_command_join_a_master(fleet):
    master = fleet.master("--headless", "--expect-workers", "2", "-u", "4", "-r", "4", "-t", "1")
    workers = fleet.worker("--processes", "2")

    assert master.await_end() == 0
    assert workers.await_end() == 0
    assert workers.output.count("Got quit message from master") == 2


def test_terminating_the_parent_of_workers_ends_them_in_order(fleet):
    fleet.master("--headless", "--expect-workers", "2", "-u", "4", "-r", "4").await_output("Starting Locust")
    workers = fleet.worker("--processes", "2")
    fleet.nodes[0].await_output("All users spawned")
    children = children_of(workers.process.pid)
    workers.signal(signal.SIGTERM)

    assert workers.await_end() == 0
    await_end_of(children)
    fleet.nodes[0].await_output("The last worker quit, stopping test.")
    assert fleet.nodes[0].await_end() == 0


def test_a_port_in_use_ends_parent_and_children(fleet):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", fleet.port))
        taken.listen()
        node = start_alone(fleet, "--processes", "2")

        assert node.await_end() == 1
    assert "Choose another --master-bind-port" in node.output
    fleet.port = free_port()
