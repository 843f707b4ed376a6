"""What a request is called, and how its outcome becomes one `request` event."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gevent import getcurrent

if TYPE_CHECKING:
    from locust._native import Exchange

_PLAIN_TEXT = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class Named:
    """A session whose requests can be given another name for a while."""

    _renames = 0
    """How many names are in force; none is the usual case, and quick to see."""
    _session_name: str | None = None
    _names: dict[Any, str]
    """The names in force, by the greenlet that gave them."""

    @contextmanager
    def rename_request(self, name: str) -> Generator[None]:
        """Names the requests made in the with-block by this greenlet, and by those it spawned.

        An explicit `name=` wins. Blocks nest: at the end of the inner one the outer name is back.
        """
        names = self.__dict__.setdefault("_names", {})
        greenlet = getcurrent()
        before = names.get(greenlet)
        names[greenlet] = name
        self._renames += 1
        self._settle_short_way()
        try:
            yield
        finally:
            self._renames -= 1
            self._settle_short_way()
            if before is None:
                del names[greenlet]
            else:
                names[greenlet] = before

    @property
    def request_name(self) -> str | None:
        """The name in force here, for requests that have none of their own."""
        names: dict[Any, str] = self.__dict__.get("_names") or {}
        greenlet: Any = getcurrent() if names else None
        while greenlet is not None:
            if greenlet in names:
                return names[greenlet]
            spawner = getattr(greenlet, "spawning_greenlet", None)
            greenlet = spawner() if spawner is not None else None
        return self._session_name

    @request_name.setter
    def request_name(self, name: str | None) -> None:
        self._renames += (name is not None) - (self._session_name is not None)
        self._session_name = name
        self._settle_short_way()

    def _settle_short_way(self) -> None:
        """Tells the engine whether it may name and send plain GETs by itself."""


def context_of(user: Any, context: Mapping[str, Any] | None) -> dict[str, Any]:
    """A user's own context and, over it, a request's."""
    merged = {} if user is None else {**user.context()}
    if context:
        merged.update(context)
    return merged


def chain_elapsed_ms(hops: tuple[Exchange, ...], last: Exchange) -> float:
    """What a whole chain of redirects took on the wire, without our own time between two hops."""
    return sum((hop.elapsed_ms for hop in hops), last.elapsed_ms)


def length_of(exchange: Exchange) -> int:
    """Length of what came in bytes, decoded; 0 when it cannot be."""
    if exchange.is_streamed:
        return int(exchange.header("content-length") or 0)
    try:
        return exchange.content_length
    except ValueError:
        return 0


def is_sendable(headers: Any, name: Any) -> bool:
    """Whether the engine takes these: then a `TypeError` or `ValueError` out of it was thrown into the greenlet."""
    if not isinstance(name, str):
        return False
    for pair in (headers or {}).items():
        for part in pair:
            text = part.decode("latin-1") if isinstance(part, bytes) else part
            if text is not None and (not isinstance(text, str) or not _PLAIN_TEXT.fullmatch(text)):
                return False
    return True


def status_table(success: frozenset[int] | range, redirect: frozenset[int]) -> bytes:
    """The engine's table of verdicts: a byte for each status below 600; 0 failure, 1 success, 2 redirect."""
    return bytes(2 if status in redirect else int(status in success) for status in range(600))
