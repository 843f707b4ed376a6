"""What a request is called, and how its outcome becomes one `request` event."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locust._native import Exchange

# Greenlets take a copy of their spawner's context along, so requests made concurrently inside the with-block are
# renamed too, and nobody else's.
_names: ContextVar[Mapping[int, str]] = ContextVar("names of requests", default=MappingProxyType({}))


class Named:
    """A session whose requests can be given another name for a while."""

    _renames = 0
    """How many names are in force; none is the usual case, and quick to see."""
    _session_name: str | None = None

    @contextmanager
    def rename_request(self, name: str) -> Generator[None]:
        """Names the requests made in the with-block by this greenlet, and by those it spawns there.

        An explicit `name=` wins. Blocks nest: at the end of the inner one the outer name is back.
        """
        before = _names.get()
        _names.set({**before, id(self): name})
        self._renames += 1
        try:
            yield
        finally:
            self._renames -= 1
            _names.set(before)

    @property
    def request_name(self) -> str | None:
        """The name in force here, for requests that have none of their own."""
        return _names.get().get(id(self), self._session_name)

    @request_name.setter
    def request_name(self, name: str | None) -> None:
        self._renames += (name is not None) - (self._session_name is not None)
        self._session_name = name


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


def status_table(success: frozenset[int] | range, redirect: frozenset[int]) -> bytes:
    """The engine's table of verdicts: a byte for each status below 600; 0 failure, 1 success, 2 redirect."""
    return bytes(2 if status in redirect else int(status in success) for status in range(600))
