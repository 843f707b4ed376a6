"""MqttUser at a real broker, mosquitto."""

from __future__ import annotations

import os
import resource
import ssl
from collections.abc import Iterator
from typing import Any

import gevent
import paho.mqtt.client as paho
import pytest
from fakes.certificates import Certificates
from fakes.daemons import Server, free_port, mosquitto
from fakes.hostile import Hostile
from fakes.reports import Reports, wait_until
from fakes.steps import ReadSome, Send, Stall

from locust.contrib.mqtt import MqttClient, MqttUser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def broker(certificates: Certificates) -> Iterator[Server]:
    with mosquitto(certificates.good) as server:
        yield server


class Broker:
    """Gives connected users, and stops them all."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.reports = Reports()
        self.clients: list[Any] = []

    def user(self, port: int | None = None, **attributes: Any) -> Any:
        attributes = {"host": "127.0.0.1", "port": port or self.server.port, **attributes}
        user = self.reports.user(MqttUser, **attributes)
        self.clients.append(user.client)
        return user

    @property
    def rows(self) -> list[tuple[str, str, str | None]]:
        return self.reports.rows


@pytest.fixture
def at(broker: Server) -> Iterator[Broker]:
    users = Broker(broker)
    yield users
    for client in users.clients:
        # Without waiting for it: a second each.
        gevent.spawn(client.loop_stop)
        client.disconnect()


class NewCallbacks(MqttClient):
    """Of a locustfile that has moved on to paho's second version of callbacks."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(callback_api_version=paho.CallbackAPIVersion.VERSION2, **keywords)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"protocol": paho.MQTTv5},
        {"use_loop_selectors": True},
        {"client_cls": NewCallbacks},
        {"client_cls": NewCallbacks, "protocol": paho.MQTTv5},
    ],
    ids=["3.1.1", "5", "with selectors", "new callbacks", "new callbacks and 5"],
)
def test_a_whole_conversation_is_reported(at: Broker, attributes: dict[str, Any]) -> None:
    user = at.user(**attributes)
    at.reports.wait_for(1)
    received = []
    user.client.on_message = lambda _, __, message: received.append((message.topic, message.payload))

    user.client.subscribe("news/#", 1)
    at.reports.wait_for(2)
    for qos in (0, 1, 2):
        user.client.publish("news/today", b"four", qos=qos)
        at.reports.wait_for(3 + qos)
    wait_until(lambda: len(received) == 3)
    user.client.disconnect()
    at.reports.wait_for(6)

    assert at.rows == [
        ("MQTT", "connect", None),
        ("MQTT", "subscribe:1:news/#", None),
        ("MQTT", "publish:0:news/today", None),
        ("MQTT", "publish:1:news/today", None),
        ("MQTT", "publish:2:news/today", None),
        ("MQTT", "disconnect", None),
    ]
    assert received == [("news/today", b"four")] * 3
    published = at.reports.all[3]
    assert (published["response_length"], published["context"]["qos"], published["context"]["topic"]) == (
        4,
        1,
        "news/today",
    )
    assert published["context"]["client_id"] == user.client.client_id
    assert 0 < published["response_time"] < 5_000


def test_a_websocket_carries_it_too(at: Broker) -> None:
    user = at.user(at.server.ports["websocket"], transport="websockets", use_loop_selectors=True)
    at.reports.wait_for(1)

    user.client.publish("news", "text", qos=1)
    at.reports.wait_for(2)

    assert at.rows == [("MQTT", "connect", None), ("MQTT", "publish:1:news", None)]


@pytest.mark.parametrize("use_loop_selectors", [False, True], ids=["select", "selectors"])
def test_tls_carries_it_too(at: Broker, certificates: Certificates, use_loop_selectors: bool) -> None:
    context = ssl.create_default_context(cafile=certificates.authority)
    user = at.user(at.server.ports["tls"], tls_context=context, use_loop_selectors=use_loop_selectors)
    at.reports.wait_for(1)
    received: list[bytes] = []
    user.client.on_message = lambda _, __, message: received.append(message.payload)
    user.client.subscribe("news")
    at.reports.wait_for(2)

    # Longer than what TLS hands over at once.
    for size in (1, 100_000):
        user.client.publish("news", b"x" * size, qos=1)
    wait_until(lambda: len(received) == 2)
    at.reports.wait_for(4)

    assert at.reports.errors == [None] * 4
    assert [len(payload) for payload in received] == [1, 100_000]


@pytest.mark.parametrize(
    ("protocol", "error"), [(paho.MQTTv311, "Exception('5')"), (paho.MQTTv5, "Exception('Not authorized')")]
)
def test_a_wrong_password_is_a_failed_connect_and_disconnect(at: Broker, protocol: Any, error: str) -> None:
    at.user(at.server.ports["guarded"], username="ada", password="wrong", protocol=protocol)
    at.reports.wait_for(2)

    connect, disconnect = at.rows[:2]
    assert connect == ("MQTT", "connect", error)
    assert disconnect[:2] == ("MQTT", "disconnect")
    assert disconnect[2] is not None


@pytest.mark.parametrize(
    ("protocol", "connected", "refused"),
    [
        (paho.MQTTv311, b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x80"),
        (paho.MQTTv5, b"\x20\x03\x00\x00\x00", b"\x90\x04\x00\x01\x00\x87"),
    ],
    ids=["3.1.1", "5"],
)
def test_a_refused_subscription_is_a_failure(
    at: Broker, hostile: Hostile, protocol: Any, connected: bytes, refused: bytes
) -> None:
    # mosquitto grants them all, and keeps back the messages.
    strict = hostile.serve(ReadSome(), Send(connected), ReadSome(), Send(refused), Stall())
    user = at.user(strict.port, protocol=protocol)
    at.reports.wait_for(1)

    user.client.subscribe("others/#")
    at.reports.wait_for(2)

    assert at.rows[0] == ("MQTT", "connect", None)
    assert at.rows[1][:2] == ("MQTT", "subscribe:0:others/#")
    assert at.reports.errors[1] == "AssertionError"


def test_a_broker_that_is_not_there_is_a_failed_connect(at: Broker) -> None:
    port = free_port()

    at.user(port)
    at.reports.wait_for(1)

    assert at.rows[0] == ("MQTT", "connect", f"ConnectionError('No connection to 127.0.0.1:{port}')")


def test_publishing_without_a_connection_is_a_failure(at: Broker) -> None:
    user = at.user()
    at.reports.wait_for(1)
    user.client.disconnect()
    at.reports.wait_for(2)

    user.client.publish("news", "x")
    user.client.subscribe("news")

    assert at.rows[2:] == [
        ("MQTT", "publish:0:news", "<MQTTErrorCode.MQTT_ERR_NO_CONN: 4>"),
        ("MQTT", "subscribe:0:news", "<MQTTErrorCode.MQTT_ERR_NO_CONN: 4>"),
    ]


def test_a_connection_beyond_the_reach_of_select_works(at: Broker) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2048)), hard))
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(1024)]
    try:
        user = at.user()
        at.reports.wait_for(1)
        user.client.publish("news", "x", qos=1)
        at.reports.wait_for(2)
        user.client.disconnect()
        user.client.loop_stop()
    finally:
        for descriptor in others:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert at.rows[:2] == [("MQTT", "connect", None), ("MQTT", "publish:1:news", None)]


def test_a_client_class_of_its_own_names_what_it_sends(at: Broker) -> None:
    class Named(MqttClient):
        def _generate_event_name(self, event_type: str, qos: int, topic: str) -> str:
            return f"{event_type} of {topic.partition('/')[0]}"

    user = at.user(client_cls=Named, client_id="first")
    at.reports.wait_for(1)
    user.client.publish("sensor/4711", 12.5, qos=1)
    at.reports.wait_for(2)

    assert at.rows[1] == ("MQTT", "publish of sensor", None)
    assert at.reports.all[1]["context"]["client_id"] == "first"


def test_wrong_topics_are_raised_not_reported(at: Broker) -> None:
    user = at.user()
    at.reports.wait_for(1)

    with pytest.raises(ValueError, match="wildcards"):
        user.client.publish("news/#", "x")
    with pytest.raises(ValueError, match="Invalid host"):
        at.user(host=None)

    assert len(at.rows) == 1


def test_a_broker_without_tls_is_a_failed_connect(at: Broker) -> None:
    at.user(tls_context=ssl.create_default_context())
    at.reports.wait_for(1)

    assert at.rows[0][1] == "connect"
    assert at.rows[0][2] is not None
