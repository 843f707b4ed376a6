"""Who runs how many users next: arithmetic on names and numbers.

No waits, no greenlets, no users. A `Plan` knows which user of which class stands on which worker, and how that changes
when users are added, removed or spread anew. A step costs what its own users cost, however many are placed already.
The order is that of Locust 2.47.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, repeat
from math import floor, log2
from operator import itemgetter

Counts = dict[str, dict[str, int]]
"""Users by worker and class: `{worker_id: {class_name: count}}`."""


@dataclass(frozen=True, slots=True)
class UserKind:
    """What planning needs to know of a user class."""

    name: str
    weight: float = 1
    fixed_count: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """How many users one step starts or stops, and the seconds between two steps."""

    users_per_step: int
    wait_seconds: float


def pace(spawn_rate: float) -> Pace:
    """Split a rate into steps of whole users, about one a second.

    Raises:
        ValueError: the rate is not a positive number.
    """
    if not spawn_rate > 0:
        raise ValueError(f"spawn_rate must be > 0, got {spawn_rate}")
    users_per_step = max(1, floor(spawn_rate))
    return Pace(users_per_step, users_per_step / spawn_rate)


def rest_of_wait(wait_seconds: float, elapsed_seconds: float) -> float:
    """Seconds still to wait before the next step, after the last one and its consumer took `elapsed_seconds`."""
    return max(0.0, wait_seconds - elapsed_seconds)


def weighted_order(weights: Iterable[tuple[str, float]]) -> Iterator[str]:
    """Yield names for ever, every prefix as close to the weights as can be; nothing without a positive weight.

    Greedy on the Kullback-Leibler divergence: the next pick is the name whose count gains most. With weight w and
    x = w + picks so far, the gain is w * log2(x / (x + 1)), the most negative first. Ties go by x, weight, name.

    Examples:
        >>> "".join(islice(weighted_order([("A", 1), ("B", 2), ("C", 3)]), 10))
        'CBACBCCBAC'
    """
    heap = [
        (weight * log2(weight / (weight + 1.0)), weight + 1.0, weight, name) for name, weight in weights if weight > 0
    ]
    if len(heap) == 1:
        yield from repeat(heap[0][3])
    heapq.heapify(heap)
    replace = heapq.heapreplace
    while heap:
        _, x, weight, name = heap[0]
        yield name
        replace(heap, (weight * log2(x / (x + 1.0)), x + 1.0, weight, name))


def worker_order(worker_ids: Iterable[str]) -> list[str]:
    """Sort workers so that neighbours in the round are on different hosts.

    A worker's host is its id up to the first underscore; the n-th workers of all hosts stand together, by id.
    """
    rank_by_host: dict[str, int] = {}
    ranked = []
    for worker_id in sorted(worker_ids):
        host = worker_id.partition("_")[0]
        rank = rank_by_host.get(host, 0)
        rank_by_host[host] = rank + 1
        ranked.append((rank, worker_id))
    return [worker_id for _, worker_id in sorted(ranked)]


class Plan:
    """Users placed on workers, in the order in which they were added.

    Args:
        kinds: every class of the run, also those without a user.
        worker_ids: the workers in the order of the round (see `worker_order`).
        spawnable: the classes that may get users; all of `kinds` when left out.
    """

    __slots__ = (
        "_is_refill_due",
        "_names",
        "_order",
        "_placed",
        "_places",
        "_round",
        "_snapshot",
        "_spawnable",
        "_worker_ids",
        "counts",
        "counts_by_class",
    )

    def __init__(
        self, kinds: Sequence[UserKind], worker_ids: Sequence[str], spawnable: Sequence[UserKind] | None = None
    ) -> None:
        self._names = tuple(kind.name for kind in kinds)
        self._worker_ids = tuple(worker_ids)
        self.counts: Counts = {worker_id: dict.fromkeys(self._names, 0) for worker_id in worker_ids}
        self.counts_by_class = dict.fromkeys(self._names, 0)
        # One shared tuple a (worker, class), so that a million placed users cost a million pointers.
        self._places = {worker_id: {name: (worker_id, name) for name in self._names} for worker_id in worker_ids}
        self._placed: list[tuple[str, str]] = []
        self._round = cycle(self._worker_ids)
        self._snapshot: Counts = {worker_id: dict(counts) for worker_id, counts in self.counts.items()}
        self._is_refill_due = True
        self.allow(kinds if spawnable is None else spawnable)

    @property
    def user_count(self) -> int:
        return len(self._placed)

    @property
    def placed(self) -> Sequence[tuple[str, str]]:
        """(worker, class) of each user, oldest first."""
        return self._placed

    @property
    def order(self) -> Iterator[str | None]:
        """Classes of the users to come, None when no class may get one; taking from it moves the plan on."""
        return self._order

    @property
    def round(self) -> Iterator[str]:
        """Workers of the users to come; taking from it moves the plan on."""
        return self._round

    def allow(self, spawnable: Sequence[UserKind]) -> None:
        """Start a new order over these classes. Users already placed stay."""
        self._spawnable = tuple(spawnable)
        self._order = self._class_order()

    def add(self, user_count: int) -> int:
        """Place up to `user_count` users; returns how many there was a class for."""
        if not self._worker_ids:
            return 0
        before = len(self._placed)
        changed = set()
        # One at a time: the order of fixed classes looks at the counts while it goes.
        for name in islice(self._order, user_count):
            if name is None:
                break
            worker_id = next(self._round)
            self.counts[worker_id][name] += 1
            self.counts_by_class[name] += 1
            self._placed.append(self._places[worker_id][name])
            changed.add(worker_id)
        self._refresh(changed)
        return len(self._placed) - before

    def remove(self, user_count: int) -> int:
        """Take away up to `user_count` users, the youngest first; returns how many there were."""
        removed = self._placed[max(0, len(self._placed) - user_count) :] if user_count > 0 else []
        if not removed:
            return 0
        del self._placed[-len(removed) :]
        for worker_id, name in removed:
            self.counts[worker_id][name] -= 1
            self.counts_by_class[name] -= 1
        self._refresh(set(map(itemgetter(0), removed)))
        self._is_refill_due = True
        return len(removed)

    def spread(self, worker_ids: Sequence[str], kinds: Sequence[UserKind], user_count: int) -> Plan:
        """A plan of `user_count` users from zero over other workers, with the same spawnable classes."""
        plan = Plan(kinds, worker_ids, self._spawnable)
        plan.add(user_count)
        return plan

    def snapshot(self) -> Counts:
        """The counts as they are now; later changes of the plan do not touch them."""
        return dict(self._snapshot)

    def _refresh(self, worker_ids: Iterable[str]) -> None:
        for worker_id in worker_ids:
            self._snapshot[worker_id] = self.counts[worker_id].copy()

    def _class_order(self) -> Iterator[str | None]:
        """Fixed classes up to their counts, then the weighted ones; back to the fixed ones after users went.

        None means that no class may get a user now.
        """
        fixed = [kind for kind in self._spawnable if kind.fixed_count]
        weighted = weighted_order((kind.name, kind.weight) for kind in self._spawnable if not kind.fixed_count)
        while True:
            while self._is_refill_due:
                self._is_refill_due = False
                yield from self._missing_fixed(fixed)
            for name in weighted:
                yield name
                if fixed and self._is_refill_due:
                    break
            else:
                # Upstream stops here even when the classes changed and fixed users are missing.
                yield next(self._missing_fixed(fixed), None)

    def _missing_fixed(self, fixed: Sequence[UserKind]) -> Iterator[str]:
        missing = [(kind.name, kind.fixed_count - self.counts_by_class[kind.name]) for kind in fixed]
        total = sum(count for _, count in missing if count > 0)
        return islice(weighted_order(missing), total)
