"""Remembering what is dear to compute."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar, cast

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Memoized(Generic[Arguments, Result]):
    """The type of what `memoize` makes."""

    clear_cache: Callable[[], None]

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result: ...  # type: ignore[empty-body]


def memoize(
    timeout: float, dynamic_timeout: bool = False
) -> Callable[[Callable[Arguments, Result]], Memoized[Arguments, Result]]:
    """Makes a function give its last result again for `timeout` seconds, whatever its arguments.

    Args:
        timeout: seconds.
        dynamic_timeout: doubles the timeout whenever computing took longer than it, and halves it again, down to
            where it began, when computing took less than a quarter.

    The decorated function has `clear_cache()`.
    """

    def decorate(function: Callable[Arguments, Result]) -> Memoized[Arguments, Result]:
        results: list[Result] = []
        computed_at = 0.0
        current_timeout = timeout

        @functools.wraps(function)
        def remembering(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            nonlocal computed_at, current_timeout
            began = time.monotonic()
            if not results or began - computed_at >= current_timeout:
                results[:] = [function(*args, **kwargs)]
                computed_at = time.monotonic()
                if dynamic_timeout:
                    current_timeout = _adapt(current_timeout, floor=timeout, took=computed_at - began)
            return results[0]

        memoized = cast("Any", remembering)
        memoized.clear_cache = results.clear
        return cast("Memoized[Arguments, Result]", memoized)

    return decorate


def _adapt(timeout: float, *, floor: float, took: float) -> float:
    if took > timeout:
        return timeout * 2
    if took < timeout / 4:
        return max(floor, timeout / 2)
    return timeout
