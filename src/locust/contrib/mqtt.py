"""MQTT, by the library Paho: `pip install 'locust[mqtt]'`."""

from __future__ import annotations

import contextlib
import random
import selectors
import string
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from locust.contrib._extra import library_of
from locust.user.users import User

with library_of("mqtt", "paho"):
    import paho.mqtt.client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

if TYPE_CHECKING:
    import ssl

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode
    from paho.mqtt.subscribeoptions import SubscribeOptions

    from locust.env import Environment

__all__ = ["REQUEST_TYPE", "SUBACK_FAILURE", "MqttClient", "MqttUser", "PublishedMessageContext"]

REQUEST_TYPE = "MQTT"
# What a broker grants instead of a quality of service when it refuses (MQTT 3.1.1, 3.9.3).
SUBACK_FAILURE = 0x80

_WAKE_BYTES = 10_000
# select() takes no file descriptor from here on.
_SELECT_LIMIT = 1024


class PublishedMessageContext(NamedTuple):
    """A message whose delivery isn't confirmed yet."""

    qos: int
    topic: str
    start_time: float
    payload_size: int


class SubscribeContext(NamedTuple):
    """A subscription that isn't confirmed yet."""

    qos: int
    topic: str
    start_time: float


class MqttClient(mqtt.Client):
    """A client of Paho that reports connects, disconnects, subscriptions and messages published.

    Messages are named `publish:<qos>:<topic>`, subscriptions `subscribe:<qos>:<topic>`; their time is that until the
    broker's confirmation, or until the message was sent for quality of service 0. Set `on_message` for those received.

    Args:
        environment: where that is reported.
        client_id: a random one when left out.
        protocol: version of MQTT.
        use_loop_selectors: wait by `selectors`, not by `select`, always; where `select` can't, above file descriptor
            1023, it's done in any case.
        args: and further keywords: for `paho.mqtt.client.Client`. Callbacks are of its version 1 when left out.
    """

    def __init__(
        self,
        *args: Any,
        environment: Environment,
        client_id: str | None = None,
        protocol: MQTTProtocolVersion = mqtt.MQTTv311,
        use_loop_selectors: bool = False,
        **kwargs: Any,
    ) -> None:
        self.environment = environment
        self.client_id = client_id or f"locust-{_random_id(16)}"
        self._publish_requests: dict[int, PublishedMessageContext] = {}
        self._subscribe_requests: dict[int, SubscribeContext] = {}
        self._use_loop_selectors = use_loop_selectors
        kwargs.update(client_id=self.client_id, protocol=protocol)
        if not args:
            # Locustfiles have callbacks of this version.
            kwargs.setdefault("callback_api_version", CallbackAPIVersion.VERSION1)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Callback API version 1", DeprecationWarning)
            super().__init__(*args, **kwargs)
        self.on_connect = self._on_connect_cb
        self.on_connect_fail = self._on_connect_fail_cb
        self.on_disconnect = self._on_disconnect_cb
        self.on_publish = self._on_publish_cb
        self.on_subscribe = self._on_subscribe_cb

    def publish(
        self,
        topic: str,
        payload: mqtt.PayloadType = None,
        qos: int = 0,
        retain: bool = False,
        properties: Properties | None = None,
    ) -> mqtt.MQTTMessageInfo:
        """Publishes a message; it's reported when the broker has confirmed it.

        Args:
            topic: without wildcards.
            payload: text, bytes, a number or nothing.
            qos: quality of service, 0 to 2.
            retain: the broker keeps it for later subscribers.
            properties: of MQTT 5.

        Raises:
            ValueError: topic, size or quality of service aren't allowed.
        """
        size = len(payload) if isinstance(payload, (str, bytes, bytearray)) else 0
        sent = PublishedMessageContext(qos, topic, time.time(), size)
        message = super().publish(topic, payload=payload, qos=qos, retain=retain, properties=properties)
        if message.rc == mqtt.MQTT_ERR_SUCCESS:
            self._publish_requests[message.mid] = sent
        else:
            self._report(self._generate_event_name("publish", qos, topic), exception=message.rc, context=sent._asdict())
        return message

    def subscribe(
        self,
        topic: str
        | tuple[str, int]
        | tuple[str, SubscribeOptions]
        | list[tuple[str, int]]
        | list[tuple[str, SubscribeOptions]],
        qos: int = 0,
        options: SubscribeOptions | None = None,
        properties: Properties | None = None,
    ) -> tuple[MQTTErrorCode, int | None]:
        """Subscribes; it's reported, by its first topic, when the broker has answered.

        Args:
            topic: with wildcards or without, a pair of it and its quality of service, or several pairs.
            qos: quality of service of a topic alone.
            options: of MQTT 5.
            properties: of MQTT 5.

        Raises:
            ValueError: topic or quality of service aren't allowed.
        """
        result, message_id = super().subscribe(topic, qos, options, properties)
        first = topic[0] if isinstance(topic, (list, tuple)) else topic
        name = first[0] if isinstance(first, tuple) else first
        asked = SubscribeContext(qos, str(name), time.time())
        if result == mqtt.MQTT_ERR_SUCCESS and message_id is not None:
            self._subscribe_requests[message_id] = asked
        else:
            event_name = self._generate_event_name("subscribe", qos, asked.topic)
            self._report(event_name, exception=result, context=asked._asdict())
        return result, message_id

    def _generate_event_name(self, event_type: str, qos: int, topic: str) -> str:
        """Names a message or a subscription in the statistics. Locustfiles override it, underscore or not."""
        return f"{event_type}:{qos}:{topic}"

    # Paho gives its callbacks one argument more in MQTT 5, the properties; in their version 2 always.

    def _on_connect_cb(self, _: Any, __: Any, ___: Any, code: int | ReasonCode, *____: Any) -> None:
        self._report("connect", exception=None if code == 0 else Exception(str(code)))

    def _on_connect_fail_cb(self, *_: Any) -> None:
        self._report("connect", exception=ConnectionError(f"No connection to {self.host}:{self.port}"))

    def _on_disconnect_cb(self, _: Any, __: Any, *told: Any) -> None:
        # In version 2 flags come first.
        code = told[1] if len(told) == 3 else told[0]
        self._report("disconnect", exception=None if code == 0 else code)

    def _on_publish_cb(self, _: Any, __: Any, message_id: int, *___: Any) -> None:
        sent = self._publish_requests.pop(message_id, None)
        if sent is not None:
            self._report(
                self._generate_event_name("publish", sent.qos, sent.topic),
                response_time=(time.time() - sent.start_time) * 1000,
                response_length=sent.payload_size,
                context=sent._asdict(),
            )

    def _on_subscribe_cb(self, _: Any, __: Any, message_id: int, granted: list[Any], *___: Any) -> None:
        asked = self._subscribe_requests.pop(message_id, None)
        if asked is None:
            return
        refused = [code for code in granted if getattr(code, "value", code) >= SUBACK_FAILURE]
        self._report(
            self._generate_event_name("subscribe", asked.qos, asked.topic),
            response_time=(time.time() - asked.start_time) * 1000,
            exception=AssertionError(f"Broker returned an error response during subscription: {granted}")
            if refused
            else None,
            context=asked._asdict(),
        )

    def _report(
        self,
        name: str,
        *,
        response_time: float = 0,
        response_length: int = 0,
        exception: Any = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        self.environment.events.request.fire(
            request_type=REQUEST_TYPE,
            name=name,
            response_time=response_time,
            response_length=response_length,
            exception=exception,
            context={"client_id": self.client_id, **(context or {})},
        )

    def _loop(self, timeout: float = 1.0) -> MQTTErrorCode:
        """Paho's one turn of reading and writing; its loops call it."""
        if self._use_loop_selectors or not self._fits_select():
            return self._loop_selectors(timeout)
        return super()._loop(timeout)

    def _fits_select(self) -> bool:
        sockets = (self.socket(), self._sockpairR)
        return all(connection is None or connection.fileno() < _SELECT_LIMIT for connection in sockets)

    def _loop_selectors(self, timeout: float) -> MQTTErrorCode:
        connection = self.socket()
        if connection is None:
            return mqtt.MQTT_ERR_NO_CONN
        # Bytes that TLS or WebSocket hold already don't show at the socket.
        is_readable = bool(getattr(connection, "pending", int)())
        wake = self._sockpairR
        with selectors.DefaultSelector() as selector:
            try:
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.want_write() else 0)
                selector.register(connection, wanted)
                if wake is not None:
                    selector.register(wake, selectors.EVENT_READ)
                ready = {key.fileobj: events for key, events in selector.select(0 if is_readable else timeout)}
            except (OSError, ValueError):
                return mqtt.MQTT_ERR_CONN_LOST
        happened = ready.get(connection, 0)
        is_writable = bool(happened & selectors.EVENT_WRITE)
        if wake is not None and wake in ready:
            # Another greenlet has queued a packet.
            is_writable = True
            with contextlib.suppress(BlockingIOError):
                wake.recv(_WAKE_BYTES)
        return self._transfer(is_readable or bool(happened & selectors.EVENT_READ), is_writable)

    def _transfer(self, is_readable: bool, is_writable: bool) -> MQTTErrorCode:
        for is_wanted, act in ((is_readable, self.loop_read), (is_writable, self.loop_write)):
            if is_wanted:
                result = act()
                if result != mqtt.MQTT_ERR_SUCCESS or self.socket() is None:
                    return result
        return self.loop_misc()


class MqttUser(User):
    """A user with a connection to an MQTT broker, kept up in the background.

    Class attributes to set:

    Attributes:
        host: of the broker.
        port: of the broker.
        transport: "tcp" or "websockets".
        ws_path: path of the WebSocket.
        tls_context: connect by TLS with it.
        client_cls: a subclass of MqttClient, say with names of its own.
        client_id: a random one when None.
        username: to sign in with.
        password: to sign in with.
        protocol: version of MQTT, such as `paho.mqtt.client.MQTTv5`.
        use_loop_selectors: see MqttClient.
        client: the MqttClient.
    """

    abstract = True
    host: str | None = "localhost"
    port: int = 1883
    transport: Any = "tcp"
    ws_path: str = "/mqtt"
    tls_context: ssl.SSLContext | None = None
    client_cls: type[MqttClient] = MqttClient
    client_id: str | None = None
    username: str | None = None
    password: str | None = None
    protocol: MQTTProtocolVersion = mqtt.MQTTv311
    use_loop_selectors: bool = False

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client = self.client_cls(
            environment=environment,
            transport=self.transport,
            client_id=self.client_id,
            protocol=self.protocol,
            use_loop_selectors=self.use_loop_selectors,
        )
        if self.tls_context is not None:
            self.client.tls_set_context(self.tls_context)
        if self.transport == "websockets" and self.ws_path:
            self.client.ws_set_options(path=self.ws_path)
        if self.username is not None:
            self.client.username_pw_set(self.username, self.password)
        self.client.connect_async(host=self.host or "", port=self.port)
        self.client.loop_start()


def _random_id(length: int) -> str:
    return "".join(random.choices(string.digits + string.ascii_letters, k=length))
