"""Test data for the users of a run: `locust.feed`. The same call works in one process and over a fleet.

In one process a feed reads its source itself. In a fleet the master reads, and leases rows to the workers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from locust import events
from locust._feed._deck import MODES, ON_EMPTY, Deck, Mode, OnEmpty
from locust._feed._lessor import Lessor, Master
from locust._feed._source import source_of
from locust._feed._tenant import Tenant, Worker
from locust.exception import FeedError, StopUser

logger = logging.getLogger("locust.feed")


class Feed(Iterator[Any]):
    """Rows for users, one at each `next(feed)`. Made by `locust.feed`.

    Attributes:
        name: how messages and nodes call it.
    """

    def __init__(self, name: str, deck: Deck, on_empty: OnEmpty) -> None:
        self.name = name
        self.deck = deck
        self.take: Callable[[], list[Any]] = self.take_own
        self._on_empty = on_empty
        self._said_that_empty = False

    def __next__(self) -> Any:
        """The next row.

        Raises:
            StopUser: there's none left, and the feed's `on_empty` is "stop": the user that asked ends.
            FeedError: there's none left, and `on_empty` is "error"; or rows can't be had.
        """
        row = self.take()
        if row:
            return row[0]
        if self._on_empty == "error":
            raise FeedError(f"Feed {self.name} is empty: all its rows were handed out.")
        if not self._said_that_empty:
            self._said_that_empty = True
            logger.warning("Feed %s is empty: users that ask for a row stop", self.name)
        raise StopUser

    def take_own(self) -> list[Any]:
        """The next row of this process's own deck, alone in a list; an empty list at the end."""
        return self.deck.take(1)

    def begin(self) -> None:
        """A test starts."""
        self._said_that_empty = False


def feed(
    source: str | Path | Iterable[Any] | Callable[[], Iterable[Any]],
    mode: Mode = "unique",
    on_empty: OnEmpty = "stop",
    *,
    name: str | None = None,
    query: str | None = None,
) -> Feed:
    """Rows of test data, handed out to the users of the whole fleet.

        accounts = locust.feed("accounts.csv")

        class Customer(HttpUser):
            def on_start(self):
                account = next(accounts)
                self.client.post("/login", json={"user": account["user"], "password": account["password"]})

    Args:
        source: a `.csv` or `.tsv` file with a line of column names, `.jsonl`, `.ndjson` or `.json` (a list), an SQLite
            database (`.sqlite`, `.sqlite3`, `.db`); or an iterable, or a function that returns one. Only the process
            that hands out rows reads it: with workers that is the master.
        mode: "unique" hands out each row once, in order. "shuffle" does in random order. "circular" begins again
            after the last row. "random" picks any row each time.
        on_empty: when "unique" and "shuffle" have handed out all rows: "stop" ends the user that asks, "wrap" begins
            again, "error" raises `FeedError` in its task.
        name: what messages and nodes call it; the source's name when left out.
        query: a SELECT, for SQLite; may be left out when the database has one table.

    Returns:
        An iterator: `next(feed)` is the next row. A row is a dict of the columns, or what the JSON line or iterable
        holds. Each start of a test begins at the first row.

    Raises:
        FeedError: a bad argument. What is wrong with the source itself shows when the first row is read.
    """
    if mode not in MODES:
        raise FeedError(f"A feed's mode is one of {', '.join(MODES)}; found {mode!r}.")
    if on_empty not in ON_EMPTY:
        raise FeedError(f"A feed's on_empty is one of {', '.join(ON_EMPTY)}; found {on_empty!r}.")
    rows = source_of(source, query=query)
    made = Feed(_unused(name or rows.name), Deck(rows, mode, on_empty), on_empty)
    _feeds.add(made)
    return made


class _Feeds:
    """The feeds of this process. When a run begins they learn whose rows they hand out."""

    def __init__(self) -> None:
        self.by_name: dict[str, Feed] = {}
        self._lessor: Lessor | None = None
        self._tenant: Tenant | None = None

    def add(self, feed: Feed) -> None:
        if not self.by_name:
            events.init.add_listener(self._on_init)
            events.test_start.add_listener(self._on_test_start)
            events.quitting.add_listener(self._on_quitting)
        self.by_name[feed.name] = feed

    def _on_init(self, runner: Any = None, **_: Any) -> None:
        if isinstance(runner, Master):
            self._lessor = Lessor(runner, {name: feed.deck for name, feed in self.by_name.items()})
        elif isinstance(runner, Worker):
            self._tenant = Tenant(runner, list(self.by_name))
            for name, feed in self.by_name.items():
                feed.take = self._tenant.feeds[name].take

    def _on_test_start(self, **_: Any) -> None:
        for feed in self.by_name.values():
            feed.begin()
        if self._tenant is not None:
            self._tenant.clear()
        elif self._lessor is not None:
            self._lessor.rewind()
        else:
            for feed in self.by_name.values():
                feed.deck.rewind()

    def _on_quitting(self, **_: Any) -> None:
        if self._tenant is not None:
            self._tenant.close()


_feeds = _Feeds()


def _unused(name: str) -> str:
    """`name`, with a number when another feed has it; the same in all nodes, which run the same locustfile."""
    if name not in _feeds.by_name:
        return name
    number = 2
    while f"{name} #{number}" in _feeds.by_name:
        number += 1
    return f"{name} #{number}"
