"""One run of one generator, watched from outside.

Rate and CPU are taken between two moments in the middle of the run, from the target's own count of requests and the
kernel's account of the process tree: the same for every generator, without its start and its end.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes
from benchmarks.generators import Generator, Load, Reported
from benchmarks.targets import Target

START_SECONDS = 20.0
WARM_UP_SECONDS = 1.0
# The load goes on after the last look, so that nobody is seen ending: 50 handshakes may take it a second to begin.
MARGIN_SECONDS = 2.0
END_SECONDS = 15.0
STARTED_REQUESTS = 100
POLL_SECONDS = 0.02


class LoadError(Exception):
    """A generator did not do what it should; says what it said."""


@dataclass(frozen=True)
class Observation:
    """What one run showed.

    Attributes:
        rate: requests a second.
        cpu_us: CPU time of the generator for each request, in microseconds.
        generator_busy: its share of one core.
        target_busy: the target's share of one core: at 1.0, the target was the limit.
        reported: what the generator itself said about response times.
    """

    rate: float
    cpu_us: float
    generator_busy: float
    target_busy: float
    reported: Reported | None


@dataclass(frozen=True)
class _Look:
    at: float
    requests: int
    cpu_seconds: float
    target_cpu_seconds: float


def observe(
    generator: Generator,
    target: Target,
    url: str,
    directory: Path,
    *,
    users: int,
    seconds: float,
    behaviour: str = "plain",
    warm_up_seconds: float = WARM_UP_SECONDS,
) -> Observation:
    """Run a generator against a target. Raises MissingError and LoadError."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    load = Load(url, users, warm_up_seconds + seconds + MARGIN_SECONDS, directory, behaviour)
    command = generator.command(generator.locate(), load)
    output = directory / "output.txt"
    before = target.request_count()
    process = processes.start(
        command.arguments, core=processes.GENERATOR_CORE, output=output, environment=command.environment
    )

    def look() -> _Look:
        requests = target.request_count()
        return _Look(time.monotonic(), requests, processes.cpu_seconds(process.pid), target.cpu_seconds())

    try:
        ends_at = time.monotonic() + START_SECONDS
        polls = 0
        while target.request_count() - before - polls < min(STARTED_REQUESTS, users):
            polls += 1
            if process.poll() is not None or time.monotonic() > ends_at:
                raise LoadError(f"{generator.name} sends nothing: {tail(output)}")
            time.sleep(POLL_SECONDS)
        time.sleep(warm_up_seconds)
        first = look()
        time.sleep(seconds)
        last = look()
        if process.poll() is not None:
            raise LoadError(f"{generator.name} ended early: {tail(output)}")
        try:
            process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            raise LoadError(f"{generator.name} does not end") from None
    finally:
        processes.stop(process)
    elapsed = last.at - first.at
    # The last look counted itself.
    requests = max(1, last.requests - first.requests - 1)
    cpu = last.cpu_seconds - first.cpu_seconds
    try:
        reported = generator.reported(output.read_text(errors="replace"), directory)
    except (ValueError, KeyError, IndexError):
        reported = None
    return Observation(
        rate=requests / elapsed,
        cpu_us=cpu / requests * 1e6,
        generator_busy=cpu / elapsed,
        target_busy=(last.target_cpu_seconds - first.target_cpu_seconds) / elapsed,
        reported=reported,
    )


def tail(output: Path) -> str:
    """The end of what a program said, for an error message."""
    lines = [line.strip() for line in output.read_text(errors="replace").splitlines() if line.strip()]
    return " | ".join(lines[-3:])[-300:] or "(no output)"
