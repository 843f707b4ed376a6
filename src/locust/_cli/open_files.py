"""The limit on open files: every connection is one, and the usual limit of 1024 is soon reached."""

from __future__ import annotations

import logging
from typing import Final

logger = logging.getLogger("locust.main")

# Below it a load test of any size fails; upstream's figure.
ENOUGH: Final = 10_000
# What to go for where there is no hard limit; kernels refuse much more.
UNLIMITED_MEANS: Final = 1_048_576
# The interpreter, its modules, logs and sockets of our own.
OWN_FILES: Final = 100


def raise_open_file_limit(num_users: int | None) -> None:
    """Raises this process's soft limit to the hard one, and warns when that is too low for `num_users`."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in limits_to_try(soft, hard, infinity=resource.RLIM_INFINITY):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):
            continue
        soft = wanted
        break
    if soft != resource.RLIM_INFINITY and (warning := warning_for(soft, num_users)):
        logger.warning("%s", warning)


def limits_to_try(soft: int, hard: int, *, infinity: int) -> list[int]:
    """Gives the soft limits to ask for, best first; none when there is nothing to gain."""
    if soft == infinity:
        return []
    goals = [UNLIMITED_MEANS, ENOUGH] if hard == infinity else [hard, min(hard, ENOUGH)]
    return [goal for goal in dict.fromkeys(goals) if goal > soft]


def warning_for(limit: int, num_users: int | None) -> str | None:
    """Says what is wrong with a limit, if anything is."""
    needed = max(ENOUGH, (num_users or 0) + OWN_FILES)
    if limit >= needed:
        return None
    return (
        f"Only {limit} files may be open at once, and each user needs one for its connection. Raise the hard limit to "
        f"{needed} (ulimit -Hn, or nofile in limits.conf), or expect 'Too many open files' with many users."
    )
