"""Sockets between nodes, over ZeroMQ: the master has a `Server`, each worker a `Client`."""

from __future__ import annotations

import errno
import logging
import socket as sockets
from typing import Any, Final

import gevent
import zmq.green as zmq
from zmq.error import ZMQError

from locust.exception import RPCError, RPCReceiveError, RPCSendError
from locust.rpc.protocol import LONGEST_NODE_ID, MOST_BYTES, Message
from locust.util.exception_handler import retry

__all__ = ("BaseSocket", "Client", "Message", "Server")

LINGER_MS: Final = 2_000
"""How long the last messages of a closed socket may take to get away."""
SHORTEST_PAUSE_MS: Final = 100
LONGEST_PAUSE_MS: Final = 5_000
"""Between two attempts of a worker to reach its master, which back off."""
KEEPALIVE_IDLE_SECONDS: Final = 30
ENCRYPTED: Final = "ipc://"
"""What a host begins with that is an endpoint of its own, such as one end of a tunnel."""

logger = logging.getLogger("locust.rpc")


class BaseSocket:
    """A ZeroMQ socket that speaks messages.

    Args:
        sock_type: `zmq.ROUTER` or `zmq.DEALER`.
        ipv4_only: leave IPv6 alone.
    """

    def __init__(self, sock_type: int, ipv4_only: bool) -> None:
        # One each, so that closing it can wait until what was sent has left.
        self._context = zmq.Context()
        self.socket: Any = self._context.socket(sock_type)
        self.socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
        self.socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_SECONDS)
        self.socket.setsockopt(zmq.MAXMSGSIZE, MOST_BYTES)
        self.socket.setsockopt(zmq.LINGER, LINGER_MS)
        if not ipv4_only and sockets.has_dualstack_ipv6():
            self.socket.setsockopt(zmq.IPV6, 1)

    def send(self, msg: Message) -> None:
        """Send to the master.

        Raises:
            RPCSendError: it could not be sent, not even after some time.
            TypeError: there's something in it that can't travel.
        """
        self._send([msg.serialize()])

    def send_to_client(self, msg: Message) -> None:
        """Send to the worker that the message names.

        Raises:
            RPCSendError: it could not be sent, not even after some time.
            TypeError: there's something in it that can't travel.
        """
        self._send([(msg.node_id or "").encode(), msg.serialize()])

    def recv(self) -> Message:
        """Wait for a message of the master.

        Raises:
            RPCError: the socket is broken.
            RPCReceiveError: what came is no message.
        """
        (frame,) = self._receive(1)
        return _read(frame, None)

    def recv_from_client(self) -> tuple[str, Message]:
        """Wait for a message of a worker, and give its id and the message.

        Raises:
            RPCError: the socket is broken.
            RPCReceiveError: what came is no message; its `addr` is the worker's id, if it has one.
        """
        identity, frame = self._receive(2)
        try:
            client_id = identity.decode()
        except UnicodeDecodeError:
            raise RPCReceiveError("Message from a node without a readable id") from None
        if not client_id.isprintable() or len(client_id) > LONGEST_NODE_ID:
            raise RPCReceiveError("Message from a node without a readable id")
        return client_id, _read(frame, client_id)

    def close(self, linger: int | None = None) -> None:
        """Close the socket; waits until what was sent has left, for `linger` ms at most."""
        if self.socket.closed:
            return
        self.socket.close(LINGER_MS if linger is None else linger)
        # In a thread: a tunnel in this process has to carry what is left.
        gevent.get_hub().threadpool.apply(self._context.term)

    def ipv4_only(self, host: str, port: int) -> bool:
        """Whether a host has no IPv6 address."""
        return _is_ipv4_only(host, port)

    @retry(exception=RPCSendError)
    def _send(self, frames: list[bytes]) -> None:
        try:
            self.socket.send_multipart(frames)
        except ZMQError as error:
            raise RPCSendError("ZMQ sent failure") from error

    def _receive(self, frame_count: int) -> list[bytes]:
        try:
            frames: list[bytes] = self.socket.recv_multipart()
        except ZMQError as error:
            raise RPCError("ZMQ network broken") from error
        if len(frames) != frame_count:
            raise RPCReceiveError(f"Message of {len(frames)} parts instead of {frame_count}")
        return frames


class Server(BaseSocket):
    """The master's end.

    Args:
        host: interface to listen on, "*" for all.
        port: 0 picks a free one; see `port`.

    Raises:
        RPCError: the port can't be had.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(zmq.ROUTER, _is_ipv4_only(host, port))
        # A worker that comes back over a new connection takes its place at once, not when the old one has timed out.
        self.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        address = _address(host, port)
        try:
            self.socket.bind(address)
        except ZMQError as error:
            self.close(linger=0)
            raise RPCError(_explained(error, host, port, address)) from error
        self.port = port
        if not port and not host.startswith(ENCRYPTED):
            self.port = int(self.socket.getsockopt(zmq.LAST_ENDPOINT).decode().rpartition(":")[2])


class Client(BaseSocket):
    """A worker's end. Connects, and connects again, by itself.

    Args:
        host: where the master is.
        port: its port.
        identity: the worker's id.
    """

    def __init__(self, host: str, port: int, identity: str) -> None:
        super().__init__(zmq.DEALER, _is_ipv4_only(host, port))
        self.socket.setsockopt(zmq.IDENTITY, identity.encode())
        self.socket.setsockopt(zmq.RECONNECT_IVL, SHORTEST_PAUSE_MS)
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, LONGEST_PAUSE_MS)
        try:
            self.socket.connect(_address(host, port))
        except ZMQError as error:
            self.close(linger=0)
            raise RPCError(f"Can't connect to a master at {host}:{port}: {error.strerror}") from error


def _address(host: str, port: int) -> str:
    if host.startswith(ENCRYPTED):
        return host
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"


def _read(frame: bytes, client_id: str | None) -> Message:
    try:
        return Message.unserialize(frame)
    except ValueError as error:
        raise RPCReceiveError(f"Bad message: {error}", addr=client_id) from error


def _is_ipv4_only(host: str, port: int) -> bool:
    if host == "*" or host.startswith(ENCRYPTED):
        return False
    try:
        families = {family for family, *_ in sockets.getaddrinfo(host, port, proto=sockets.IPPROTO_TCP)}
    except OSError as error:
        logger.warning("Can't find the host '%s' (%s)", host, error.strerror or error)
        return False
    return sockets.AF_INET6 not in families


def _explained(error: ZMQError, host: str, port: int, address: str) -> str:
    """What is wrong with a port, and what to do."""
    advice = {
        errno.EADDRINUSE: f"another process listens there. Choose another --master-bind-port than {port}",
        errno.EACCES: "this user may not. Choose a --master-bind-port above 1023",
        errno.EADDRNOTAVAIL: f"'{host}' is no address of this machine. Choose another --master-bind-host",
        errno.ENODEV: f"'{host}' is no address of this machine. Choose another --master-bind-host",
    }.get(error.errno or 0, "choose another --master-bind-host or --master-bind-port")
    return f"Socket bind failure: {error.strerror} (addr='{address}'): {advice}"
