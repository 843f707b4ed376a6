"""Many small questions to each program in one process: a probe script runs in both Pythons and prints its answers."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beside.programs import FOLDER, OURS, Program, clean_environment, upstream

if TYPE_CHECKING:
    from typing_extensions import Self

TIMEOUT_SECONDS = 240


def probe(script: str, questions: Any = None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Runs `probes/<script>.py` in both, side by side; gives upstream's answers and ours.

    Args:
        script: it reads the questions as JSON from stdin, and prints one JSON object as its last line: an answer for
            each id.
        questions: anything that JSON can hold.
    """
    path = FOLDER / "probes" / f"{script}.py"
    with tempfile.TemporaryDirectory() as folder:
        started = [(program, _start(program, path, Path(folder))) for program in (upstream(), OURS)]
        try:
            for _, process in started:
                assert process.stdin is not None
                process.stdin.write(json.dumps(questions))
                process.stdin.close()
                process.stdin = None
            first, second = (_answers(program, process) for program, process in started)
        finally:
            for _, process in started:
                process.kill()
    return first, second


def ask(program: Program, script: str, questions: Any = None) -> Mapping[str, Any]:
    """Runs `probes/<script>.py` in one of them."""
    with tempfile.TemporaryDirectory() as folder:
        process = _start(program, FOLDER / "probes" / f"{script}.py", Path(folder))
        try:
            return _answers(program, process, json.dumps(questions))
        finally:
            process.kill()


class Conversation:
    """A probe that answers line by line, for questions that depend on answers. A context manager."""

    def __init__(self, program: Program, script: str) -> None:
        self._program = program
        self._folder = tempfile.TemporaryDirectory()
        self._process = _start(program, FOLDER / "probes" / f"{script}.py", Path(self._folder.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def ask(self, question: Any) -> Any:
        """Asks anything that JSON can hold."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            stderr = self._process.communicate()[1]
            raise AssertionError(f"the probe fails with {self._program.name}: {stderr[-3000:]}")
        return json.loads(line)


def _start(program: Program, path: Path, folder: Path) -> subprocess.Popen[str]:
    own = folder / program.name
    own.mkdir()
    return subprocess.Popen(
        [program.python, path],
        cwd=own,
        env=clean_environment(own),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _answers(program: Program, process: subprocess.Popen[str], questions: str | None = None) -> Mapping[str, Any]:
    stdout, stderr = process.communicate(questions, timeout=TIMEOUT_SECONDS)
    if process.returncode:
        raise AssertionError(f"the probe fails with {program.name}: {stderr[-3000:]}")
    answers: Mapping[str, Any] = json.loads(stdout.splitlines()[-1])
    return answers
