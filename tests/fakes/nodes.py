"""Nodes of a fleet as processes on this machine, their output in files, and none of them left at the end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakes.servers import free_port

LOCUST = (sys.executable, "-m", "locust")
STEP_SECONDS = 30
POLL_SECONDS = 0.02

LOCUSTFILE = """
from locust import User, constant, task


class Counting(User):
    wait_time = constant(0.05)

    @task
    def count(self):
        self.environment.events.request.fire(
            request_type="GET", name="/", response_time=5, response_length=3, exception=None, context={}
        )
"""


@dataclass
class Node:
    """A process of a fleet."""

    process: subprocess.Popen[bytes]
    output_path: Path

    @property
    def output(self) -> str:
        """What it has printed and logged."""
        return self.output_path.read_text(errors="replace")

    def await_output(self, pattern: str, times: int = 1, seconds: float = STEP_SECONDS) -> re.Match[str]:
        """Waits until a pattern stands in the output, so many times; gives the last match."""
        deadline = time.monotonic() + seconds
        while len(found := list(re.finditer(pattern, self.output, re.MULTILINE))) < times:
            ended = self.process.poll() is not None and not list(re.finditer(pattern, self.output, re.MULTILINE))
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"no {pattern!r} ({times}) in:\n{self.output}")
            time.sleep(POLL_SECONDS)
        return found[times - 1]

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def await_end(self, seconds: float = STEP_SECONDS) -> int:
        """Waits for the end and gives the exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s:\n{self.output}") from None

    @property
    def statistics(self) -> list[dict[str, object]]:
        """What `--json` printed."""
        rows: list[dict[str, object]] = json.loads(self.output[self.output.rindex("\n[\n") :])
        return rows

    @property
    def request_count(self) -> int:
        """Requests by the table at the end."""
        return int(re.findall(r"^ +Aggregated +(\d+)", self.output, re.MULTILINE)[-2])


@dataclass
class Fleet:
    """Nodes that find each other."""

    folder: Path
    port: int
    nodes: list[Node] = field(default_factory=list)

    def start(
        self,
        *arguments: str,
        program: Sequence[str] = LOCUST,
        locustfile: str | None = LOCUSTFILE,
        folder: Path | None = None,
        **environment: str,
    ) -> Node:
        """Starts a process with these arguments, in a folder of its own if there's one."""
        number = len(self.nodes)
        if locustfile is not None:
            (self.folder / "locustfile.py").write_text(locustfile)
        path = self.folder / f"{number}.log"
        with path.open("wb") as output:
            process = subprocess.Popen(
                [*program, *arguments],
                cwd=folder or self.folder,
                env={**os.environ, "HOME": str(self.folder), "PYTHONUNBUFFERED": "1", **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_hear_interrupts,
            )
        self.nodes.append(Node(process, path))
        return self.nodes[-1]

    def master(self, *arguments: str, program: Sequence[str] = LOCUST, **more: Any) -> Node:
        bind = ("--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.port))
        return self.start(*bind, "--only-summary", *arguments, program=program, **more)

    def worker(self, *arguments: str, program: Sequence[str] = LOCUST, **more: Any) -> Node:
        return self.start("--worker", "--master-port", str(self.port), *arguments, program=program, **more)


@contextmanager
def fleet(folder: Path) -> Iterator[Fleet]:
    """A fleet whose processes end with it."""
    here = Fleet(folder, free_port())
    try:
        yield here
    finally:
        for node in here.nodes:
            if node.process.poll() is None:
                os.killpg(node.process.pid, signal.SIGKILL)
            node.process.wait()


def _hear_interrupts() -> None:
    # A shell that starts tests in the background may have had SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
