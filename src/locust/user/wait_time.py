"""How long users wait between tasks: values for `wait_time` of a User or TaskSet."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import monotonic
from typing import Any

WaitTime = Callable[[Any], float]
"""Called with the user, or the task set that it belongs to; gives seconds."""


def between(min_wait: float, max_wait: float) -> WaitTime:
    """Waits for a time drawn evenly from `min_wait` to `max_wait` seconds."""
    return lambda instance: min_wait + random.random() * (max_wait - min_wait)


def constant(wait_time: float) -> WaitTime:
    """Waits for `wait_time` seconds after each task."""
    return lambda instance: wait_time


def constant_pacing(wait_time: float) -> WaitTime:
    """Starts a task every `wait_time` seconds; one that takes longer is followed by the next at once.

    Nothing is made up for: a late start shifts those after it.
    """

    def wait_until_next_start(instance: Any) -> float:
        task_seconds = monotonic() - instance._cp_last_run - instance._cp_last_wait_time
        remaining: float = max(0, wait_time - task_seconds)
        instance._cp_last_wait_time = remaining
        instance._cp_last_run = monotonic()
        return remaining

    return wait_until_next_start


def constant_throughput(task_runs_per_second: float) -> WaitTime:
    """Starts `task_runs_per_second` tasks a second and user, as long as they are short enough.

    Each task is one run however many requests it makes. Raises `ValueError` unless the rate is positive.
    """
    _require_positive("constant_throughput", task_runs_per_second)
    return constant_pacing(1 / task_runs_per_second)


def poisson(rate: float) -> WaitTime:
    """Waits for exponentially distributed times of 1/`rate` seconds on average, as independent visitors would.

    Raises `ValueError` unless the rate is positive.
    """
    _require_positive("poisson", rate)
    return lambda instance: random.expovariate(rate)


def _require_positive(function: str, rate: float) -> None:
    if rate <= 0 or rate != rate:
        raise ValueError(f"{function}() requires a positive rate, got: {rate}")
