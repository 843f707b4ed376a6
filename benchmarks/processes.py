"""Processes under measurement: started on one core, and what they cost."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

GENERATOR_CORE = 0
TARGET_CORE = 1


def can_pin() -> bool:
    """Whether there are two cores to pin to, and a way to."""
    return hasattr(os, "sched_setaffinity") and {GENERATOR_CORE, TARGET_CORE} <= os.sched_getaffinity(0)


def start(
    command: Sequence[str], *, core: int, output: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` on one core with as many open files as it may have; its output goes to a file."""

    def prepare() -> None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        if can_pin():
            os.sched_setaffinity(0, {core})

    with output.open("wb") as file:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            preexec_fn=prepare,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and end it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, the children it waited for, and the children it has."""
    total = 0.0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
            # Linux and macOS only.
            total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


def memory_bytes(pid: int) -> int:
    """What a process and its children have in memory, shared pages divided among their sharers (PSS)."""
    total = 0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
    return total


def _tree(pid: int) -> Iterator[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        yield root
        yield from root.children(recursive=True)
