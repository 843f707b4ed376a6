"""The only module that knows gevent's hub and the native engine.

The engine calls in here when it needs something of gevent: a watcher on its descriptor, the addresses of a host, a
sleep.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import gevent
from gevent.event import AsyncResult

from locust import _native

if TYPE_CHECKING:
    from locust._native import Failure

DNS_KEEP_SECONDS = 60.0
"""How long a resolved address serves new connections."""

_LookUp: TypeAlias = "tuple[Any, str, int]"
_look_ups: dict[_LookUp, AsyncResult[list[str]]] = {}

gevent_sleep = gevent.sleep


class StreamError(OSError):
    """A streamed response broke off. `failure` tells why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.errno, failure.message)
        self.failure = failure


def wants_thread_runner() -> bool:
    """Whether the engine is to run in a thread of its own (`LOCUST_ENGINE=thread`) and not in the hub's.

    Raises:
        ValueError: `LOCUST_ENGINE` is neither `inline` nor `thread`.
    """
    engine = os.getenv("LOCUST_ENGINE") or "inline"
    if engine not in ("inline", "thread"):
        raise ValueError(f"LOCUST_ENGINE must be 'inline' or 'thread', found {engine!r}")
    return engine == "thread"


def attach(descriptor: int, deliver: Callable[[], None]) -> tuple[Any, Any]:
    """Has this thread's hub call `deliver` whenever `descriptor` is readable.

    Returns:
        The hub and the watcher, which does not keep the loop alive until its `ref` is set.
    """
    hub: Any = gevent.get_hub()
    watcher = hub.loop.io(descriptor, 1, ref=False)  # 1: readable
    watcher.start(deliver)
    return hub, watcher


def resolve(host: str, port: int, timeout: float | None) -> tuple[list[str], float]:
    """Looks up a host off the hub; those who ask for the same one meanwhile share the answer.

    Returns:
        Its addresses in the system's order of preference, and for how many seconds they may be kept.

    Raises:
        socket.gaierror: there is no such host.
        UnicodeError: it can't be the name of a host.
        TimeoutError: no answer within `timeout` seconds. The look-up goes on, for whoever asks next.
    """
    key = (gevent.get_hub(), host, port)
    answer = _look_ups.get(key)
    if answer is None:
        answer = _look_ups[key] = AsyncResult()
        # In a greenlet of its own: who asked first may be killed while others wait for the answer.
        gevent.spawn(_look_up, key, answer)
    answer.wait(timeout)
    if not answer.ready():
        raise TimeoutError(f"no address of {host} within {timeout:g} s")
    return answer.get() or [], DNS_KEEP_SECONDS


def _look_up(key: _LookUp, answer: AsyncResult[list[str]]) -> None:
    hub, host, port = key
    try:
        found = hub.resolver.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        answer.set(list(dict.fromkeys(str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found)))
    except Exception as error:
        answer.set_exception(error)
    finally:
        _look_ups.pop(key, None)


def _after_fork() -> None:
    _look_ups.clear()
    _native._after_fork()


os.register_at_fork(after_in_child=_after_fork)
