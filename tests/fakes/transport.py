"""A transport without sockets, as people put one in place of `locust.rpc.rpc.Server` and `Client` in their tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import gevent
from gevent.queue import Queue

from locust.rpc import Message


class Transport:
    """Both ends: what it's told arrives at the runner, what the runner says is kept."""

    def __init__(self) -> None:
        self.queue: Queue[bytes] = Queue()
        self.sent: list[Message] = []

    def __call__(self, *_: Any) -> Transport:
        return self

    def tell(self, message_type: str, data: Any = None, node_id: str = "w1") -> None:
        """Lets the runner receive a message, and handle it."""
        self.queue.put(Message(message_type, data, node_id).serialize())
        gevent.sleep(0)

    def said(self, message_type: str, node_id: str | None = None) -> list[Any]:
        """Data of the messages of a type that the runner sent."""
        return [
            message.data for message in self.sent if message.type == message_type and node_id in (None, message.node_id)
        ]

    # --- what a runner asks of it

    def send(self, message: Message) -> None:
        self.sent.append(Message.unserialize(message.serialize()))

    send_to_client = send

    def recv(self) -> Message:
        return Message.unserialize(self.queue.get())

    def recv_from_client(self) -> tuple[str | None, Message]:
        message = self.recv()
        return message.node_id, message

    def close(self, linger: int | None = None) -> None:
        pass


@contextmanager
def transport(end: str) -> Iterator[Transport]:
    """A transport in place of "Server" or "Client"."""
    made = Transport()
    with mock.patch(f"locust.rpc.rpc.{end}", made):
        yield made
