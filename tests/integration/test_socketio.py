"""SocketIOUser at a real Socket.IO server, python-socketio's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.reports import Reports, wait_until
from fakes.speaking import speaking

from locust.contrib.socketio import SocketIOUser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with speaking("socketio") as url:
        yield url


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def client(reports: Reports) -> Iterator[Any]:
    user = reports.user(SocketIOUser, options={"reconnection": False})
    yield user.sio
    # No `disconnect`: it waits for the end of a poll. The connection ends with the server.
    user.sio_greenlet.kill()


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]], ids=str)
def test_a_whole_conversation_is_reported(client: Any, reports: Reports, server: str, transports: list[str]) -> None:
    client.connect(server, transports=transports)
    client.emit("push", "three")
    reports.wait_for(3)
    client.send("hello", name="greeting")
    reports.wait_for(6)
    answer = client.call("echo", {"a": 1})

    assert answer == {"a": 1}
    assert [
        (kind, name, report["response_length"])
        for (kind, name, _), report in zip(reports.rows, reports.all, strict=True)
    ] == [
        ("WS", "connect", 0),
        ("WSE", "push", 5),
        ("WSR", "pushed", 5),
        ("WSE", "message", 5),
        ("WSS", "greeting", 5),
        ("WSR", "message", 9),
        ("WSE", "echo", 1),
        ("WSC", "echo", 0),
    ]
    assert reports.errors == [None] * 8
    assert reports.all[7]["response_time"] > 0


def test_a_handler_of_its_own_takes_an_event(client: Any, reports: Reports, server: str) -> None:
    received = []
    client.on("pushed", received.append)

    client.connect(server)
    client.emit("push", 7)
    wait_until(lambda: received == [7])

    assert [kind for kind, _, _ in reports.rows] == ["WS", "WSE"]


def test_a_refused_connection_is_a_failure(client: Any, reports: Reports, server: str) -> None:
    client.connect("http://127.0.0.1:1")
    client.connect(server, auth="wrong")

    assert reports.errors == ["ConnectionError", "ConnectionError"]


def test_what_is_sent_without_a_connection_is_a_failure_at_once(client: Any, reports: Reports) -> None:
    began = time.monotonic()

    client.emit("echo", "x")
    client.send("x")
    answer = client.call("echo", "x")

    assert answer is None
    assert [kind for kind, _, _ in reports.rows] == ["WSE", "WSE", "WSS", "WSC"]
    assert reports.errors == ["BadNamespaceError"] * 4
    assert time.monotonic() - began < 5


def test_an_answer_that_comes_late_is_a_failure(client: Any, reports: Reports, server: str) -> None:
    client.connect(server, transports=["websocket"])

    client.call("slow", 1.0, timeout=0.1)

    assert reports.rows[-1][:2] == ("WSC", "slow")
    assert reports.errors[-1] == "TimeoutError"
