"""Encrypted ways between nodes: ZeroMQ talks to a Unix socket on its own machine, a tunnel carries that over TLS.

So the wire protocol stays what it is, and nobody who isn't let in gets to speak it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import gevent
from gevent import socket, ssl
from gevent.pool import Pool
from gevent.server import StreamServer

from locust.exception import RPCError

HANDSHAKE_SECONDS = 10.0
CONNECT_SECONDS = 10.0
LINGER_SECONDS = 2.0
"""What is under way when one side ends gets so long."""
LONGEST_PAUSE_SECONDS = 10.0
"""Between two attempts of a worker to reach its master."""
MOST_CONNECTIONS = 10_000
PEERS_REMEMBERED = 1_000
_PIECE_BYTES = 64 * 1024

logger = logging.getLogger("locust.rpc")


class AcceptsWorkers(Protocol):
    """Who a master is, and whom it lets in."""

    def accept(self, connection: Any) -> ssl.SSLSocket: ...


class ConnectsToMaster(Protocol):
    """Who a worker is, and whom it believes."""

    def connect(self, connection: Any, host: str) -> ssl.SSLSocket: ...


class _Tunnel:
    """What both ends share: a private folder for the Unix socket, and connections that end with the tunnel."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="locust-")
        self._path = Path(self._folder.name) / "rpc"
        self._pool = Pool(MOST_CONNECTIONS)

    @property
    def endpoint(self) -> str:
        """Where ZeroMQ binds (master) or connects (worker)."""
        return f"ipc://{self._path}"

    def close(self) -> None:
        """Ends all connections, when what was said has arrived: ZeroMQ's sockets should be closed by now."""
        self._pool.join(timeout=LINGER_SECONDS)
        self._pool.kill(block=False)
        self._folder.cleanup()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class MasterTunnel(_Tunnel):
    """Lets workers in that prove themselves, and takes what they say to the master's ZeroMQ socket.

    Args:
        host: address to bind, "*" for all.
        port: 0 picks a free one; see `port`.
        identity: who we are, and whom we let in.

    Raises:
        RPCError: the port can't be had.
    """

    def __init__(self, host: str, port: int, identity: AcceptsWorkers) -> None:
        super().__init__()
        self._identity = identity
        self._refused: set[tuple[str, str]] = set()
        self._server = StreamServer(("" if host == "*" else host, port), self._on_connection, spawn=self._pool)
        try:
            self._server.start()
        except OSError as error:
            raise RPCError(f"Can't listen for workers at {host}:{port}: {os.strerror(error.errno or 0)}.") from error

    @property
    def port(self) -> int:
        """Where workers connect."""
        return int(self._server.socket.getsockname()[1])

    def close(self) -> None:
        """Stops listening, and ends all connections when what was said has arrived."""
        self._server.stop(timeout=0)
        super().close()

    def _on_connection(self, connection: Any, address: tuple[Any, ...]) -> None:
        try:
            with gevent.Timeout(HANDSHAKE_SECONDS, TimeoutError("it didn't say who it is in time")):
                secured = self._identity.accept(connection)
        except (OSError, RPCError, ValueError) as error:
            self._refuse(str(address[0]), _explained(error))
            connection.close()
            return
        local = socket.socket(socket.AF_UNIX)
        try:
            local.connect(str(self._path))
        except OSError:
            # The master is about to quit.
            secured.close()
            return
        _carry(secured, local)

    def _refuse(self, peer: str, reason: str) -> None:
        if (peer, reason) not in self._refused and len(self._refused) < PEERS_REMEMBERED:
            self._refused.add((peer, reason))
            logger.warning("Refused a connection from %s: %s. (Said once for this address and reason)", peer, reason)


class WorkerTunnel(_Tunnel):
    """Takes what a worker's ZeroMQ socket says to the master, and connects again as often as it must.

    Args:
        host: of the master.
        port: of the master.
        identity: who we are, and whom we believe.
        pause: how long to wait before the next attempt, after so many failed ones.
    """

    def __init__(
        self, host: str, port: int, identity: ConnectsToMaster, pause: Callable[[int], float] | None = None
    ) -> None:
        super().__init__()
        self._host, self._port, self._identity = host, port, identity
        self._pause = pause or _backed_off
        self._said = ""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        listener.listen()
        self._server = StreamServer(listener, self._on_connection, spawn=self._pool)
        self._server.start()

    def close(self) -> None:
        """Ends the connection, when what was said has arrived."""
        self._server.stop(timeout=0)
        super().close()

    def _on_connection(self, local: Any, _: Any) -> None:
        failures = 0
        while True:
            try:
                secured = self._connect()
                break
            except (OSError, RPCError, ValueError) as error:
                self._say(f"Can't join the master at {self._host}:{self._port}: {_explained(error)}. Trying on")
                gevent.sleep(self._pause(failures))
                failures += 1
        if self._said:
            self._said = ""
            logger.info("Joined the master at %s:%d", self._host, self._port)
        _carry(secured, local)

    def _connect(self) -> ssl.SSLSocket:
        connection = socket.create_connection((self._host, self._port), timeout=CONNECT_SECONDS)
        try:
            secured = self._identity.connect(connection, self._host)
        except BaseException:
            connection.close()
            raise
        secured.settimeout(None)
        return secured

    def _say(self, message: str) -> None:
        if message != self._said:
            self._said = message
            logger.warning("%s", message)


def _backed_off(failures: int) -> float:
    return float(min(0.5 * 2**failures, LONGEST_PAUSE_SECONDS))


def _carry(one: Any, other: Any) -> None:
    """Carries bytes both ways. When one side ends, the other may still say what it has to."""
    ways = [gevent.spawn(_carry_one_way, one, other), gevent.spawn(_carry_one_way, other, one)]
    try:
        gevent.wait(ways, count=1)
        gevent.joinall(ways, timeout=LINGER_SECONDS)
    finally:
        gevent.killall(ways)
        one.close()
        other.close()


def _carry_one_way(source: Any, target: Any) -> None:
    # Either side may be gone at any time.
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE_BYTES):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        # TLS's own shutdown would end both directions.
        socket.socket.shutdown(target, socket.SHUT_WR)


def _explained(error: Exception) -> str:
    """What went wrong, in words for whoever runs the fleet."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate isn't accepted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).lower().replace("_", " ")
        return _TLS_REASONS.get(reason, f"no TLS connection came about ({reason})")
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, socket.gaierror):
        return f"no such host ({error.strerror})"
    if isinstance(error, TimeoutError):
        return str(error) or "no answer in time"
    return str(error).rstrip(".") or type(error).__name__


_TLS_REASONS = {
    "wrong version number": "the other side speaks no TLS: one of the two runs without --secure or --cluster-tls",
    "http request": "the other side speaks HTTP: is this a browser?",
    "peer did not return a certificate": "it has no certificate",
    "tlsv13 alert certificate required": "the master wants a certificate: give --cluster-tls-cert and -key",
    "tlsv1 alert unknown ca": "the other side doesn't know the authority of our certificate",
    "sslv3 alert certificate expired": "our certificate has expired",
}
