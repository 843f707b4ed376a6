"""The live stream: one greenlet finds out what has changed, all viewers send the same events."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import gevent
from gevent.event import Event
from gevent.lock import RLock

from locust._course.facts import TOTAL
from locust._course.series import Point, shown_heat
from locust.log import greenlet_exception_logger
from locust.web._rows import encode
from locust.web._shown import MAX_ROWS, Shown
from locust.web._steering import logger

if TYPE_CHECKING:
    from locust._course.runs import Runs

INTERVAL_SEC: Final = 1.0
KEEP_ALIVE_SEC: Final = 15.0
# Between a viewer's leaving and its coming back.
GRACE_SEC: Final = 30.0
MAX_VIEWERS: Final = 200
# What may still be fetched by viewers that are slow or come back.
MAX_KEPT_BYTES: Final = 8_000_000
MAX_KEPT_EVENTS: Final = 5000


@dataclass(frozen=True)
class _Kept:
    """An event; `data` None is a snapshot, made when somebody reads it. `endpoint`: only for those who asked for it."""

    name: str
    data: str | None
    endpoint: str = TOTAL


class Stream:
    """Events of all viewers."""

    def __init__(self, shown: Shown, runs: Runs) -> None:
        self._shown = shown
        self._runs = runs
        self._session = token_hex(4)
        self._kept: deque[_Kept] = deque()
        self._kept_bytes = 0
        # Number of the first kept event, and of the next one.
        self._first = 1
        self._next = 1
        self._news = Event()
        self._lock = RLock()
        # What one viewer was given, for the others that want the same: by position and endpoints, as of number `_next`.
        self._given: dict[tuple[int | None, frozenset[str]], bytes] = {}
        self._given_at = 0
        self._viewers = 0
        self._wanted: dict[str, int] = {}
        self._looked_at = 0.0
        self._needed_until = 0.0
        self._greenlet: gevent.Greenlet[..., Any] | None = None
        runs.on_point = self._send_point
        runs.on_mark = self._send_mark
        runs.on_begin = self._begin_anew

    @property
    def is_full(self) -> bool:
        return self._viewers >= MAX_VIEWERS

    def refresh(self) -> None:
        """Brings what is shown up to date, unless that was done in the last second."""
        with self._lock:
            if time.monotonic() - self._looked_at >= INTERVAL_SEC:
                self._look(max_rows=None)

    def view(self, endpoints: frozenset[str], last_event_id: str | None) -> Iterator[bytes]:
        """One viewer's events until it leaves.

        Args:
            endpoints: whose points it wants besides those of the total.
            last_event_id: the last event that it has, when it comes back.
        """
        self._viewers += 1
        for endpoint in endpoints:
            self._wanted[endpoint] = self._wanted.get(endpoint, 0) + 1
        try:
            self._need()
            position = self._position_after(last_event_id)
            if position is None:
                self.refresh()
            while True:
                events, position = self._give(position, endpoints), self._next
                if events:
                    yield events
                elif not self._news.wait(KEEP_ALIVE_SEC):
                    yield b": still here\n\n"
        finally:
            self._viewers -= 1
            for endpoint in endpoints:
                self._wanted[endpoint] -= 1
                if not self._wanted[endpoint]:
                    del self._wanted[endpoint]
            self._needed_until = time.monotonic() + GRACE_SEC

    def _position_after(self, event_id: str | None) -> int | None:
        session, _, number = (event_id or "").partition("-")
        if session != self._session or not number.isascii() or not number.isdigit() or len(number) > 18:
            return None
        position = int(number) + 1
        return position if self._first <= position <= self._next else None

    def _give(self, position: int | None, endpoints: frozenset[str]) -> bytes:
        """The events from a position on; None: a snapshot."""
        if self._given_at != self._next:
            self._given.clear()
            self._given_at = self._next
        if position is not None and not self._has_all_from(position):
            position = None
        key = (position, endpoints if position is not None else frozenset())
        if key not in self._given:
            self._given[key] = (self._snapshot() if position is None else self._events(position, endpoints)).encode()
        return self._given[key]

    def _has_all_from(self, position: int) -> bool:
        """Whether the events from there on are kept, and can be told without a snapshot."""
        return self._first <= position and all(
            self._kept[number - self._first].data is not None for number in range(position, self._next)
        )

    def _events(self, position: int, endpoints: frozenset[str]) -> str:
        texts = []
        for number in range(position, self._next):
            kept = self._kept[number - self._first]
            if kept.endpoint == TOTAL or kept.endpoint in endpoints:
                texts.append(f"id: {self._session}-{number}\nevent: {kept.name}\ndata: {kept.data}\n\n")
        return "".join(texts)

    def _snapshot(self) -> str:
        return f"id: {self._session}-{self._next - 1}\nevent: snapshot\ndata: {self._shown.snapshot()}\n\n"

    # --- what is sent ---

    def _send(self, name: str, data: str | None, endpoint: str = TOTAL) -> None:
        if not self._is_needed():
            return
        self._kept.append(_Kept(name, data, endpoint))
        self._kept_bytes += len(data or "")
        self._next += 1
        while len(self._kept) > MAX_KEPT_EVENTS or self._kept_bytes > MAX_KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popleft().data or "")
            self._first += 1

    def _tell(self) -> None:
        news, self._news = self._news, Event()
        news.set()

    def _send_point(self, endpoint: str, point: Point) -> None:
        if endpoint == TOTAL or endpoint in self._wanted:
            data = {
                "endpoint": endpoint,
                "run": self._runs.current.number,
                "time": point.time,
                "rps": point.rps,
                "failures_per_s": point.failures_per_s,
                "average_ms": point.average_ms,
                "percentiles_ms": point.percentiles_ms,
                "users": point.users,
                "heat": shown_heat(point.heat),
            }
            self._send("point", encode(data), endpoint)

    def _send_mark(self, mark: dict[str, Any]) -> None:
        self._send("mark", encode(mark))
        self._tell()

    def _begin_anew(self) -> None:
        """What was shown is no longer true."""
        self._shown.forget()
        self._given.clear()
        self._send("snapshot", None)

    # --- finding out ---

    def _is_needed(self) -> bool:
        return self._viewers > 0 or time.monotonic() < self._needed_until

    def _need(self) -> None:
        if self._greenlet is None or self._greenlet.dead:
            # Whoever comes back from before has missed what nobody looked for: no position of theirs is good any more.
            self._next += 1
            self._first = self._next
            self._kept.clear()
            self._kept_bytes = 0
            self._greenlet = gevent.spawn(self._look_while_needed)
            self._greenlet.link_exception(greenlet_exception_logger(logger))

    def _look_while_needed(self) -> None:
        while self._is_needed():
            # After the seconds' points were taken.
            gevent.sleep(1.15 - time.time() % 1)
            try:
                with self._lock:
                    self._look(MAX_ROWS)
            except Exception:
                logger.exception("The web UI's live stream can't read the run's numbers")

    def _look(self, max_rows: int | None) -> None:
        if self._shown.has_lost_rows():
            self._begin_anew()
        epoch = self._shown.epoch
        events = self._shown.changes(max_rows)
        # A run that began meanwhile makes them untrue.
        if epoch == self._shown.epoch:
            for name, data in events:
                self._send(name, data)
        self._given.clear()
        self._looked_at = time.monotonic()
        self._tell()
