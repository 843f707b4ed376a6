"""Points and spans of time, as text."""

from __future__ import annotations

from datetime import datetime, timezone


def format_utc_timestamp(unix_timestamp: float) -> str:
    """ISO 8601 in UTC, whole seconds: `2023-11-14T22:13:20Z`."""
    return _utc(unix_timestamp).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_safe_timestamp(unix_timestamp: float) -> str:
    """UTC to the minute, fit for file names: `2023-11-14-22h13`."""
    return _utc(unix_timestamp).strftime("%Y-%m-%d-%Hh%M")


def format_duration(start_time: float, end_time: float) -> str:
    """The time between two timestamps in words, without fractions: `1 hour, 2 minutes and 5 seconds`."""
    seconds = max(0, int(end_time - start_time))
    parts = []
    for unit, unit_seconds in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, unit_seconds)
        if count:
            parts.append(f"{count} {unit}" if count == 1 else f"{count} {unit}s")
    if not parts:
        return "0 seconds"
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _utc(unix_timestamp: float) -> datetime:
    return datetime.fromtimestamp(int(unix_timestamp), tz=timezone.utc)
