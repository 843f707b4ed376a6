"""The process behind `fakes.hostile`: plain threads, one a connection. Its questions come by stdin."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from fakes.hostile import receive, send
from fakes.steps import (
    Again,
    Flood,
    HalfClose,
    Listener,
    Note,
    Pause,
    ReadBody,
    ReadHead,
    ReadSome,
    Reset,
    Send,
    Stall,
    StartTls,
    Step,
    TlsFiles,
)

BACKLOG = 4_096
HEAD_LIMIT_BYTES = 1 << 20
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class OverError(Exception):
    """The connection has ended in a way that was noted."""


class Server:
    """One listener and its connections."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.notes: list[Note] = []
        self.connections: list[socket.socket] = []
        self.fillers: list[socket.socket] = []
        self.tls = None if listener.tls is None else tls_context(listener.tls)
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        if listener.kind == "open":
            self.socket.listen(BACKLOG)
            threading.Thread(target=self.accept, daemon=True).start()
        elif listener.kind == "deaf":
            self.socket.listen(0)
            self.fill_backlog()

    def fill_backlog(self) -> None:
        """Take the places in the backlog until a connection does not come about any more."""
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(filler)
            if not select.select([], [filler], [], 0.1)[1]:
                return

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            number = len(self.connections)
            self.connections.append(connection)
            self.notes.append(Note(number, "accepted"))
            scripts = self.listener.scripts
            steps = scripts[min(number, len(scripts) - 1)]
            play = Play(self, number, connection, steps)
            threading.Thread(target=play.run, daemon=True).start()

    def close(self) -> None:
        # Shutdown first: it wakes threads in accept() and recv(), which close() would leave there for ever.
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for filler in self.fillers:
            filler.close()


class Play:
    """One connection, playing its script."""

    def __init__(self, server: Server, number: int, connection: socket.socket, steps: tuple[Step, ...]) -> None:
        self.server = server
        self.number = number
        self.connection = connection
        self.steps = steps if server.tls is None or StartTls() in steps else (StartTls(), *steps)
        self.held = b""
        self.body_bytes = 0

    def note(self, kind: str, payload: bytes = b"") -> None:
        self.server.notes.append(Note(self.number, kind, payload))

    def run(self) -> None:
        try:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self.play_once():
                pass
            self.connection.close()
            self.note("closed")
        except (OverError, OSError, ValueError) as error:
            self.connection.close()
            self.note("closed", str(error).encode())

    def play_once(self) -> bool:
        """Play the script; true when it wants to be played again."""
        for step in self.steps:
            if isinstance(step, Again):
                self.steps = tuple(step for step in self.steps if not isinstance(step, StartTls))
                return True
            self.do(step)
        return False

    def do(self, step: Step) -> None:
        if isinstance(step, ReadHead):
            self.read_head()
        elif isinstance(step, ReadBody):
            self.read_body(self.body_bytes if step.size_bytes is None else step.size_bytes)
        elif isinstance(step, ReadSome):
            self.note("bytes", self.receive())
        elif isinstance(step, Send):
            self.send(step)
        elif isinstance(step, Flood):
            self.flood(step)
        elif isinstance(step, Pause):
            time.sleep(step.seconds)
        elif isinstance(step, Stall):
            self.stall()
        elif isinstance(step, HalfClose):
            self.connection.shutdown(socket.SHUT_WR)
            self.stall()
        elif isinstance(step, Reset):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            raise OverError
        elif isinstance(step, StartTls):
            self.start_tls()

    def receive(self) -> bytes:
        if self.held:
            received, self.held = self.held, b""
            return received
        try:
            received = self.connection.recv(65_536)
        except ConnectionResetError:
            self.note("reset")
            raise OverError from None
        if not received:
            self.note("eof")
            raise OverError
        return received

    def read_head(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.receive()
            if len(head) > HEAD_LIMIT_BYTES:
                raise ValueError("the head has no end")
        head, _, self.held = head.partition(b"\r\n\r\n")
        lengths = [
            line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        ]
        self.body_bytes = int(lengths[0]) if lengths else 0
        self.note("head", head)

    def read_body(self, size_bytes: int) -> None:
        body = b""
        while len(body) < size_bytes:
            body += self.receive()
        self.held = body[size_bytes:]
        self.note("body", body[:size_bytes])

    def send(self, step: Send) -> None:
        size = step.piece_bytes or len(step.payload) or 1
        try:
            for start in range(0, len(step.payload), size):
                self.connection.sendall(step.payload[start : start + size])
                time.sleep(step.pause_seconds)
        except OSError:
            self.note("gone")
            raise OverError from None
        self.note("sent")

    def flood(self, step: Flood) -> None:
        sent = 0
        # Larger writes: the peer shall be flooded by the network, not wait for this process.
        payload = step.payload * max(1, 65_536 // len(step.payload))
        if step.total_bytes is not None and step.total_bytes < len(payload):
            payload = step.payload
        try:
            while step.total_bytes is None or sent < step.total_bytes:
                self.connection.sendall(payload)
                sent += len(payload)
        except OSError:
            self.note("gone", str(sent).encode())
            raise OverError from None
        self.note("sent", str(sent).encode())

    def stall(self) -> None:
        while True:
            self.receive()

    def start_tls(self) -> None:
        assert self.server.tls is not None
        try:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        except OSError as error:
            self.note("tls-failed", str(error).encode())
            raise OverError from None
        self.server.connections[self.number] = self.connection
        self.note("tls", (self.connection.version() or "").encode())


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = VERSIONS[files.oldest_version]
    context.maximum_version = VERSIONS[files.newest_version]
    context.load_cert_chain(files.certificate_chain)
    if files.client_authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files.client_authority)
    return context


def answer(servers: list[Server], question: tuple[Any, ...]) -> object:
    """The answer to one question of `fakes.hostile`."""
    verb, argument = question
    if verb == "listen":
        servers.append(Server(argument))
        return len(servers) - 1, servers[-1].port
    if verb == "notes":
        return list(servers[argument].notes)
    servers[argument].close()
    return None


def main() -> None:
    servers: list[Server] = []
    with contextlib.suppress(EOFError):
        while True:
            send(sys.stdout.buffer, answer(servers, receive(sys.stdin.buffer)))


if __name__ == "__main__":
    main()
