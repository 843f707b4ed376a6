"""What FastHttpUser's requests give: responses that read everything from the engine's exchange when asked."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locust._http._catch import Caught
from locust._http._errors import BadStatusCode
from locust._http._fields import Headers
from locust._http._meta import chain_elapsed_ms, context_of, length_of
from locust.exception import LocustError

if TYPE_CHECKING:
    from locust._native import Exchange
    from locust.event import EventHook

SUCCESS_STATUSES = frozenset({*range(200, 209), 226, 301, 302, 303, 304, 307, 308})

_NOT_CAUGHT = (
    "If you want to change the state of the request, you must pass catch_response=True. See "
    "http://docs.locust.io/en/stable/writing-a-locustfile.html#validating-responses"
)
_QUOTES = "\"' "
_encodings: dict[str | None, str | None] = {}


class LocustBadStatusCode(BadStatusCode):
    """A status that is no success. Its `repr` has no URL, so that one failure is counted for many."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kw_text})"


def declared_encoding(content_type: str | None) -> str | None:
    """How to read a text, by its Content-Type and the rules of requests: `text/*` is ISO-8859-1, JSON is UTF-8."""
    try:
        return _encodings[content_type]
    except KeyError:
        kind, *parameters = (content_type or "").split(";")
        pairs = [parameter.strip().partition("=") for parameter in parameters]
        declared = {name.strip(_QUOTES).lower(): value.strip(_QUOTES) for name, equals, value in pairs if equals}
        encoding = declared.get("charset")
        if encoding is None and "text" in kind:
            encoding = "ISO-8859-1"
        elif encoding is None and "application/json" in kind:
            encoding = "utf-8"
        if len(_encodings) < 256:
            _encodings[content_type] = encoding
        return encoding


class FastRequest:
    """The request of a response: the last one of a chain of redirects."""

    unverifiable = False

    def __init__(
        self, url: str, method: str = "GET", headers: Any = None, payload: Any = None, params: Any = None
    ) -> None:
        self.full_url = self.url = url
        self.method = method
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.payload = payload
        self.params = params

    @property
    def body(self) -> Any:
        """What was sent; None for nothing."""
        return self.payload

    data = body

    @property
    def type(self) -> str:
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def origin_req_host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def selector(self) -> str:
        """Path and query."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def get_full_url(self) -> str:
        return self.full_url

    def get_method(self) -> str:
        return self.method


class FastResponse:
    """Response of FastHttpUser.

    Made by the engine, without `__init__`. What it offers is read when it is asked for.
    """

    __slots__ = ("__dict__", "__weakref__", "_exchange")

    _exchange: Exchange
    _hops: tuple[Exchange, ...] = ()
    _payload: Any = None
    _spent_ms = 0.0
    """What attempts before the last took."""
    _success_statuses = SUCCESS_STATUSES
    _own_encoding: str | None = None
    error: BaseException | None

    def __getattr__(self, name: str) -> Any:
        if name == "headers":
            value: Any = Headers.of(self._exchange.header_items)
        elif name == "request":
            exchange = self._exchange
            fields = [(name, text) for name, text in exchange.request_headers if name.lower() != "host"]
            payload = exchange.request_body if self._payload is None else self._payload
            value = FastRequest(self.url, exchange.method.upper(), fields, payload)
        elif name == "error":
            value = self._own_error()
        elif name == "_reader":
            value = BytesIO(self.content or b"")
        elif name == "history":
            value = [_hop_response(hop) for hop in self._hops]
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.__dict__[name] = value
        return value

    def _own_error(self) -> BaseException | None:
        exchange = self._exchange
        if exchange.status_code not in self._success_statuses:
            return LocustBadStatusCode(self.url, code=exchange.status_code)
        if not exchange.is_streamed and exchange.header("content-encoding") is not None:
            try:
                _ = exchange.content_length
            except ValueError as undecodable:
                return zlib.error(str(undecodable))
        return None

    if TYPE_CHECKING:
        headers: Headers
        request: FastRequest
        history: list[FastResponse]
        _reader: BytesIO

    @property
    def status_code(self) -> int:
        """0 when there was no response."""
        return self._exchange.status_code

    status = status_code

    @property
    def ok(self) -> bool:
        """Whether the status is below 400, and there is one."""
        return 0 < self._exchange.status_code < 400

    @property
    def url(self) -> str:
        """URL of the last request of a chain of redirects."""
        return self._exchange.url

    @property
    def content(self) -> bytes | None:
        """Body, decompressed; reads the rest when streamed. None when there was no response.

        Raises:
            zlib.error: it is not what its Content-Encoding says.
        """
        exchange = self._exchange
        try:
            if not exchange.is_streamed:
                return exchange.content
            content: bytes | None = self.__dict__.get("_streamed_content")
            if content is None:
                content = self.__dict__["_streamed_content"] = exchange.read()
            return content
        except ValueError as undecodable:
            raise zlib.error(str(undecodable)) from undecodable

    data = content

    @property
    def text(self) -> str | None:
        """Body as text; None when nothing tells its encoding, or there was no response."""
        content = self.content
        if content is None:
            return None
        encoding = self.encoding
        if encoding is None:
            return None
        try:
            return str(content, encoding, errors="replace")
        except LookupError:
            return str(content, errors="replace")

    @property
    def encoding(self) -> str | None:
        """What `text` is read with: as the response declares, or a guess; or set to another one."""
        if self._own_encoding is not None:
            return self._own_encoding
        content_type = self._exchange.header("content-type")
        encoding = _encodings.get(content_type) or declared_encoding(content_type)
        if encoding is None and self.content is not None:
            return _guessed_encoding(self.content)
        return encoding

    @encoding.setter
    def encoding(self, encoding: str | None) -> None:
        self._own_encoding = encoding

    def json(self) -> Any:
        """Body read as JSON.

        Raises:
            json.JSONDecodeError: it is not JSON.
        """
        return json.loads(self.text)  # type: ignore[arg-type] # TypeError without a text, as upstream

    @property
    def elapsed(self) -> timedelta:
        """How long the last request of the chain took."""
        return timedelta(milliseconds=self._exchange.elapsed_ms)

    def raise_for_status(self) -> None:
        """Raises the error of the response, if it has one."""
        if self.error is not None:
            raise self.error

    @property
    def stream(self) -> FastResponse:
        """The body as a file."""
        return self

    _response = stream

    def read(self, n: int | None = None) -> bytes:
        """The next bytes of the body, at most `n`; the rest when None."""
        exchange = self._exchange
        size = -1 if n is None else n
        return exchange.read(size) if exchange.is_streamed else self._reader.read(size)

    def readline(self) -> bytes:
        """The next line of the body with its end; b"" after the last."""
        if not self._exchange.is_streamed:
            return self._reader.readline()
        waiting: bytes = self.__dict__.pop("_waiting", b"")
        while b"\n" not in waiting:
            piece = self._exchange.read(8192)
            if not piece:
                return waiting
            waiting += piece
        line, end, waiting = waiting.partition(b"\n")
        self.__dict__["_waiting"] = waiting
        return line + end

    def iter_content(self, chunk_size: int = 1024, decode_content: bool = True) -> Iterator[str | bytes]:
        """The body in pieces; as text where `decode_content` and a piece can be read as UTF-8."""
        if self._exchange.failure is not None:
            raise LocustError("Cannot iterate content on a response without _response attribute")
        while piece := self.read(chunk_size):
            if not decode_content:
                yield piece
                continue
            try:
                text: str | bytes = str(piece, "utf-8")
            except UnicodeDecodeError:
                text = piece
            yield text

    def info(self) -> Headers:
        return self.headers

    def isclosed(self) -> bool:
        return not self._exchange.is_streamed

    def unzipped(self, gzip: bool = True) -> bytes | None:
        return self.content

    def release(self) -> None:
        """Gives up what is left of a streamed body."""
        self._exchange.close()

    close = release

    def success(self) -> None:
        raise LocustError(_NOT_CAUGHT)

    def failure(self, *_arguments: Any, **_keywords: Any) -> None:
        raise LocustError(_NOT_CAUGHT)

    def __enter__(self) -> FastResponse:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return None


def _hop_response(hop: Exchange) -> FastResponse:
    response = FastResponse()
    response._exchange = hop
    return response


def _guessed_encoding(content: bytes) -> str | None:
    from charset_normalizer import detect

    found = detect(content)["encoding"]
    return found if isinstance(found, str) else None


class ErrorResponse(FastResponse):
    """What a request gives when there was no response: status 0, no content, `error` says why."""

    status_code = status = 0
    ok = False
    headers = None  # type: ignore[assignment]
    content = data = text = encoding = None

    def __init__(self, request: FastRequest, error: BaseException) -> None:
        self.request = request
        self.error = error

    @property
    def url(self) -> str:
        return self.request.url

    def json(self) -> Any:
        return json.loads(self.text)  # type: ignore[arg-type] # TypeError, as upstream

    def iter_content(self, chunk_size: int = 1024, decode_content: bool = True) -> Iterator[str | bytes]:
        raise LocustError("Cannot iterate content on a response without _response attribute")
        yield ""

    def release(self) -> None:
        """Nothing is left open."""


class ResponseContextManager(Caught, FastResponse):
    """Response of a request with `catch_response=True`: the locustfile may say what it was."""

    _context: Any = None
    _catch_response = True

    def __init__(
        self,
        response: FastResponse | None = None,
        request_event: EventHook | None = None,
        request_meta: dict[str, Any] | None = None,
        catch_response: bool = True,
    ) -> None:
        if response is not None:
            self.__dict__.update(response.__dict__)
            if hasattr(response, "_exchange"):
                self._exchange = response._exchange
        self.__dict__["_event"] = request_event
        self.request_meta = request_meta or {}
        self._catch_response = catch_response

    @property
    def _request_event(self) -> EventHook:
        event: EventHook = self.__dict__.get("_event") or self._session.request_event
        return event

    def __getattr__(self, name: str) -> Any:
        if name != "request_meta":
            return super().__getattr__(name)
        meta = fast_meta(self, self._session, self._exchange.method, self._exchange.name, self._context)
        self.__dict__["request_meta"] = meta
        return meta

    success = Caught.success
    failure = Caught.failure
    __enter__ = Caught.__enter__
    __exit__ = Caught.__exit__

    def _verdict(self) -> BaseException | None:
        if "request_meta" in self.__dict__:
            found: BaseException | None = self.request_meta["exception"]
            return found
        return self.error

    def raise_for_status(self) -> None:
        """Raises what `failure()` was called with, or the response's own error unless `success()` was called."""
        if isinstance(self._manual_result, Exception):
            raise self._manual_result
        if self._manual_result is None:
            super().raise_for_status()


class CaughtError(ResponseContextManager, ErrorResponse):
    """A request with `catch_response=True` that had no response."""

    def __init__(self, request: FastRequest, error: BaseException) -> None:
        ErrorResponse.__init__(self, request, error)


CaughtError.__name__ = ResponseContextManager.__name__


def fast_meta(response: FastResponse, session: Any, method: str, name: str, context: Any) -> dict[str, Any]:
    """Arguments of the `request` event, in upstream's order."""
    hops = response._hops
    exchange = response._exchange
    first = hops[0] if hops else exchange
    error = response.error
    return {
        "request_type": method,
        "name": name,
        "context": context_of(session.user, context),
        "response": response,
        "exception": error,
        "start_time": first.started_at,
        "url": first.url,
        "response_length": 0 if isinstance(response, ErrorResponse) else length_of(exchange),
        "response_time": response._spent_ms + chain_elapsed_ms(hops, exchange),
    }
