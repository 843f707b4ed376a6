"""An engine that sends nothing: it answers from a list and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from locust._http._plain import PlainExchange, PlainFailure


def answer(
    status: int = 200,
    content: bytes = b"hello",
    *headers: tuple[str, str],
    failure: PlainFailure | None = None,
    elapsed_ms: float = 1.0,
) -> PlainExchange:
    """A finished exchange; method, URL, name and request headers are filled in when it is given out."""
    return PlainExchange(
        "",
        "",
        status_code=0 if failure else status,
        reason={200: "OK", 302: "FOUND", 404: "NOT FOUND"}.get(status, "REASON"),
        header_items=list(headers) or [("Content-Type", "text/plain; charset=utf-8")],
        content=content,
        raw_content=content,
        failure=failure,
        started_at=1000.0,
        elapsed_ms=elapsed_ms,
    )


@dataclass
class FakeSession:
    """Counterpart of `_native.Session`. Put it into a session's `_native`.

    Attributes:
        answers: given out one after another; the last one repeats.
        asked: the arguments of each `request`.
        sent: method, URL, headers and body of each `exchange`.
        refuses: URLs that are not for the fast road.
    """

    response_class: type
    request_event: Any
    catch_class: type | None = None
    answers: list[PlainExchange] = field(default_factory=lambda: [answer()])
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    sent: list[tuple[Any, ...]] = field(default_factory=list)
    keywords: list[dict[str, Any]] = field(default_factory=list)
    refuses: Callable[[str], bool] = lambda url: False
    base_url: str = "http://shop.example"
    default_headers: list[tuple[str, str]] = field(default_factory=list)
    connect_timeout: float | None = None
    read_timeout: float | None = None
    short_way: bool = False

    def set_name_prefix(self, prefix: str) -> None:
        """Of no use here: the short way is the engine's own."""

    def _next(self, method: str, url: str, name: str, headers: list[tuple[str, str]], body: Any) -> PlainExchange:
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        given.method, given.url, given.name = method, url, name
        given.request_headers, given.request_body = headers, body
        return given

    def request(
        self, method: str, url: str, name: str, headers: Any, body: Any, cookie: Any, catch_response: bool
    ) -> Any:
        if self.refuses(url):
            return None
        self.asked.append((method, url, name, headers, body, cookie, catch_response))
        full = self.base_url + url if url.startswith("/") else url
        fields = [*self.default_headers, *(headers or {}).items()]
        exchange = self._next(method, full, name, fields, body)
        is_plain = exchange.failure is None and not exchange.has_cookies and exchange.location is None
        is_success = exchange.status_code < 400 and not self.request_event._handlers
        if not is_plain or not (is_success or catch_response):
            return exchange
        response_class = self.catch_class if catch_response and self.catch_class else self.response_class
        response = response_class.__new__(response_class)
        response._exchange = exchange
        return response

    def exchange(self, method: str, url: str, headers: Any, body: Any = None, **keywords: Any) -> PlainExchange:
        self.sent.append((method, url, headers, body))
        self.keywords.append(keywords)
        exchange = self._next(method, url, keywords.get("name") or url, headers, body)
        exchange.is_streamed = bool(keywords.get("stream"))
        return exchange
