"""Trying again."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


def retry(
    delays: Sequence[float] = (1, 3, 5), exception: type[Exception] = Exception
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Makes a function that fails be called again, after each of `delays` seconds; the last failure is raised.

    Args:
        delays: seconds before the second call, the third…
        exception: what to try again after; anything else is raised at once.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @functools.wraps(function)
        def trying(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            for attempt, delay in enumerate(delays, start=1):
                try:
                    return function(*args, **kwargs)
                except exception as error:
                    logger.info("Exception found on retry %d: -- retry after %ds", attempt, delay)
                    logger.exception(error)
                    time.sleep(delay)
            try:
                return function(*args, **kwargs)
            except exception:
                logger.info("Retry failed after %d times.", len(delays))
                raise

        return trying

    return decorate
