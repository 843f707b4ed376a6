"""Socket.IO, by the library python-socketio: `pip install 'locust[socketio]'`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent

from locust.contrib._extra import library_of
from locust.event import EventHook
from locust.user.users import User

with library_of("socketio", "socketio", "engineio"):
    import socketio

__all__ = ["SocketIOClient", "SocketIOUser"]


class SocketIOClient(socketio.Client):  # type: ignore[misc]  # the library has no types
    """A client of Socket.IO that reports what it sends and receives. Its errors are reported, not raised.

    Reported are: `connect` as WS, events sent as WSE, messages sent as WSS, calls as WSC with the time until their
    answer, and each event received as WSR with time 0.

    Args:
        request_event: where that is reported.
        args: and further keywords: for `socketio.Client`.
    """

    def __init__(self, request_event: EventHook, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request_event = request_event
        self.on("*", self.on_message)

    def connect(self, *args: Any, **kwargs: Any) -> None:
        """Connects; arguments as `socketio.Client.connect` takes them: the URL, `transports`, `auth` and others."""
        self._timed("WS", "connect", lambda: super(SocketIOClient, self).connect(*args, **kwargs))

    def send(
        self, data: Any, namespace: str | None = None, callback: Callable[..., Any] | None = None, name: str = "Unnamed"
    ) -> None:
        """Sends a message.

        Args:
            data: text, bytes, or what JSON can hold.
            namespace: the default one when left out.
            callback: called with what the server acknowledges it with.
            name: for the statistics.
        """
        exception = self._emit("message", data, namespace, callback)
        self._report("WSS", name, _length(data), exception)

    def emit(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """Sends an event, named so in the statistics.

        Args:
            event: its name.
            data: text, bytes, or what JSON can hold.
            namespace: the default one when left out.
            callback: called with what the server acknowledges it with.
        """
        self._emit(event, data, namespace, callback)

    def call(self, event: str, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Sends an event and waits for its acknowledgement.

        Args:
            event: its name.
            data: text, bytes, or what JSON can hold.
            args: and keywords: as `socketio.Client.call` takes them, such as `timeout` in seconds.

        Returns:
            What the server acknowledged it with; None after an error.
        """

        def ask() -> Any:
            namespace = kwargs.get("namespace", args[0] if args else None) or "/"
            if namespace not in self.namespaces:
                # Else it would wait for an answer to what can't be sent: `emit` raises nothing.
                raise socketio.exceptions.BadNamespaceError(f"{namespace} is not a connected namespace.")
            return super(SocketIOClient, self).call(event, data, *args, **kwargs)

        return self._timed("WSC", event, ask)

    def on_message(self, event: str, data: Any = None, *_: Any) -> None:
        """Is called for each event that has no handler of its own; override it to do more than report it.

        Args:
            event: its name.
            data: what came with it.
        """
        self._report("WSR", event, _length(data), None)

    def _emit(self, event: str, *args: Any) -> Exception | None:
        exception: Exception | None = None
        try:
            super().emit(event, *args)
        except Exception as error:
            exception = error
        self._report("WSE", event, _length(args[0]), exception)
        return exception

    def _timed(self, kind: str, name: str, act: Callable[[], Any]) -> Any:
        """Does something and reports how long it took."""
        began, started = time.time(), time.perf_counter()
        exception: Exception | None = None
        result = None
        try:
            result = act()
        except Exception as error:
            exception = error
        self.request_event.fire(
            request_type=kind,
            name=name,
            start_time=began,
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            exception=exception,
            context={},
        )
        return result

    def _report(self, kind: str, name: str, length: int, exception: Exception | None) -> None:
        self.request_event.fire(
            request_type=kind, name=name, response_time=0, response_length=length, exception=exception, context={}
        )


class SocketIOUser(User):
    """A user with a Socket.IO client.

    Attributes:
        options: keywords for `socketio.Client`, such as `reconnection`; a class attribute to set.
        sio: the client.
        sio_greenlet: waits until the connection is over; kill it or join it.
    """

    abstract = True
    options: dict[str, Any] = {}
    sio: SocketIOClient

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sio = SocketIOClient(self.environment.events.request, **self.options)
        self.sio_greenlet = gevent.spawn(self.sio.wait)


def _length(data: Any) -> int:
    """Gives the number of characters, bytes or items; 0 for what has none."""
    return len(data) if hasattr(data, "__len__") else 0
