"""What HttpUser's requests give: a `requests.Response` that fills itself from the engine's exchange when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.cookies import RequestsCookieJar
from requests.exceptions import HTTPError, RequestException
from requests.hooks import default_hooks
from requests.structures import CaseInsensitiveDict

from locust._http._catch import Caught
from locust._http._cookies import take_cookies
from locust._http._errors import undecodable
from locust._http._fast_response import _encodings, declared_encoding
from locust._http._meta import chain_elapsed_ms, context_of, length_of

if TYPE_CHECKING:
    from locust._native import Exchange
    from locust.event import EventHook


def path_of(url: str) -> str:
    """Path and query of an absolute URL: what requests calls `path_url`. All of it when it's no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def http_error(status: int, reason: str | bytes | None, url: str, response: Response) -> HTTPError:
    """What requests says of a status from 400 to 599."""
    if isinstance(reason, bytes):
        reason = reason.decode("utf-8", "replace")
    blame = "Client" if status < 500 else "Server"
    return HTTPError(f"{status} {blame} Error: {reason} for url: {url}", response=response)


class ResponseHeaders(CaseInsensitiveDict[str]):
    """Response headers: a look-up asks the engine, anything more fills the dictionary first."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __getattr__(self, name: str) -> Any:
        if name != "_store":
            raise AttributeError(name)
        store: dict[str, tuple[str, str]] = {}
        for field, value in self._exchange.header_items:
            key = field.lower()
            known = store.get(key)
            store[key] = (field, value) if known is None else (known[0], f"{known[1]}, {value}")
        self.__dict__["_store"] = store
        return store

    def __getitem__(self, key: str) -> str:
        if "_store" in self.__dict__:
            return super().__getitem__(key)
        value = self._exchange.header(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        if "_store" in self.__dict__:
            return super().get(key, default)
        value = self._exchange.header(key)
        return default if value is None else value

    def __contains__(self, key: object) -> bool:
        if "_store" in self.__dict__:
            return super().__contains__(key)
        return isinstance(key, str) and self._exchange.header(key) is not None

    def __reduce__(self) -> tuple[Any, ...]:
        return CaseInsensitiveDict, (dict(self.items()),)


def prepared_request(exchange: Exchange, url: str) -> PreparedRequest:
    """The request of an exchange, as requests would have prepared it."""
    request = PreparedRequest()
    request.method = exchange.method
    request.url = url
    request.headers = CaseInsensitiveDict(
        (name, value) for name, value in exchange.request_headers if name.lower() != "host"
    )
    request.body = exchange.request_body
    request.hooks = default_hooks()
    request._cookies = RequestsCookieJar()  # type: ignore[attr-defined]
    return request


def _content(response: ResponseContextManager) -> bytes:
    exchange = response._exchange
    try:
        return exchange.content
    except ValueError as error:
        raise undecodable(exchange.header("content-encoding"), str(error)) from error


def _cookies(response: ResponseContextManager) -> RequestsCookieJar:
    jar = RequestsCookieJar()
    if response._exchange.has_cookies:
        take_cookies(jar, response._exchange)
    return jar


def _raw(response: ResponseContextManager) -> Any:
    from locust._http._adapter import raw_response

    return raw_response(response._exchange, response._exchange.method)


_FILL: dict[str, Callable[[ResponseContextManager], Any]] = {
    "status_code": attrgetter("_exchange.status_code"),
    "headers": lambda response: ResponseHeaders(response._exchange),
    "encoding": lambda response: declared_encoding(response._exchange.header("content-type")),
    "url": attrgetter("_exchange.url"),
    "reason": attrgetter("_exchange.reason"),
    "elapsed": lambda response: timedelta(milliseconds=response._exchange.elapsed_ms),
    "history": lambda response: [_hop_response(hop) for hop in response._hops],
    "cookies": _cookies,
    "request": lambda response: prepared_request(response._exchange, response.url),
    "raw": _raw,
    "request_meta": lambda response: requests_meta(response, response._session, response._context),
    "_content": _content,
    "_content_consumed": lambda response: True,
    "_next": lambda response: None,
    "connection": lambda response: None,
}


class ResponseContextManager(Caught, Response):  # type: ignore[misc] # their __exit__ differ
    """Response of HttpUser: a `requests.Response`, and with `catch_response=True` a context manager.

    The engine makes it without `__init__`; each attribute is filled in when it is first read.
    """

    error: Exception | None = None
    """Why there was no response: what requests would have raised."""
    _exchange: Exchange
    _hops: tuple[Exchange, ...] = ()
    _context: Mapping[str, Any] | None = None
    _event: EventHook | None = None
    _cause: BaseException | None = None
    """What is reported for `error`."""

    def __init__(self, error: RequestException) -> None:
        super().__init__()
        self.error = error
        self.status_code = 0
        self._content = None
        self.request = error.request  # type: ignore[assignment]

    @classmethod
    def wrap_response(
        cls, response: Response, request_event: EventHook, request_meta: Mapping[str, Any], catch_response: bool
    ) -> ResponseContextManager:
        """Makes a context manager of a response of requests' own."""
        response.__class__ = cls
        assert isinstance(response, ResponseContextManager)
        response._event = request_event
        response.request_meta = dict(request_meta)
        response._catch_response = catch_response
        return response

    def __getattr__(self, name: str) -> Any:
        fill = _FILL.get(name)
        if fill is None or name == "_exchange":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        value = fill(self)
        self.__dict__[name] = value
        return value

    @property
    def _request_event(self) -> EventHook:
        event: EventHook = self._event or self._session.request_event
        return event

    @property
    def ok(self) -> bool:
        """Whether there was a response and its status is no error."""
        return self.error is None and not 400 <= self.status_code < 600

    @property
    def text(self) -> str:
        """Content as text, see `requests.Response.text`."""
        state = self.__dict__
        exchange = state.get("_exchange")
        if exchange is not None and "encoding" not in state and "_content" not in state:
            # The usual case, in the fewest calls.
            content_type = exchange.header("content-type")
            encoding = _encodings.get(content_type) or declared_encoding(content_type)
            content = exchange.content if exchange.header("content-encoding") is None else self.content
        else:
            encoding = self.encoding
            content = self.content
        if encoding is None:
            return super().text
        if not content:
            return ""
        try:
            return str(content, encoding, errors="replace")
        except (LookupError, TypeError):
            return str(content, errors="replace")

    def close(self) -> None:
        """Gives the connection back, or up when the rest of a streamed response is still to come."""
        if "_exchange" not in self.__dict__:
            super().close()

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """Content in pieces, see `requests.Response.iter_content`."""
        iterator: Iterator[Any] = super().iter_content(chunk_size, decode_unicode)
        return iterator

    def raise_for_status(self) -> None:
        """Raises what `failure()` was called with or what is wrong by itself, nothing after `success()`."""
        manual = self._manual_result
        if isinstance(manual, Exception):
            raise manual
        if manual is not None:
            return
        if self.error is not None:
            raise self.error
        super().raise_for_status()

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()  # type: ignore[misc]
        return state

    def _verdict(self) -> BaseException | None:
        if self.error is not None:
            return self._cause or self.error
        status = self.status_code
        if 400 <= status < 600:
            return http_error(status, self.reason, str(self.request_meta["name"]), self)
        exchange = self.__dict__.get("_exchange")
        if exchange is not None and exchange.header("content-encoding") is not None:
            try:
                _ = exchange.content_length
            except ValueError as wrong:
                return undecodable(exchange.header("content-encoding"), str(wrong))
        return None


def _hop_response(hop: Exchange) -> ResponseContextManager:
    response = ResponseContextManager.__new__(ResponseContextManager)
    response._exchange = hop
    return response


def requests_meta(
    response: ResponseContextManager,
    session: Any,
    context: Mapping[str, Any] | None,
    *,
    name: str | None = None,
    method: Any = None,
) -> dict[str, Any]:
    """Arguments of the `request` event for a response of the engine, in upstream's order."""
    hops = response._hops
    exchange = response._exchange
    first = hops[0] if hops else exchange
    return {
        "request_type": first.method if method is None else method,
        "response_time": chain_elapsed_ms(hops, exchange),
        "name": first.name if name is None else name,
        "context": context_of(None if session is None else session.user, context),
        "response": response,
        "exception": None,
        "start_time": first.started_at,
        "url": first.url,
        "response_length": 0 if response.error is not None else length_of(exchange),
    }
