"""DNS over UDP, TCP, TLS, HTTPS and QUIC, by the library dnspython: `pip install 'locust[dns]'`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from locust.contrib._extra import library_of
from locust.exception import LocustError
from locust.user.users import User

with library_of("dns", "dns"):
    import dns.query
    from dns.exception import DNSException
    from dns.message import Message

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.event import EventHook

__all__ = ["DNSClient", "DNSUser"]


class DNSClient:
    """Reports calls of the functions of `dns.query`, which it has too: `udp`, `tcp`, `tls`, `https`, `quic` and so on.

    They take the message first, then what dnspython's take, and `name=` for the statistics (the function's when left
    out). They give the answer, or None after an error that dnspython raised; that one is reported. An answer without
    records is a failure. Other errors, like a connection refused, are reported and raised.

    Args:
        request_event: where calls are reported.
    """

    def __init__(self, request_event: EventHook) -> None:
        self.request_event = request_event

    def __getattr__(self, function_name: str) -> Callable[..., Message | None]:
        function = getattr(dns.query, function_name)

        def ask(message: Message, *args: Any, name: str | None = None, **kwargs: Any) -> Message | None:
            return self._ask(function, message, args, kwargs, name or function_name)

        return ask

    def _ask(
        self, function: Callable[..., Any], message: Message, args: tuple[Any, ...], kwargs: dict[str, Any], name: str
    ) -> Message | None:
        report: dict[str, Any] = {
            "request_type": "DNS",
            "name": name,
            "start_time": time.time(),
            "response": None,
            "response_length": 0,
            "context": {},
            "exception": None,
        }
        started = time.perf_counter()
        try:
            answer = function(message, *args, **kwargs)
        except DNSException as error:
            report["exception"] = error
        except (AttributeError, TypeError, ValueError):
            # A wrong argument: nothing was sent.
            raise
        except Exception as error:
            # Of sockets, TLS, or the library for HTTPS, which one can't be named here.
            self._fire(report, started, error)
            raise
        else:
            # udp_with_fallback tells too whether it fell back.
            report["response"] = answer[0] if isinstance(answer, tuple) else answer
            if not report["response"].answer:
                report["exception"] = LocustError("No answer in DNS response")
        self._fire(report, started, report["exception"])
        response: Message | None = report["response"]
        return response

    def _fire(self, report: dict[str, Any], started: float, exception: BaseException | None) -> None:
        elapsed_ms = (time.perf_counter() - started) * 1000
        self.request_event.fire(**{**report, "response_time": elapsed_ms, "exception": exception})


class DNSUser(User):
    """A user that asks DNS servers.

    Attributes:
        client: a DNSClient, such as in `self.client.udp(message, "192.0.2.1", name="A")`.
    """

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client = DNSClient(environment.events.request)
