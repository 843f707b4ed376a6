"""`python -m benchmarks.fleet`: a real master under thousands of simulated workers.

The workers share this process. Each has a ZeroMQ socket of its own and says what a worker says: that it is there, a
heartbeat each second, a report of its statistics every three. What they report is made once and sent as it is, so that
the simulation costs little; the master can't tell. In the end its totals must be the sum of all reports.
"""

from __future__ import annotations

import argparse
import json
import resource
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import msgpack
import psutil
import zmq

from benchmarks import processes
from locust.runners._reports import EXTENSION, EXTENSION_VERSION, NUMBER, RUN
from locust.stats import RequestStats

LOCUSTFILE = """
from locust import User, constant, task

class Simulated(User):
    wait_time = constant(1)

    @task
    def nothing(self):
        pass
"""
HEARTBEAT_SECONDS = 1.0
REPORT_SECONDS = 3.0
TICK_SECONDS = 0.05
REQUESTS_OF_A_NAME = 30
"""In each report."""


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        attached_seconds: until the master had answered the last worker.
        cpu_share: of one core, by the master, while all reported.
        memory_bytes: of the master at the end of that.
        reports: sent by all workers.
        counted: requests in the master's totals.
        expected: requests in all reports.
    """

    attached_seconds: float = 0.0
    cpu_share: float = 0.0
    memory_bytes: int = 0
    reports: int = 0
    counted: int = 0
    expected: int = 0


@dataclass
class Worker:
    """One simulated worker."""

    identity: str
    socket: zmq.Socket[bytes]
    state: str = "ready"
    is_attached: bool = False
    users: dict[str, int] = field(default_factory=dict)
    next_heartbeat: float = 0.0
    next_report: float = 0.0
    reports: int = 0
    run: float | None = None


class Workers:
    """All simulated workers.

    Args:
        count: how many.
        names: different request names in each report.
        port: of the master.
        foreign: report as Locust 2.47's workers do, not as ours.
    """

    def __init__(self, count: int, names: int, port: int, *, foreign: bool) -> None:
        self._context = zmq.Context()
        self._context.set(zmq.MAX_SOCKETS, count + 16)
        self.reports = 0
        self.requests_of_a_report = names * REQUESTS_OF_A_NAME
        self._foreign = foreign
        self._packed = _foreign_statistics(names) if foreign else _own_statistics(names)
        # A host each, as in a fleet; the dispatcher looks at it.
        self.all = [self._connect(f"host{number}_{uuid.uuid4().hex}", port) for number in range(count)]
        self._attached = 0

    def _connect(self, identity: str, port: int) -> Worker:
        dealer = self._context.socket(zmq.DEALER)
        dealer.setsockopt(zmq.IDENTITY, identity.encode())
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(f"tcp://127.0.0.1:{port}")
        worker = Worker(identity, dealer)
        self._say(worker, "client_ready", -1)
        return worker

    @property
    def are_attached(self) -> bool:
        """Whether the master has answered every one."""
        return self._attached == len(self.all)

    @property
    def are_running(self) -> bool:
        """Whether every one has been given users."""
        return all(worker.state == "running" for worker in self.all)

    def talk(self, seconds: float) -> None:
        """Hear and say what is due, for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.monotonic()
            for worker in self.all:
                while worker.socket.getsockopt(zmq.EVENTS) & zmq.POLLIN:
                    self._hear(worker, *msgpack.unpackb(worker.socket.recv(), strict_map_key=False)[:2])
                self._say_what_is_due(worker, began)
            time.sleep(max(0.0, TICK_SECONDS - (time.monotonic() - began)))

    def close(self) -> None:
        """Leave without a word."""
        self._context.destroy(linger=0)

    def _hear(self, worker: Worker, kind: str, content: object) -> None:
        if kind == "ack" and not worker.is_attached:
            worker.is_attached = True
            self._attached += 1
            # Spread over the interval, as workers' clocks are.
            share = self._attached / len(self.all)
            now = time.monotonic()
            worker.next_heartbeat = now + share * HEARTBEAT_SECONDS
            worker.next_report = now + share * REPORT_SECONDS
        elif kind == "spawn" and isinstance(content, dict):
            worker.users, worker.run = content["user_classes_count"], content.get(RUN)
            worker.state = "running"
            self._say(worker, "spawning", None)
            told = {"user_classes_count": worker.users, "user_count": sum(worker.users.values())}
            self._say(worker, "spawning_complete", told)
        elif kind == "stop":
            worker.state, worker.users = "ready", {}
            self._say(worker, "client_stopped", None)
            self._say(worker, "client_ready", -1)
        elif kind == "quit":
            worker.state = "quit"
            self._say(worker, "quit", None)

    def _say_what_is_due(self, worker: Worker, now: float) -> None:
        if worker.is_attached and worker.state != "quit" and now >= worker.next_heartbeat:
            worker.next_heartbeat += HEARTBEAT_SECONDS
            beat = {"state": worker.state, "current_cpu_usage": 40.0, "current_memory_usage": 100_000_000}
            self._say(worker, "heartbeat", beat if self._foreign else {**beat, EXTENSION: EXTENSION_VERSION})
        if worker.state == "running" and now >= worker.next_report:
            worker.next_report += REPORT_SECONDS
            self.reports += 1
            self._send_report(worker)

    def _send_report(self, worker: Worker) -> None:
        worker.reports += 1
        content: dict[str, object] = {
            "user_classes_count": worker.users,
            "user_count": sum(worker.users.values()),
        }
        if not self._foreign:
            content |= {NUMBER: worker.reports, RUN: worker.run}
        packer = msgpack.Packer()
        parts = [
            packer.pack_array_header(3),
            packer.pack("stats"),
            packer.pack_map_header(len(content) + len(self._packed)),
        ]
        parts += [packer.pack(part) for item in content.items() for part in item]
        for key, packed in self._packed.items():
            parts += [packer.pack(key), packed]
        worker.socket.send(b"".join([*parts, packer.pack(worker.identity)]))

    @staticmethod
    def _say(worker: Worker, kind: str, content: object) -> None:
        worker.socket.send(msgpack.packb([kind, content, worker.identity]))


def _own_statistics(names: int) -> dict[str, bytes]:
    """A report of ours, packed: a snapshot's bytes."""
    stats = RequestStats()
    for number in range(names):
        for request in range(REQUESTS_OF_A_NAME):
            stats.log_request("GET", f"/page/{number}", 25 + request % 10, 1000)
    return {"snapshot": msgpack.packb(stats.recorder.snapshot().encode())}


def _foreign_statistics(names: int) -> dict[str, bytes]:
    """A report as Locust 2.47's workers make it, packed."""
    second = int(time.time())

    def entry(name: str, requests: int) -> dict[str, object]:
        return {
            "name": name,
            "method": "GET",
            "last_request_timestamp": float(second),
            "start_time": float(second),
            "num_requests": requests,
            "num_none_requests": 0,
            "num_failures": 0,
            "total_response_time": 42.0 * requests,
            "max_response_time": 60.0,
            "min_response_time": 24.0,
            "total_content_length": 1000 * requests,
            "response_times": {25 + step: requests // 10 for step in range(10)},
            "num_reqs_per_sec": {second + step: requests // 3 for step in range(3)},
            "num_fail_per_sec": {},
        }

    entries = [entry(f"/page/{number}", REQUESTS_OF_A_NAME) for number in range(names)]
    total = entry("Aggregated", names * REQUESTS_OF_A_NAME)
    return {"stats": msgpack.packb(entries), "stats_total": msgpack.packb(total), "errors": msgpack.packb({})}


def measure(command: list[str], workers: int, names: int, seconds: float, *, foreign: bool) -> Outcome:
    """Run a master by `command` under so many workers, and look at it for so long."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "locustfile.py").write_text(LOCUSTFILE)
        port = _free_port()
        arguments = ["-f", str(folder / "locustfile.py"), "--master", "--headless", "--only-summary"]
        arguments += ["--master-bind-host", "127.0.0.1", "--master-bind-port", str(port)]
        arguments += ["--expect-workers", str(workers), "-u", str(workers), "-r", str(workers)]
        arguments += ["--json-file", str(folder / "outcome")]
        master = processes.start(
            [*command, *arguments], core=processes.TARGET_CORE, output=folder / "output", environment={}
        )
        simulated = None
        try:
            _wait_for(port, master)
            began = time.monotonic()
            simulated = Workers(workers, names, port, foreign=foreign)
            _until(lambda: simulated.are_attached, simulated, 120, "all workers are attached")
            outcome.attached_seconds = time.monotonic() - began
            print(f"  {workers} workers attached after {outcome.attached_seconds:.1f} s", flush=True)
            _until(lambda: simulated.are_running, simulated, 120, "all workers have users")
            simulated.talk(REPORT_SECONDS)
            cpu_before, at = processes.cpu_seconds(master.pid), time.monotonic()
            simulated.talk(seconds)
            outcome.cpu_share = (processes.cpu_seconds(master.pid) - cpu_before) / (time.monotonic() - at)
            outcome.memory_bytes = psutil.Process(master.pid).memory_info().rss
            master.terminate()
            deadline = time.monotonic() + 60
            while master.poll() is None and time.monotonic() < deadline:
                simulated.talk(0.2)
            outcome.reports = simulated.reports
            outcome.expected = simulated.reports * simulated.requests_of_a_report
            outcome.counted = _counted(folder)
        except TimeoutError:
            print((folder / "output").read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        finally:
            processes.stop(master)
            if simulated is not None:
                simulated.close()
    return outcome


def _counted(folder: Path) -> int:
    for path in folder.glob("outcome*"):
        return sum(entry["num_requests"] for entry in json.loads(path.read_text()))
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, master: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and master.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the master doesn't listen")


def _until(condition, workers: Workers, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            attached = sum(worker.is_attached for worker in workers.all)
            raise TimeoutError(f"waited {seconds:.0f} s until {what}; {attached} of {len(workers.all)} are attached")
        workers.talk(TICK_SECONDS)


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--names", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--locust", default=f"{sys.executable} -m locust", help="the command whose master is measured")
    parser.add_argument("--foreign", action="store_true", help="report as Locust 2.47's workers do")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    failed = False
    for workers in options.workers:
        print(f"{workers} workers, {options.names} names:", flush=True)
        outcome = measure(options.locust.split(), workers, options.names, options.seconds, foreign=options.foreign)
        print(
            f"  master: {outcome.cpu_share:.1%} of a core, {outcome.memory_bytes / 1024**2:.0f} MiB\n"
            f"  {outcome.reports} reports; {outcome.counted} requests counted, {outcome.expected} reported",
            flush=True,
        )
        failed = failed or outcome.counted != outcome.expected
    sys.exit(failed)


if __name__ == "__main__":
    main()
