"""Servers that misbehave on purpose, in a process of their own: neither gevent's patches nor a test that runs out of
descriptors can touch them.

    def test_a_reset_is_a_failure(hostile):
        server = hostile.serve(ReadHead(), Reset())

        ...get(server.url)...

        assert server.wait_for("head").payload.startswith(b"GET / ")

Ready-made misbehaviour is in `fakes.catalogue`, certificates of every bad kind in `fakes.certificates`.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from fakes.steps import Listener, Note, Step, TlsFiles

DEADLINE_SECONDS = 10.0
POLL_SECONDS = 0.005


class Hostile:
    """The process; close it, or use it as a context manager."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("process.py")
        self._process = subprocess.Popen(
            [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._lock = threading.Lock()

    def serve(
        self,
        *steps: Step,
        scripts: Sequence[Sequence[Step]] = (),
        tls: TlsFiles | None = None,
        kind: str = "open",
    ) -> HostileServer:
        """Start a server on a free port of 127.0.0.1.

        Args:
            steps: what it does with every connection.
            scripts: instead of `steps`: what it does with the first connection, the second ...; the last one repeats.
            tls: certificate for the step `StartTls`, which is put first where the script does not have it.
            kind: "open", "refusing" or "deaf".
        """
        chosen = [list(script) for script in scripts] or [list(steps)]
        return self.listen(Listener(tuple(tuple(script) for script in chosen), tls, kind))

    def listen(self, listener: Listener) -> HostileServer:
        """Start the server of a `Listener`."""
        number, port = self._ask("listen", listener)
        scheme = "http" if listener.tls is None else "https"
        return HostileServer(self, number, port, scheme)

    def close(self) -> None:
        """End the process and all its servers."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def __enter__(self) -> Hostile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, *question: object) -> Any:
        """Ask the process; the answer is whatever that question has."""
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            send(self._process.stdin, question)
            return receive(self._process.stdout)


class HostileServer:
    """One server of the process."""

    def __init__(self, owner: Hostile, number: int, port: int, scheme: str) -> None:
        self._owner = owner
        self._number = number
        self.port = port
        self.scheme = scheme
        self.host = "127.0.0.1"

    @property
    def url(self) -> str:
        """Its base URL, without a slash at the end."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def url_for(self, host: str) -> str:
        """The base URL under another name of this machine, as "localhost"."""
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def tls_url(self) -> str:
        """Its base URL as https, also when it speaks no TLS: for handshakes that stall, break or are no handshakes."""
        return f"https://{self.host}:{self.port}"

    def notes(self, kind: str | None = None) -> list[Note]:
        """What it saw so far, all or of one kind, in order.

        Kinds: accepted, head, body, bytes, sent, eof, reset, gone, tls (payload: version), tls-failed (reason), closed.
        """
        notes: list[Note] = self._owner._ask("notes", self._number)
        return [note for note in notes if kind in (None, note.kind)]

    def wait_for(self, kind: str, count: int = 1, deadline_seconds: float = DEADLINE_SECONDS) -> Note:
        """The count-th note of a kind, as soon as it is there. Raises TimeoutError."""
        ends_at = time.monotonic() + deadline_seconds
        while len(seen := self.notes(kind)) < count:
            if time.monotonic() > ends_at:
                raise TimeoutError(f"no {kind} number {count} in {deadline_seconds} s; seen: {self.notes()}")
            time.sleep(POLL_SECONDS)
        return seen[count - 1]

    @property
    def connection_count(self) -> int:
        """Connections accepted so far."""
        return len(self.notes("accepted"))

    def close(self) -> None:
        """Stop listening and close its connections."""
        self._owner._ask("close", self._number)


def send(pipe: Any, message: object) -> None:
    """Write one pickled message with its length before it."""
    pickled = pickle.dumps(message)
    pipe.write(len(pickled).to_bytes(4, "big") + pickled)
    pipe.flush()


def receive(pipe: Any) -> Any:
    """Read one message. Raises EOFError when the other side is gone."""
    return pickle.loads(_read_exactly(pipe, int.from_bytes(_read_exactly(pipe, 4), "big")))


def _read_exactly(pipe: Any, size_bytes: int) -> bytes:
    read = b""
    while len(read) < size_bytes:
        piece = pipe.read(size_bytes - len(read))
        if not piece:
            raise EOFError("the hostile process is gone")
        read += piece
    return read


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    """A process for hostile servers."""
    with Hostile() as process:
        yield process
