"""Event hooks: what happens in a run, told to whoever listens."""

from __future__ import annotations

import inspect
import logging
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser

Listener = TypeVar("Listener", bound=Callable[..., Any])


class EventHook:
    """One kind of event.

    A listener takes the event's keyword arguments, and `**kwargs` for those that may be added later:

        @events.request.add_listener
        def on_request(request_type, name, response_time, **kwargs):
            ...
    """

    def __init__(self) -> None:
        # A plain list under this name: the engine reads it to learn whether anybody in Python listens.
        self._handlers: list[Callable[..., Any]] = []

    def add_listener(self, handler: Listener) -> Listener:
        """Calls `handler` at each event from now on; returns it, so that this is a decorator too."""
        self._handlers.append(handler)
        return handler

    def remove_listener(self, handler: Callable[..., Any]) -> None:
        """Undoes `add_listener`. Raises `ValueError` when `handler` doesn't listen."""
        self._handlers.remove(handler)

    def fire(self, *, reverse: bool = False, **kwargs: Any) -> None:
        """Calls the listeners in the order they were added, or from the last to the first.

        A listener that fails is logged and makes the exit code 2; the others are still called. What ends tasks passes,
        so that a `request` listener can: `StopUser`, `StopTest`, `RescheduleTask(Immediately)`, `InterruptTaskSet`.
        """
        # A copy: a listener may remove itself.
        for handler in reversed(self._handlers) if reverse else self._handlers[:]:
            try:
                handler(**kwargs)
            except (StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet):
                raise
            except Exception:
                logging.getLogger().error("Uncaught exception in event handler: \n%s", traceback.format_exc())
                _mark_unhandled_exception()

    @contextmanager
    def measure(
        self, request_type: str, name: str, response_length: int = 0, context: dict[str, Any] | None = None
    ) -> Generator[dict[str, Any], None, None]:
        """Times the `with` block and fires its outcome as a request.

        Gives the arguments the event will have: the block may change them or add to them (`response`, for one). An
        exception that leaves the block becomes their `exception` and goes no further; a timeout or the end of the
        greenlet does go on.
        """
        request_meta: dict[str, Any] = {
            "request_type": request_type,
            "name": name,
            "response_length": response_length,
            "context": context or {},
            "exception": None,
            "start_time": time.time(),
        }
        began = time.perf_counter()
        try:
            yield request_meta
        except Exception as error:
            request_meta["exception"] = error
        finally:
            request_meta["response_time"] = (time.perf_counter() - began) * 1000
            self.fire(**request_meta)


class DeprecatedEventHook(EventHook):
    """An event whose listeners are told that it goes away."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def add_listener(self, handler: Listener) -> Listener:
        logging.getLogger().warning(self.message)
        return super().add_listener(handler)


class Events:
    """The events of a run. Subclass it and annotate more `EventHook`s to add your own."""

    request: EventHook
    """A request has been made, or failed, in this process.

    request_type: the method, for HTTP. name: what it counts under. response_time: milliseconds, None when there is
    none. response_length: bytes. response: the client's own object. context: what `User.context` and the call gave.
    exception: why it failed, None when it didn't. start_time: seconds since the epoch. url: where it went.
    """

    user_error: EventHook
    """A task or `on_start` raised. user_instance: the TaskSet, or the User for its `on_start`. exception, tb: what."""

    report_to_master: EventHook
    """A worker is about to report. client_id: which. data: the dict to be sent, which listeners may add to."""

    worker_report: EventHook
    """A worker's report has come in on the master. client_id: which. data: as it was sent."""

    worker_connect: EventHook
    """A worker has joined. client_id: which."""

    spawning_complete: EventHook
    """All users asked for run. user_count: how many."""

    quitting: EventHook
    """The process will end; its exit code can still be set. environment. Listeners run from the last to the first."""

    quit: EventHook
    """Everything has ended. exit_code: what the process will return."""

    init: EventHook
    """Locust has set itself up, nothing runs yet. environment, runner, web_ui (None without). An exception is fatal."""

    init_command_line_parser: EventHook
    """The command line's parser is being made: the place to add options. parser. May be fired several times."""

    test_start: EventHook
    """A run starts, on every node. environment."""

    test_stopping: EventHook
    """A run is about to be stopped. environment."""

    test_stop: EventHook
    """A run has stopped, all users are gone. environment."""

    reset_stats: EventHook
    """Statistics were reset by hand, in the web UI."""

    cpu_warning: EventHook
    """This process uses so much CPU that its figures may suffer. environment, cpu_usage (percent)."""

    heartbeat_sent: EventHook
    """The master has answered a worker's heartbeat with its own. On the master: client_id, timestamp."""

    heartbeat_received: EventHook
    """A heartbeat of the master has come. On the worker: client_id, timestamp."""

    usage_monitor: EventHook
    """What this process uses, each CPU_MONITOR_INTERVAL. environment, cpu_usage (percent), memory_usage (bytes)."""

    def __init__(self) -> None:
        for owner in reversed(type(self).__mro__):
            for name, annotation in inspect.get_annotations(owner).items():
                if annotation is EventHook or (isinstance(annotation, str) and annotation.endswith("EventHook")):
                    setattr(self, name, EventHook())


def _mark_unhandled_exception() -> None:
    # At call time: logging is set up long after the first hook exists.
    from locust import log

    log.mark_unhandled_exception()
