"""The order in which rows are handed out, and which of them are out on lease. Knows neither network nor clock."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, get_args

from locust._feed._source import Row, Source
from locust.exception import FeedError

Mode = Literal["unique", "circular", "shuffle", "random"]
OnEmpty = Literal["stop", "wrap", "error"]
MODES: Final[tuple[str, ...]] = get_args(Mode)
ON_EMPTY: Final[tuple[str, ...]] = get_args(OnEmpty)


@dataclass(slots=True)
class Lease:
    """Rows that one worker may hand out, in their order, as long as it says that it's still there.

    Attributes:
        renewed_at: when the holder was last heard of, in seconds of any clock that only goes forward.
    """

    number: int
    holder: str
    rows: list[Row]
    renewed_at: float
    used: int = 0


class Deck:
    """Rows of a source in the order of a mode.

    `unique` and `shuffle` give each row once; a lease's unused rows come back when it is given up. Then they are
    empty, or begin anew when `on_empty` is "wrap". `circular` and `random` never end, and take nothing back.

    Args:
        source: where the rows come from.
        mode: the order.
        on_empty: what a feed does after its last row; only "wrap" matters here.
        chance: what `shuffle` and `random` draw from.
    """

    def __init__(self, source: Source, mode: Mode, on_empty: OnEmpty, chance: random.Random | None = None) -> None:
        self._source = source
        self._mode = mode
        self._takes_back = mode in ("unique", "shuffle")
        self._begins_anew = mode == "circular" or on_empty == "wrap"
        self._chance = chance or random.Random()
        self._read: list[Row] | None = None  # all rows, for those who need them at hand
        self._ahead: Iterator[Row] | None = None
        self._given_back: deque[Row] = deque()
        self._leases: dict[int, Lease] = {}
        self._next_number = 1

    def take(self, count: int) -> list[Row]:
        """The next rows, at most `count`; fewer only before the end, and none at the end.

        Raises:
            FeedError: the source can't be read, or has no row at all.
        """
        if self._mode == "random":
            rows = self._all_rows()
            return [self._chance.choice(rows) for _ in range(count)]
        taken = [self._given_back.popleft() for _ in range(min(count, len(self._given_back)))]
        while len(taken) < count:
            if self._ahead is None:
                self._ahead = self._round()
            some = list(islice(self._ahead, count - len(taken)))
            taken += some
            if not some:
                if not self._begins_anew:
                    break
                self._ahead = None
        return taken

    def lease(self, holder: str, count: int, *, now: float) -> Lease | None:
        """The next rows, for `holder` to hand out; None at the end."""
        rows = self.take(count)
        if not rows:
            return None
        lease = Lease(self._next_number, holder, rows, renewed_at=now)
        self._next_number += 1
        if self._takes_back:
            self._leases[lease.number] = lease
        return lease

    def renew(self, holder: str, number: int, used: int, *, now: float) -> bool:
        """Notes that the first `used` rows of a lease were handed out. False when it isn't a lease of `holder`."""
        if not self._takes_back:
            return True
        lease = self._leases.get(number)
        if lease is None or lease.holder != holder:
            return False
        lease.renewed_at = now
        lease.used = max(lease.used, min(used, len(lease.rows)))
        if lease.used == len(lease.rows):
            del self._leases[number]
        return True

    def holders(self) -> set[str]:
        """Who may still have rows that weren't handed out."""
        return {lease.holder for lease in self._leases.values()}

    def give_back(self, holder: str, number: int) -> int:
        """Takes the unused rows of a lease of `holder` back, to be handed out next; says how many."""
        lease = self._leases.get(number)
        return self._end([lease]) if lease is not None and lease.holder == holder else 0

    def expire(self, *, before: float) -> int:
        """Takes the unused rows of the leases back that weren't renewed since `before`; says how many."""
        return self._end([lease for lease in self._leases.values() if lease.renewed_at < before])

    def rewind(self) -> None:
        """Begins at the first row; leases end. An iterator that can't begin again goes on."""
        self._end(list(self._leases.values()))
        if self._source.rewinds or self._read is not None:
            self._ahead = None
            self._given_back.clear()

    def _end(self, leases: list[Lease]) -> int:
        for lease in leases:
            del self._leases[lease.number]
            self._given_back.extend(lease.rows[lease.used :])
        return sum(len(lease.rows) - lease.used for lease in leases)

    def _round(self) -> Iterator[Row]:
        if self._mode == "shuffle":
            rows = self._all_rows().copy()
            self._chance.shuffle(rows)
            return iter(rows)
        if self._begins_anew and not self._source.rewinds:
            return iter(self._all_rows())
        return self._not_empty(self._source.rows())

    def _all_rows(self) -> list[Row]:
        if self._read is None:
            self._read = list(self._not_empty(self._source.rows()))
        return self._read

    def _not_empty(self, rows: Iterator[Row]) -> Iterator[Row]:
        # A round without a row would be tried for ever by those that begin anew.
        nothing = True
        for row in rows:
            nothing = False
            yield row
        if nothing:
            raise FeedError(f"Feed {self._source.name} has no rows.")
