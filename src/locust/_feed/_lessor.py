"""The master's side of feeds: leases rows to workers, and takes back what a lost worker held.

A worker renews its leases every `RENEW_SECONDS` and says which rows it used. One that doesn't for `LEASE_SECONDS` loses
them, and itself stops handing out their rows after half of that: a worker that was paused, or cut off, never gives a
row that another has. Only what a lost worker used since it was last heard of is handed out again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol, runtime_checkable

import gevent

from locust._feed._deck import Deck
from locust.exception import FeedError

LEASE_SECONDS = 10.0
RENEW_SECONDS = 1.0
MOST_ROWS = 1000
"""Of one lease."""

logger = logging.getLogger("locust.feed")


@runtime_checkable
class Master(Protocol):
    """What is needed of a MasterRunner."""

    clients: Mapping[str, Any]

    def register_message(self, msg_type: str, listener: Callable[..., None]) -> None: ...
    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Request:
    """A worker's wish for rows."""

    worker: str
    feed: str
    count: int


class Lessor:
    """Answers the workers of a master.

    Args:
        master: where messages come from and go to.
        decks: of each feed, by its name.
        now: a clock that only goes forward, in seconds.
    """

    def __init__(self, master: Master, decks: Mapping[str, Deck], now: Callable[[], float] = monotonic) -> None:
        self._master = master
        self._decks = decks
        self._now = now
        self._waiting: list[Request] = []
        self._waker: gevent.Greenlet[[], None] | None = None
        master.register_message("feed_take", self._on_take)
        master.register_message("feed_used", self._on_used)

    def rewind(self) -> None:
        """Begins every feed at its first row."""
        self._waiting.clear()
        for deck in self._decks.values():
            deck.rewind()

    def _on_take(self, msg: Any, **_: Any) -> None:
        name, count = msg.data["feed"], msg.data["count"]
        self._serve(Request(msg.node_id, str(name), max(1, min(int(count), MOST_ROWS))))

    def _on_used(self, msg: Any, **_: Any) -> None:
        """A worker says how many rows of each lease it handed out, and which leases it gives back."""
        held: dict[str, list[list[int]]] = {}
        lost: dict[str, list[int]] = {}
        for name, leases in msg.data["used"].items():
            deck = self._decks.get(name)
            for number, used in leases:
                if deck is not None and deck.renew(msg.node_id, number, used, now=self._now()):
                    held.setdefault(name, []).append([number, used])
                else:
                    lost.setdefault(name, []).append(number)
        for name, numbers in msg.data["given_back"].items():
            for number in numbers if name in self._decks else ():
                self._decks[name].give_back(msg.node_id, number)
        answer = {"held": held, "lost": lost, "asked_at": msg.data["asked_at"]}
        self._master.send_message("feed_held", answer, msg.node_id)
        self._serve_waiting()

    def _serve(self, request: Request) -> None:
        deck = self._decks.get(request.feed)
        if deck is None:
            known = ", ".join(sorted(self._decks)) or "none"
            self._answer(
                request, error=f"the master has no feed {request.feed} (it has: {known}): its locustfile is another one"
            )
            return
        try:
            deck.expire(before=self._now() - LEASE_SECONDS)
            lease = deck.lease(request.worker, request.count, now=self._now())
        except FeedError as error:
            self._answer(request, error=str(error))
            return
        if lease is not None:
            self._answer(request, lease=lease.number, rows=lease.rows)
        elif others := deck.holders() - {request.worker}:
            # Not the end yet: the others may not need all they have, and one that is gone needs none.
            self._waiting.append(request)
            for worker in others & set(self._master.clients):
                self._master.send_message("feed_recall", {"feed": request.feed}, worker)
            self._wake_later()
        else:
            self._answer(request)

    def _answer(
        self, request: Request, *, lease: int | None = None, rows: list[Any] | None = None, error: str | None = None
    ) -> None:
        answer = {"feed": request.feed, "lease": lease, "rows": rows or [], "error": error}
        try:
            self._master.send_message("feed_rows", answer, request.worker)
        except (TypeError, ValueError, OverflowError) as failure:
            answer.update(
                rows=[], lease=None, error=f"its rows can't be sent to workers ({failure}): use text, numbers and dicts"
            )
            self._master.send_message("feed_rows", answer, request.worker)

    def _serve_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            self._serve(request)

    def _wake_later(self) -> None:
        if self._waker is None:
            self._waker = gevent.spawn_later(1, self._wake)

    def _wake(self) -> None:
        self._waker = None
        self._serve_waiting()
