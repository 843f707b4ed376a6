"""A worker's side of feeds: hands out the rows that the master leased to it, and asks for more in time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol, runtime_checkable

import gevent
from gevent.event import Event

from locust._feed._lessor import LEASE_SECONDS, MOST_ROWS, RENEW_SECONDS
from locust.exception import FeedError

ANSWER_SECONDS = 2 * LEASE_SECONDS
"""An answer may have to wait until the leases of a lost worker run out."""
AHEAD_SECONDS = 2.0
"""So long should a lease last."""
END_SECONDS = 1.0
"""So long an end is believed: rows of a lost worker may come back."""


@runtime_checkable
class Worker(Protocol):
    """What is needed of a WorkerRunner."""

    master_host: str

    def register_message(self, msg_type: str, listener: Callable[..., None]) -> None: ...
    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None: ...


@dataclass(slots=True)
class Holding:
    """A lease, as its holder sees it."""

    number: int
    rows: list[Any]
    renewed_at: float
    used: int = 0

    @property
    def left(self) -> int:
        """Rows that weren't handed out."""
        return len(self.rows) - self.used


class LeasedRows:
    """The rows of one feed that this worker may hand out.

    Args:
        name: of the feed.
        ask: sends the master a wish for so many rows.
        renew: tells the master that the leases are still in use.
        on_used: called after each row that is handed out.
        now: a clock that only goes forward, in seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        ask: Callable[[str, int], None],
        renew: Callable[[], None],
        on_used: Callable[[], None],
        now: Callable[[], float],
    ) -> None:
        self._name = name
        self._ask_master = ask
        self._renew = renew
        self._on_used = on_used
        self._now = now
        self._changed = Event()
        self._waiting = 0
        self.clear()

    def clear(self) -> None:
        """Forgets all leases, as at the start of a test."""
        self._leases: deque[Holding] = deque()
        self._asked_at: float | None = None
        self._last_count = 0
        self._handed_out = 0
        self._since = self._now()
        self._ended_at: float | None = None
        self._scarce = False
        self._error: str | None = None

    def take(self) -> list[Any]:
        """The next row, alone in a list; an empty list at the end. Waits for the master when it must.

        Raises:
            FeedError: the master doesn't answer, or can't give rows.
        """
        deadline = self._now() + ANSWER_SECONDS
        self._waiting += 1
        try:
            while True:
                row = self._next()
                if row or self._at_end():
                    return row
                self._ask_unless_asked()
                self._changed.clear()
                if not self._changed.wait(max(0.0, deadline - self._now())) and self._now() >= deadline:
                    self._asked_at = None
                    raise FeedError(
                        f"Feed {self._name}: no answer from the master within {ANSWER_SECONDS:.0f} s. "
                        "It must run Gregaria and the same locustfile."
                    )
                if self._error is not None:
                    raise FeedError(f"Feed {self._name}: {self._error}.")
        finally:
            self._waiting -= 1

    def used(self) -> list[list[int]]:
        """Number and handed out rows of each lease."""
        return [[lease.number, lease.used] for lease in self._leases]

    def on_rows(self, number: int | None, rows: list[Any], error: str | None) -> None:
        """The master's answer: a lease, an error, or the end."""
        asked_at = self._asked_at if self._asked_at is not None else self._now()
        self._asked_at = None
        self._error = error
        if number is not None:
            self._leases.append(Holding(number, rows, renewed_at=asked_at))
        elif error is None:
            self._ended_at = self._now()
        self._changed.set()

    def on_held(self, held: dict[int, int], lost: set[int], asked_at: float) -> None:
        """The master's answer to a renewal: how many rows it knows as used of each lease, and which are another's."""
        kept = deque(lease for lease in self._leases if lease.number not in lost)
        for lease in kept:
            if lease.number in held:
                lease.renewed_at = max(lease.renewed_at, asked_at)
        # A lease ends when the master knows that its last row is used.
        self._leases = deque(lease for lease in kept if held.get(lease.number) != len(lease.rows))
        self._changed.set()

    def on_recall(self) -> None:
        """Others wait for rows: keep none in stock from now on."""
        self._scarce = True
        for lease in self._leases:
            del lease.rows[lease.used :]

    def _next(self) -> list[Any]:
        for lease in self._leases:
            if lease.left:
                if self._now() - lease.renewed_at > LEASE_SECONDS / 2:
                    # This process was paused, or cut off from its master: are these rows still ours?
                    self._renew()
                    return []
                row = lease.rows[lease.used]
                lease.used += 1
                self._handed_out += 1
                self._on_used()
                self._ask_ahead()
                return [row]
        return []

    def _at_end(self) -> bool:
        return self._ended_at is not None and self._now() - self._ended_at < END_SECONDS

    def _ask_ahead(self) -> None:
        left = sum(lease.left for lease in self._leases)
        # A feed of which each user takes one row at its start has no rate: nothing is kept in stock.
        if not self._scarce and self._handed_out > 1 and left < self._last_count / 2:
            self._ask_unless_asked()

    def _ask_unless_asked(self) -> None:
        if self._asked_at is not None:
            return
        now = self._now()
        per_second = self._handed_out / max(now - self._since, AHEAD_SECONDS / 2)
        ahead = 0 if self._scarce else math.ceil(per_second * AHEAD_SECONDS)
        self._last_count = min(max(self._waiting, ahead, 1), MOST_ROWS)
        self._handed_out = 0
        self._since = self._asked_at = now
        self._error = None
        self._ask_master(self._name, self._last_count)


class Tenant:
    """All leased feeds of a worker, and its talk with the master about them.

    Args:
        worker: where messages come from and go to.
        names: of the feeds.
        now: a clock that only goes forward, in seconds.
    """

    def __init__(self, worker: Worker, names: list[str], now: Callable[[], float] = monotonic) -> None:
        self._worker = worker
        self._now = now
        self._renewed_at = -math.inf
        self.feeds = {
            name: LeasedRows(name, ask=self._ask, renew=self._renew, on_used=self._on_used, now=now) for name in names
        }
        worker.register_message("feed_rows", self._on_rows)
        worker.register_message("feed_held", self._on_held)
        worker.register_message("feed_recall", self._on_recall)
        self._renewing = gevent.spawn(self._renew_regularly)

    def clear(self) -> None:
        """Forgets all leases, as at the start of a test."""
        for feed in self.feeds.values():
            feed.clear()

    def close(self) -> None:
        """Gives back what wasn't handed out."""
        self._renewing.kill(block=False)
        if any(feed.used() for feed in self.feeds.values()):
            self._renew(give_back=list(self.feeds))
        self.clear()

    def _ask(self, name: str, count: int) -> None:
        self._worker.send_message("feed_take", {"feed": name, "count": count})

    def _on_used(self) -> None:
        # At once where rows are taken now and then: the master should know of one before this process may be lost.
        if self._now() - self._renewed_at >= RENEW_SECONDS:
            self._renew()

    def _renew(self, give_back: Iterable[str] = ()) -> None:
        self._renewed_at = self._now()
        used = {name: feed.used() for name, feed in self.feeds.items()}
        given_back = {name: [number for number, _ in used[name]] for name in give_back}
        self._worker.send_message("feed_used", {"used": used, "given_back": given_back, "asked_at": self._renewed_at})

    def _renew_regularly(self) -> None:
        while True:
            gevent.sleep(RENEW_SECONDS)
            if any(feed.used() for feed in self.feeds.values()):
                self._renew()

    def _on_rows(self, msg: Any, **_: Any) -> None:
        if feed := self.feeds.get(msg.data["feed"]):
            feed.on_rows(msg.data["lease"], msg.data["rows"], msg.data["error"])

    def _on_held(self, msg: Any, **_: Any) -> None:
        for name, feed in self.feeds.items():
            held = dict(msg.data["held"].get(name, []))
            feed.on_held(held, set(msg.data["lost"].get(name, [])), msg.data["asked_at"])

    def _on_recall(self, msg: Any, **_: Any) -> None:
        name = msg.data["feed"]
        if feed := self.feeds.get(name):
            feed.on_recall()
            self._renew(give_back=[name])
