"""What went wrong, in the words of each client: upstream's exceptions, with the texts that group its failures."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from locust._native import Failure

TIMEOUTS = frozenset({"connect-timeout", "read-timeout", "total-timeout"})
_TLS = frozenset({"tls", "tls-verify"})
_CLOSED = "Remote end closed connection without response"


class ConnectionError(Exception):
    """A request of FastHttpUser that failed. Its `repr` leaves the URL out, so that failures of many URLs are one."""

    def __init__(self, url: str | None, *arguments: Any, **keywords: Any) -> None:
        super().__init__(url, *arguments)
        self.url = url
        self.__dict__.update(keywords)
        self.kw_text = ", ".join(f"{key}={value}" for key, value in keywords.items())
        self.text = ", ".join([str(argument) for argument in arguments] + ([self.kw_text] if keywords else []))

    def __str__(self) -> str:
        return f"URL {self.url}: {self.text}"

    def __repr__(self) -> str:
        arguments = [repr(argument) for argument in self.args] + ([self.kw_text] if self.kw_text else [])
        return f"{type(self).__name__}({', '.join(arguments)})"


class RetriesExceeded(ConnectionError):  # noqa: N818 - upstream's name
    """No response after all retries, or too many redirects."""


class BadStatusCode(ConnectionError):  # noqa: N818
    """A response whose status is no success."""


class UnsupportedRedirectSchemeError(ConnectionError):
    """A redirect to something that is not http or https."""


class HTTPParseError(http.client.HTTPException):
    """A response that is not HTTP, or ends before its end."""


class HTTPConnectionClosed(HTTPParseError):  # noqa: N818
    """The server closed the connection instead of answering."""


def _operating_system_error(failure: Failure) -> OSError:
    """`OSError` picks the subclass itself: `ConnectionRefusedError` and the like."""
    if failure.errno is None:
        return OSError(failure.message)
    return OSError(failure.errno, os.strerror(failure.errno))


def _look_up_error(failure: Failure) -> socket.gaierror:
    errno = socket.EAI_NONAME if failure.errno is None else failure.errno
    message = failure.message.partition("] ")[2] or failure.message
    return socket.gaierror(errno, message)


def _tls_error(failure: Failure) -> ssl.SSLError:
    if failure.slug == "tls-verify":
        return ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] {failure.message}")
    return ssl.SSLError(1, failure.message)


def _is_operating_system_error(failure: Failure) -> bool:
    return failure.slug in ("connect-refused", "connect", "too-many-files", "io")


def fast_error(failure: Failure, url: str, max_retries: int) -> BaseException:
    """The exception FastHttpUser reports for a failure."""
    slug = failure.slug
    met: BaseException | None = getattr(failure, "error", None)
    if met is not None:
        return met
    if slug == "dns":
        return _look_up_error(failure)
    if slug in TIMEOUTS:
        late = TimeoutError("timed out")
        return late if failure.phase == "receive" else RetriesExceeded(url, max_retries, original=late)
    if slug in _TLS:
        return _tls_error(failure)
    if slug == "reset" and failure.phase in ("tls", "receive"):
        return _operating_system_error(failure)
    if slug in ("reset", "closed"):
        return HTTPConnectionClosed("connection closed.")
    if slug == "truncated":
        return HTTPParseError("Incomplete response.")
    if slug == "decode":
        return zlib.error(failure.message)
    if _is_operating_system_error(failure):
        return _operating_system_error(failure)
    return HTTPParseError(failure.message)


class _Connection:
    """Stands for urllib3's connection in an exception's text."""

    def __init__(self, kind: str, host: str | None, port: int) -> None:
        self._text = f"{kind}Connection(host={host!r}, port={port})"

    def __repr__(self) -> str:
        return f"<{self._text} at {id(self):#x}>"

    def __str__(self) -> str:
        return self._text


def requests_errors(failure: Failure, request: Any, timeout: Any) -> tuple[Exception, BaseException]:
    """The exceptions of HttpUser for a failure: the one requests would raise, and the one upstream reports.

    The second is the innermost cause, where the first has one that says more.
    """
    import requests.exceptions as outer
    from urllib3 import exceptions as inner

    slug, message = failure.slug, failure.message
    parts = urlsplit(str(request.url))
    kind = "HTTPS" if parts.scheme == "https" else "HTTP"
    port = parts.port or (443 if kind == "HTTPS" else 80)
    pool: Any = f"{kind}ConnectionPool(host={parts.hostname!r}, port={port})"
    path = str(request.path_url)
    connect_timeout, read_timeout = timeout if isinstance(timeout, tuple) else (timeout, timeout)

    def no_connection(cause: BaseException, reason: Exception) -> tuple[Exception, BaseException]:
        reason.__cause__ = cause
        return outer.ConnectionError(inner.MaxRetryError(pool, path, reason), request=request), cause

    def aborted(cause: Exception) -> tuple[Exception, BaseException]:
        return outer.ConnectionError(inner.ProtocolError("Connection aborted.", cause), request=request), cause

    connection: Any = _Connection(kind, parts.hostname, port)
    if slug == "dns":
        cause = _look_up_error(failure)
        return no_connection(cause, inner.NameResolutionError(str(parts.hostname), connection, cause))
    if slug in TIMEOUTS and failure.phase == "tls":
        late_handshake = inner.ReadTimeoutError(pool, path, f"Read timed out. (read timeout={connect_timeout})")
        handshake_error = outer.ReadTimeout(late_handshake, request=request)
        return handshake_error, handshake_error
    if slug == "connect-timeout" or (slug == "total-timeout" and failure.phase in ("dns", "connect")):
        text = f"Connection to {parts.hostname} timed out. (connect timeout={connect_timeout})"
        late = inner.ConnectTimeoutError(connection, text)
        return outer.ConnectTimeout(inner.MaxRetryError(pool, path, late), request=request), late
    if slug in TIMEOUTS:
        if failure.phase == "receive":
            late_body = inner.ReadTimeoutError(pool, path, "Read timed out.")
            return outer.ConnectionError(late_body, request=request), late_body
        late_head = inner.ReadTimeoutError(pool, path, f"Read timed out. (read timeout={read_timeout})")
        read_error = outer.ReadTimeout(late_head, request=request)
        return read_error, read_error
    if slug == "proxy":
        return outer.ProxyError(inner.MaxRetryError(pool, path, inner.ProxyError(message, OSError(message)))), OSError(
            message
        )
    if slug in _TLS:
        tls_error = inner.SSLError(_tls_error(failure))
        return outer.SSLError(inner.MaxRetryError(pool, path, tls_error), request=request), tls_error
    if _is_operating_system_error(failure):
        system_error = _operating_system_error(failure)
        if failure.phase in ("dns", "connect"):
            text = f"Failed to establish a new connection: {system_error}"
            return no_connection(system_error, inner.NewConnectionError(connection, text))
        return aborted(system_error)
    if slug == "decode":
        decode_error = undecodable(None, message)
        return decode_error, decode_error
    if failure.phase == "receive" and slug in ("reset", "closed", "truncated", "protocol", "body-overflow"):
        broken = inner.ProtocolError(f"Connection broken: {message}")
        chunk_error = outer.ChunkedEncodingError(broken, request=request)
        return chunk_error, chunk_error
    if slug == "reset":
        return aborted(ConnectionResetError(104, os.strerror(104)))
    if slug == "closed":
        return aborted(http.client.RemoteDisconnected(_CLOSED))
    if slug == "header-overflow":
        return aborted(http.client.HTTPException(message))
    return aborted(http.client.BadStatusLine(message))


def undecodable(encoding: str | None, message: str) -> Exception:
    """What requests raises for content that is not what its Content-Encoding says."""
    from requests.exceptions import ContentDecodingError

    return ContentDecodingError(urllib3_decode_error(encoding, ValueError(message)))


def urllib3_decode_error(encoding: str | None, cause: ValueError) -> Exception:
    """What urllib3 raises for it."""
    from urllib3.exceptions import DecodeError

    return DecodeError(f"Received response with content-encoding: {encoding}, but failed to decode it.", cause)
