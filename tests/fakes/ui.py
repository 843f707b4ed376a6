"""The command `locust` with its web UI, as a process."""

from __future__ import annotations

import contextlib
import json
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

LOCUSTFILE = """
import time
from locust import LoadTestShape, User, constant, events, task


@events.init_command_line_parser.add_listener
def add_options(parser, **kwargs):
    parser.add_argument("--color", default="red", choices=["red", "blue"])
    parser.add_argument("--token", default="s3cret", is_secret=True)


class Visitor(User):
    wait_time = constant(0.05)

    @task(3)
    def look(self):
        self.report("GET", "/look", 5)

    @task
    def buy(self):
        self.report("POST", "/buy", 50, ValueError("sold <out>"))

    def report(self, method, name, elapsed_ms, error=None):
        self.environment.events.request.fire(
            request_type=method, name=name, response_time=elapsed_ms, response_length=10, exception=error
        )


class Buyer(Visitor):
    @task
    def pay(self):
        raise RuntimeError("no money")
"""
SHAPE = """

class Wave(LoadTestShape):
    def tick(self):
        return 2, 10
"""


class Ui:
    """A running UI: its URL, its log, and calls to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = ""
        self.session = requests.Session()
        self.session.trust_env = False

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._new.put(line.rstrip())
        self._new.put(None)

    def wait_for_line(self, text: str, timeout_s: float = 20.0) -> str:
        """The first line not read yet that has this text."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                line = self._new.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line with {text!r} in:\n" + "\n".join(self.lines))
            self.lines.append(line)
            if text in line:
                return line

    def log(self) -> str:
        """All of it, once the process has ended."""
        self._reader.join(10)
        while not self._new.empty():
            line = self._new.get()
            if line is not None:
                self.lines.append(line)
        return "\n".join(self.lines)

    def get(self, path: str, **settings: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=20, **settings)

    def post(self, path: str, **settings: Any) -> requests.Response:
        return self.session.post(self.url + path, timeout=20, **settings)

    def run(self, name: str, **body: Any) -> Any:
        """Steers by `/api/v2/run/NAME`; gives the state."""
        answer = self.post(f"/api/v2/run/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until(self, path: str, holds: Callable[[Any], bool], timeout_s: float = 10.0) -> Any:
        """The JSON at a path, once something holds for it."""
        deadline = time.monotonic() + timeout_s
        while True:
            value = self.get(path).json()
            if holds(value):
                return value
            assert time.monotonic() < deadline, value
            time.sleep(0.1)

    def events(self, query: str = "", headers: dict[str, str] | None = None) -> Iterator[tuple[str, str, Any]]:
        """(id, event, data) of the stream, for ever."""
        with self.session.get(f"{self.url}/api/v2/stream{query}", headers=headers, stream=True, timeout=20) as answer:
            assert answer.status_code == 200, answer.text
            fields: dict[str, str] = {}
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    yield fields["id"], fields["event"], json.loads(fields["data"])
                    fields = {}

    def end(self) -> int:
        """Ends it as CTRL+C does; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)


@contextlib.contextmanager
def locust_ui(folder: Path, *arguments: str, locustfile: str = LOCUSTFILE) -> Iterator[Ui]:
    """Runs `locust` in a folder on a free port, until the block ends."""
    (folder / "locustfile.py").write_text(locustfile)
    command = [sys.executable, "-m", "locust", "--web-port", "0", *arguments]
    if "--web-host" not in arguments:
        command += ["--web-host", "127.0.0.1"]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        ui = Ui(process)
        try:
            line = ui.wait_for_line("Starting web interface at")
            found = re.search(r"(https?://[^ ,]+)", line)
            assert found is not None
            ui.url = found[0].replace("0.0.0.0", "127.0.0.1").rstrip("/")
            yield ui
        finally:
            process.kill()
