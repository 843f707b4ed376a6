"""How the users of a lost worker come to the others: not all at once, but at the spawn rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

Counts = Mapping[str, Mapping[str, int]]


def steps(now: Counts, goal: Counts, users_per_step: int) -> Iterator[dict[str, dict[str, int]]]:
    """Distributions on the way from one to another, the last one the goal itself.

    Users that move from one worker to another do so in the first step; those that are missing altogether start
    `users_per_step` at a time.

    Args:
        now: users by worker and class as they are, of the workers that are left.
        goal: as they are to be.
        users_per_step: how many a step may start.
    """
    missing = _sum(goal) - _sum(now)
    held_back = list(islice(_additions(now, goal), max(0, missing - users_per_step)))
    while held_back:
        step = {worker_id: dict(counts) for worker_id, counts in goal.items()}
        for worker_id, name in held_back:
            step[worker_id][name] -= 1
        yield step
        del held_back[-users_per_step:]
    yield {worker_id: dict(counts) for worker_id, counts in goal.items()}


def _sum(counts: Counts) -> int:
    return sum(sum(by_class.values()) for by_class in counts.values())


def _additions(now: Counts, goal: Counts) -> Iterator[tuple[str, str]]:
    """Users to start, by turns on each worker, so that none gets all of a step."""
    more = {
        (worker_id, name): count - now.get(worker_id, {}).get(name, 0)
        for worker_id, by_class in goal.items()
        for name, count in by_class.items()
    }
    while more := {place: count for place, count in more.items() if count > 0}:
        yield from more
        more = {place: count - 1 for place, count in more.items()}
