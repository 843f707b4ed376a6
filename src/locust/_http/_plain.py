"""An exchange made by urllib3 instead of the engine, for what the engine has no way to do (an `ssl.SSLContext`)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class PlainFailure:
    """Counterpart of the engine's `Failure`; holds the exception that was met."""

    slug: str
    message: str
    errno: int | None = None
    phase: str = "wait"
    error: BaseException | None = None


@dataclass
class PlainExchange:
    """Counterpart of the engine's `Exchange`, read from urllib3's response."""

    method: str
    url: str
    name: str = ""
    status_code: int = 0
    reason: str = ""
    header_items: list[tuple[str, str]] = field(default_factory=list)
    raw_content: bytes = b""
    content: bytes = b""
    request_headers: list[tuple[str, str]] = field(default_factory=list)
    request_body: bytes | None = None
    failure: PlainFailure | None = None
    started_at: float = 0.0
    elapsed_ms: float = 0.0
    http_version: int = 11
    recorded: bool = False
    is_streamed: bool = False
    is_reused: bool = False

    def header(self, name: str) -> str | None:
        """Value of a header whatever its case; repeated ones are joined by `, `."""
        values = [value for other, value in self.header_items if other.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def has_cookies(self) -> bool:
        return self.header("set-cookie") is not None

    @property
    def location(self) -> str | None:
        return self.header("location") if 300 <= self.status_code < 400 else None

    @property
    def content_length(self) -> int:
        return len(self.content)

    def close(self) -> None:
        """Nothing is left open: the body has been read."""


class PlainEngine:
    """Sends requests over urllib3 with an `ssl.SSLContext` of the locustfile's."""

    def __init__(self, ssl_context: Any, *, max_idle: int, is_verifying: bool) -> None:
        import urllib3

        self._manager = urllib3.PoolManager(
            ssl_context=ssl_context,
            maxsize=max_idle,
            retries=False,
            assert_hostname=None if is_verifying else False,
        )

    def close(self) -> None:
        """Closes the idle connections."""
        self._manager.clear()

    def exchange(
        self,
        method: str,
        url: str,
        headers: list[tuple[str, str]],
        body: bytes | Iterable[bytes] | None,
        *,
        connect_timeout: float | None,
        read_timeout: float | None,
    ) -> PlainExchange:
        """Sends one request and waits for the whole response."""
        import urllib3

        exchange = PlainExchange(
            method, url, request_headers=headers, request_body=body if isinstance(body, bytes) else None
        )
        exchange.started_at = time.time()
        began = time.perf_counter()
        try:
            response = self._manager.request(
                method,
                url,
                body=body,
                headers=dict(headers),
                redirect=False,
                preload_content=False,
                decode_content=True,
                timeout=urllib3.Timeout(connect=connect_timeout, read=read_timeout),
            )
            exchange.content = exchange.raw_content = response.read()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            exchange.failure = PlainFailure("io", str(error), error=_innermost(error))
        else:
            exchange.status_code = response.status
            exchange.reason = response.reason or ""
            exchange.header_items = list(response.headers.items())
        exchange.elapsed_ms = (time.perf_counter() - began) * 1000
        return exchange


def _innermost(error: BaseException) -> BaseException:
    cause = error.__cause__ or error.__context__
    return error if cause is None else _innermost(cause)
