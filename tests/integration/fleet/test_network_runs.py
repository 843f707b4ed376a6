"""The network between master and workers fails for a while: cables pulled, packets swallowed, streams slow."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.network import Machine
from fakes.nodes import LOCUST, LOCUSTFILE, Fleet, Node
from fakes.toxiproxy import Toxiproxy

pytestmark = pytest.mark.slow

COUNTING = (
    LOCUSTFILE
    + """
import os
from locust import events

@events.request.add_listener
def note(**kwargs):
    with open(f"counted.{os.getpid()}", "a") as file:
        file.write("1")
"""
)
SECONDS_OFF = 8


@pytest.fixture
def machine() -> Iterator[Machine]:
    with Machine() as there:
        yield there


def counted(folder: Path) -> int:
    """What the workers themselves say."""
    return sum(path.stat().st_size for path in folder.glob("counted.*"))


def masters_arguments(host: str) -> tuple[str, ...]:
    return ("--master-bind-host", host, "--headless", "-u", "6", "-r", "6", "--expect-workers", "2")


def end_of(master: Node, folder: Path) -> None:
    """Ends the run and compares what the master counted with what happened."""
    master.signal(signal.SIGTERM)
    assert master.await_end() == 0
    assert master.request_count == counted(folder)


@pytest.mark.parametrize("fault", ["pulled-cable", "swallowed-packets"])
def test_a_network_that_is_gone_for_a_while_costs_no_count(fleet: Fleet, machine: Machine, fault: str) -> None:
    master = fleet.master(*masters_arguments(machine.here), locustfile=COUNTING)
    fleet.worker("--master-host", machine.here, locustfile=COUNTING)
    fleet.worker("--master-host", machine.here, locustfile=COUNTING, program=(*machine.command, *LOCUST))
    master.await_output("All users spawned")
    time.sleep(2)

    machine.pull_cable() if fault == "pulled-cable" else machine.swallow_packets()
    time.sleep(SECONDS_OFF)
    machine.plug_in() if fault == "pulled-cable" else machine.let_packets_pass()
    master.await_output("self-healed with heartbeat", seconds=20)
    master.await_output(r'All users spawned: \{"Counting": 6\}', times=3, seconds=20)
    time.sleep(1)

    end_of(master, fleet.folder)


def test_slow_and_sliced_streams_only_make_it_slow(fleet: Fleet) -> None:
    with Toxiproxy() as toxiproxy:
        way = toxiproxy.to(fleet.port)
        way.add("latency", latency=300, jitter=200)
        way.add("bandwidth", rate=20, stream="upstream")
        way.add("slicer", average_size=40, size_variation=20, stream="upstream")
        master = fleet.master(*masters_arguments("127.0.0.1"), locustfile=COUNTING)
        fleet.worker(locustfile=COUNTING)
        fleet.start("--worker", "--master-port", str(way.port), locustfile=COUNTING)
        master.await_output(r"Spawning is complete|All users spawned")
        time.sleep(3)

        end_of(master, fleet.folder)
