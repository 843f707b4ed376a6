"""Many small questions to each program in one process: a probe script runs in both Pythons and prints its answers."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from beside.programs import FOLDER, OURS, Program, clean_environment, upstream

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
