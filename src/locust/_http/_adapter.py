"""requests' own transport seam: an adapter that sends through the engine, or urllib3 where the engine can't."""

from __future__ import annotations

import io
import os
from collections.abc import Generator, Iterable, Iterator
from email.message import Message
from functools import lru_cache
from http.client import IncompleteRead
from typing import TYPE_CHECKING, Any, cast

import urllib3.connectionpool
from requests import PreparedRequest, Response
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from locust._http._bridge import StreamError
from locust._http._errors import TIMEOUTS, requests_errors, urllib3_decode_error
from locust._http._payload import CHUNK_BYTES
from locust._native import Pool, Session, Tls

if TYPE_CHECKING:
    from urllib3 import PoolManager

    from locust._native import Exchange

_SEND = HTTPAdapter.send
_ANY_STATUS = bytes([1] * 600)
_CONNECTIONS = (
    urllib3.connectionpool.HTTPConnectionPool.ConnectionCls,
    urllib3.connectionpool.HTTPSConnectionPool.ConnectionCls,
)


def is_transport_patched() -> bool:
    """Whether somebody (responses, VCR) has put something of his own under requests."""
    return (
        HTTPAdapter.send is not _SEND
        or (
            urllib3.connectionpool.HTTPConnectionPool.ConnectionCls,
            urllib3.connectionpool.HTTPSConnectionPool.ConnectionCls,
        )
        != _CONNECTIONS
    )


def tls_of(verify: Any, cert: Any) -> Tls:
    """The engine's counterpart of requests' `verify` and `cert`.

    Raises:
        OSError: there is no such file, in requests' words.
        ValueError: a certificate or key can't be used.
    """
    ca_file = None
    if verify is True or verify is None:
        ca_file = DEFAULT_CA_BUNDLE_PATH
    elif verify:
        ca_file = str(verify)
    cert_file, key_file = cert if isinstance(cert, tuple | list) else (cert, None)
    if ca_file is not None and not os.path.exists(ca_file):
        raise OSError(f"Could not find a suitable TLS CA certificate bundle, invalid path: {ca_file}")
    if cert_file and not os.path.exists(cert_file):
        raise OSError(f"Could not find the TLS certificate file, invalid path: {cert_file}")
    if key_file and not os.path.exists(key_file):
        raise OSError(f"Could not find the TLS key file, invalid path: {key_file}")
    return _tls(
        bool(verify) or verify is None,
        _bundle_files(ca_file),
        str(cert_file) if cert_file else None,
        key_file and str(key_file),
    )


def _bundle_files(path: str | None) -> tuple[str, ...]:
    """A bundle may be a folder of certificates, as OpenSSL has it."""
    if path is None:
        return ()
    if not os.path.isdir(path):
        return (path,)
    return tuple(sorted(entry.path for entry in os.scandir(path) if entry.is_file()))


@lru_cache(maxsize=64)
def _tls(verify: bool, ca_files: tuple[str, ...], cert_file: str | None, key_file: str | None) -> Tls:
    return Tls(verify=verify, ca_files=ca_files, cert_file=cert_file, key_file=key_file)


def timeouts_of(timeout: Any) -> tuple[float | None, float | None] | None:
    """Connect and read timeout in seconds of requests' `timeout`; None when it is nothing the engine understands."""
    pair = timeout if isinstance(timeout, tuple) and len(timeout) == 2 else (timeout, timeout)
    for seconds in pair:
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0):
            return None
    return cast("tuple[float | None, float | None]", pair)


class _Original:
    """Stands for `http.client`'s response, from which requests takes cookies."""

    def __init__(self, exchange: Exchange) -> None:
        self.msg = Message()
        for name, value in exchange.header_items:
            self.msg[name] = value

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""


class _StreamedBody(io.RawIOBase):
    """A streamed response's body as a file, its errors those of a socket."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        """As many bytes as asked for, fewer only at the end."""
        if size is None or size < 0:
            return self.readall() or b""
        content = super().read(size) or b""
        while len(content) < size and (piece := super().read(size - len(content))):
            content += piece
        return content

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._exchange.read(len(buffer), False)
        except StreamError as error:
            raise _socket_error(error) from error
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._exchange.close()
        super().close()


class _RawResponse(HTTPResponse):
    """urllib3's response over the engine, whose body is not `http.client`'s: urllib3 can't tell its chunks apart."""

    def __init__(self, exchange: Exchange, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._exchange = exchange

    def stream(self, amt: int | None = CHUNK_BYTES, decode_content: bool | None = None) -> Generator[bytes]:
        """The body in pieces: what is chunked as it arrives, anything else `amt` bytes at a time, or at once."""
        if self.chunked and self._exchange.is_streamed:
            yield from self._arriving(
                amt or CHUNK_BYTES, self.decode_content if decode_content is None else decode_content
            )
            self.close()
        elif amt is not None:
            yield from super().stream(amt, decode_content)
        elif everything := self.read(decode_content=decode_content):
            yield everything

    def _arriving(self, size: int, decode: bool) -> Iterator[bytes]:
        try:
            while piece := self._exchange.read(size, decode):
                yield piece
        except ValueError as error:
            raise urllib3_decode_error(self._exchange.header("content-encoding"), error) from error
        except StreamError as error:
            cause = _socket_error(error)
            if isinstance(cause, TimeoutError):
                raise ReadTimeoutError(cast("Any", None), cast("Any", None), "Read timed out.") from cause
            raise ProtocolError(f"Connection broken: {cause!r}", cause) from cause


def _socket_error(error: StreamError) -> Exception:
    if error.failure.slug in TIMEOUTS:
        return TimeoutError("timed out")
    if error.failure.errno is not None:
        return OSError(error.failure.errno, os.strerror(error.failure.errno))
    return IncompleteRead(b"")


def raw_response(exchange: Exchange, method: str) -> HTTPResponse:
    """urllib3's view of an exchange, its body still encoded."""
    body: Any = _StreamedBody(exchange) if exchange.is_streamed else io.BytesIO(exchange.raw_content)
    headers = HTTPHeaderDict()
    for name, value in exchange.header_items:
        headers.add(name, value)
    return _RawResponse(
        exchange,
        body=body,
        headers=headers,
        status=exchange.status_code,
        version=exchange.http_version,
        reason=exchange.reason,
        preload_content=False,
        decode_content=False,
        original_response=cast("Any", _Original(exchange)),
        request_method=method,
        enforce_content_length=False,
    )


def _pieces(body: Any) -> Iterable[bytes]:
    while piece := body.read(CHUNK_BYTES):
        yield piece if isinstance(piece, bytes) else piece.encode("utf-8")


def request_body(request: PreparedRequest) -> tuple[bytes | Iterable[bytes] | None, int | None]:
    """Body of a prepared request as the engine takes it, and the length of one that is not all there."""
    body: Any = request.body
    if body is None or isinstance(body, bytes):
        return body, None
    if isinstance(body, str):
        return body.encode("utf-8"), None
    if isinstance(body, bytearray | memoryview):
        return bytes(body), None
    length = request.headers.get("Content-Length")
    return (_pieces(body) if hasattr(body, "read") else body), int(length) if length is not None else None


class LocustHttpAdapter(HTTPAdapter):
    """The adapter that `HttpSession` mounts.

    Args:
        pool_manager: urllib3's pool, shared between users, for requests that go through urllib3.
        native: the session of the engine whose connections it uses; its own by default.
    """

    def __init__(
        self, pool_manager: PoolManager | None = None, *args: Any, native: Session | None = None, **kwargs: Any
    ) -> None:
        self._shared_manager = pool_manager
        self._native = native
        self._manager_arguments: tuple[Any, Any] = ((), {})
        super().__init__(*args, **kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Remembers how to build urllib3's pool: most sessions never need it."""
        self._manager_arguments = (args, kwargs)

    @property
    def poolmanager(self) -> Any:
        """urllib3's pool, built when first asked for."""
        manager = self.__dict__.get("_manager")
        if manager is None:
            if self._shared_manager is not None:
                manager = self._shared_manager
            else:
                args, kwargs = self._manager_arguments
                super().init_poolmanager(*args, **kwargs)
                manager = self.__dict__["_manager"]
            self.__dict__["_manager"] = manager
        return manager

    @poolmanager.setter
    def poolmanager(self, manager: Any) -> None:
        self.__dict__["_manager"] = manager

    def close(self) -> None:
        """Closes the idle connections."""
        if "_manager" in self.__dict__:
            super().close()
        if self._native is not None:
            self._native.pool.close()

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        """Sends a prepared request, see `requests.adapters.HTTPAdapter.send`."""
        url = request.url or ""
        proxy = self._proxy_of(url, proxies)
        timeouts = timeouts_of(timeout)
        is_ours = type(self) is LocustHttpAdapter and self.max_retries.total == 0
        if not is_ours or timeouts is None or proxy or is_transport_patched():
            return super().send(request, stream, timeout, verify, cert, proxies)
        if self._native is None:
            self._native = Session(Response, None, is_ok=_ANY_STATUS, pool=Pool(max_idle=10))
        body, content_length = request_body(request)
        headers = list(request.headers.items())
        tls = tls_of(verify, cert) if url[:5].lower() == "https" else None
        exchange = self._native.exchange(
            request.method or "GET", engine_url(url), headers, body,
            content_length=content_length, stream=stream, tls=tls, name=url,
            connect_timeout=timeouts[0], read_timeout=timeouts[1],
        )  # fmt: skip
        failure = exchange.failure
        if failure is not None:
            error, cause = requests_errors(failure, request, timeout)
            raise error from cause if cause is not error else None
        response = self.build_response(request, cast("Any", raw_response(exchange, request.method or "GET")))
        response.__dict__["_sent"] = exchange
        return response

    def _proxy_of(self, url: str, proxies: Any) -> Any:
        if not proxies:
            return None
        from requests.utils import select_proxy

        return select_proxy(url, proxies)


def engine_url(url: str) -> str:
    """A prepared URL as the engine takes it: its user went into a header, its fragment stays here."""
    scheme, separator, rest = url.partition("#")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"
