"""One command line, run through both programs at the same time."""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fakes.servers import free_port

from beside import normal
from beside.programs import OURS, Program, clean_environment, upstream

POLL_SECONDS = 0.05
STEP_TIMEOUT_SECONDS = 30

LOCUSTFILE = """
from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/")
"""


@dataclass(frozen=True)
class Wait:
    """A step: wait until stdout or stderr has this text, so many times."""

    text: str
    times: int = 1


@dataclass(frozen=True)
class Signal:
    """A step: send a signal."""

    number: int


@dataclass(frozen=True)
class Press:
    """A step: strike keys. Needs `terminal`."""

    keys: str


@dataclass(frozen=True)
class Pause:
    """A step: let some time pass."""

    seconds: float = 1.0


@dataclass(frozen=True)
class Run:
    """A command line and what surrounds it. Collected from tests' parameters and run ahead, several at once.

    Attributes:
        id: of the case.
        arguments: after `locust`; {target} becomes the target's URL, {folder} the current folder, {port} a free port,
            {file:NAME} the URL of a file that a web server serves.
        files: what is in the current folder.
        environment: beside the usual one; HOME is the current folder.
        steps: what happens to the process as it runs.
        terminal: stdin is one.
        is_script: the arguments are Python's, not Locust's.
        kept: patterns of files it writes that are compared.
        json: stdout has JSON: its numbers don't count.
        loose: its lines may come in any order, and any number of times.
        timeout_seconds: it is killed then.
    """

    id: str
    arguments: str
    files: Mapping[str, str] = field(default_factory=lambda: {"locustfile.py": LOCUSTFILE})
    environment: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Wait | Signal | Press | Pause, ...] = ()
    terminal: bool = False
    is_script: bool = False
    kept: tuple[str, ...] = ()
    json: bool = False
    loose: bool = False
    timeout_seconds: float = 40

    def __str__(self) -> str:
        return self.id


def each(runs: Sequence[Run], *, in_ci: int = 2) -> pytest.MarkDecorator:
    """Parametrizes a test with runs, of which CI runs one in `in_ci`."""
    return pytest.mark.parametrize(
        "run",
        [
            pytest.param(run, id=run.id, marks=() if at % in_ci == 0 else pytest.mark.full)
            for at, run in enumerate(runs)
        ],
    )


@dataclass(frozen=True)
class Outcome:
    """How it ended, with what no run shares with another taken out; `raw_*` is all of it."""

    code: int
    stdout: str
    stderr: str
    tables: str
    files: Mapping[str, str]
    raw_stdout: str
    raw_stderr: str
    raw_files: Mapping[str, str]

    def aspects(self) -> dict[str, object]:
        """What is compared."""
        return {
            "exit code": self.code,
            "stdout": self.stdout,
            "stderr": self.stderr,
            "tables": self.tables,
            "files": dict(self.files),
        }


def run_beside(run: Run, folder: Path, places: Mapping[str, str]) -> tuple[Outcome, Outcome]:
    """Runs it through both, each in a folder of its own below `folder`; gives upstream's outcome and ours.

    Args:
        run: the case.
        folder: an empty one.
        places: what the names in braces stand for.
    """
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(_run_one, run, program, folder, places) for program in (upstream(), OURS)]
        theirs, ours = (future.result() for future in futures)
    return theirs, ours


def _run_one(run: Run, program: Program, parent: Path, places: Mapping[str, str]) -> Outcome:
    folder = parent / program.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in run.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(content, places, folder))
    before = {path for path in folder.rglob("*") if path.is_file()}
    words = [_filled(word, places, folder) for word in shlex.split(run.arguments)]
    out, err = parent / f"{program.name}.stdout", parent / f"{program.name}.stderr"
    master = slave = None
    if run.terminal:
        master, slave = pty.openpty()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [program.python if run.is_script else program.locust, *words],
            cwd=folder,
            env=clean_environment(folder) | {k: _filled(v, places, folder) for k, v in run.environment.items()},
            stdin=subprocess.DEVNULL if slave is None else slave,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=_take_terminal if run.terminal else _hear_interrupts,
        )
    ended = "in time"
    try:
        for step in run.steps:
            _do(step, process, master, (out, err))
        process.wait(run.timeout_seconds)
    except (subprocess.TimeoutExpired, TimeoutError) as error:
        ended = f"not ended by itself: {error}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for descriptor in (master, slave):
            if descriptor is not None:
                os.close(descriptor)
    raw_stdout, raw_stderr = (path.read_text(errors="replace") for path in (out, err))
    tidy = normal.Tidy(folder, places)
    rest, tables = normal.split_tables(tidy(raw_stderr))
    text = tidy.json(raw_stdout) if run.json else tidy(raw_stdout)
    if run.loose:
        text, rest = ("\n".join(sorted(set(part.splitlines()))) for part in (text, rest))
    kept = _kept_files(run, folder, before)
    return Outcome(
        process.returncode if ended == "in time" else -1000,
        text,
        rest if ended == "in time" else f"{rest}\n{ended}",
        tables,
        {name: tidy.file(path) for name, path in kept.items()},
        raw_stdout,
        raw_stderr,
        {name: path.read_bytes().decode(errors="replace") for name, path in kept.items()},
    )


def _kept_files(run: Run, folder: Path, before: set[Path]) -> dict[str, Path]:
    written = sorted(path for path in folder.rglob("*") if path.is_file() and path not in before)
    kept = [path for path in written if any(path.match(pattern) for pattern in run.kept)]
    return {str(path.relative_to(folder)): path for path in kept}


def _filled(text: str, places: Mapping[str, str], folder: Path) -> str:
    return re.sub(
        r"\{(folder|target|port|file:[^}]+)\}",
        lambda found: str(folder) if found[1] == "folder" else _place(found[1], places),
        text,
    )


def _place(name: str, places: Mapping[str, str]) -> str:
    if name == "port":
        return str(free_port())
    if name.startswith("file:"):
        return f"{places['files']}/{name[len('file:') :]}"
    return places[name]


def _do(
    step: Wait | Signal | Press | Pause, process: subprocess.Popen[bytes], master: int | None, outputs: tuple[Path, ...]
) -> None:
    if isinstance(step, Signal):
        process.send_signal(step.number)
    elif isinstance(step, Pause):
        time.sleep(step.seconds)
    elif isinstance(step, Press):
        assert master is not None, "only a run with terminal=True has keys"
        os.write(master, step.keys.encode())
    else:
        deadline = time.monotonic() + STEP_TIMEOUT_SECONDS
        while sum(path.read_text(errors="replace").count(step.text) for path in outputs) < step.times:
            if process.poll() is not None:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited for {step.text!r}")
            time.sleep(POLL_SECONDS)


def _hear_interrupts() -> None:
    os.setsid()
    # A shell that starts tests in the background may have had SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_terminal() -> None:
    import fcntl
    import termios

    _hear_interrupts()
    if sys.platform != "win32":
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
