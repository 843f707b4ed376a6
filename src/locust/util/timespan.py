"""Spans of time as people write them: `90`, `90s`, `1h30m`."""

from __future__ import annotations

import re

_UNIT_SECONDS = {"hours": 3600, "minutes": 60, "seconds": 1}
_TIMESPAN = re.compile(r"(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?(?:(?P<seconds>\d+)s)?")


def parse_timespan(time_str: str) -> int:
    """Gives the seconds in `time_str`.

    Args:
        time_str: whole seconds, or hours, minutes and seconds in this order, each at most once: `20`, `20s`, `1h20m`.

    Raises:
        ValueError: it is written in no such way.
    """
    if not time_str:
        raise ValueError("Invalid time span format")
    if re.fullmatch(r"\d+", time_str):
        return int(time_str)
    parts = _TIMESPAN.fullmatch(time_str)
    if parts is None:
        raise ValueError("Invalid time span format. Valid formats: 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc.")
    return sum(_UNIT_SECONDS[unit] * int(count) for unit, count in parts.groupdict("0").items())
