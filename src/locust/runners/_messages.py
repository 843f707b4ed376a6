"""What other nodes say, checked before anybody acts on it: a message may come from a broken node, or from no node.

Foreign workers (Locust 2.47, boomer, locust4j) leave things out; what is taken as given then is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from locust._native import Snapshot
from locust.runners._reports import CLOCK_AHEAD, EXTENSION, NUMBER, RUN
from locust.runners._state import (
    STATE_CLEANUP,
    STATE_INIT,
    STATE_MISSING,
    STATE_RUNNING,
    STATE_SPAWNING,
    STATE_STOPPED,
    STATE_STOPPING,
)

MOST_USERS: Final = 2**31
MOST_CLASSES: Final = 100_000
LONGEST_TEXT: Final = 100_000
LONGEST_LINE: Final = 10_000
MOST_LINES: Final = 500
STATES: Final = frozenset(
    {STATE_INIT, STATE_SPAWNING, STATE_RUNNING, STATE_CLEANUP, STATE_STOPPING, STATE_STOPPED, STATE_MISSING}
)

_COUNTS: Final = frozenset({"num_requests", "num_none_requests", "num_failures"})
_MOMENTS: Final = ("last_request_timestamp", "start_time")
_AMOUNTS: Final = frozenset({"total_response_time", "max_response_time", "total_content_length"})
_HISTOGRAMS: Final = frozenset({"response_times", "num_reqs_per_sec", "num_fail_per_sec"})


class MalformedError(ValueError):
    """A message that can't be acted on; says what was wanted and what was found."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A worker lives."""

    state: str
    cpu_usage: float
    memory_usage: int
    is_ours: bool
    clock_ahead_seconds: float


@dataclass(frozen=True, slots=True)
class Job:
    """What a master wants of a worker: users by class, and how."""

    timestamp: float
    users: dict[str, int]
    host: str | None
    stop_timeout: float
    options: dict[str, Any]
    run: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """User code raised on a worker."""

    message: str
    traceback: str


def heartbeat_of(data: Any) -> Heartbeat:
    """Reads a heartbeat; locust4j sends none of the memory."""
    fields = _mapping("heartbeat", data)
    state = fields.get("state")
    if not isinstance(state, str) or state not in STATES:
        raise MalformedError(f"heartbeat: no state of a worker: {state!r:.100}")
    cpu_usage = _number("current_cpu_usage", fields.get("current_cpu_usage") or 0.0)
    memory_usage = _number("current_memory_usage", fields.get("current_memory_usage") or 0)
    ahead_seconds = _number(CLOCK_AHEAD, fields.get(CLOCK_AHEAD) or 0.0)
    return Heartbeat(state, cpu_usage, int(memory_usage), EXTENSION in fields, ahead_seconds)


def users_of(data: Any) -> dict[str, int]:
    """Reads the users by class, as they are in a report or after spawning."""
    counts = _mapping("user_classes_count", _mapping("message", data).get("user_classes_count"))
    if len(counts) > MOST_CLASSES:
        raise MalformedError(f"user_classes_count: {len(counts)} classes, more than {MOST_CLASSES}")
    users = {name: _whole(count) for name, count in counts.items()}
    for name, count in users.items():
        if not isinstance(name, str) or not _is_integer(count) or not 0 <= count <= MOST_USERS:
            raise MalformedError(f"user_classes_count: no class and number of users: {name!r:.100}: {count!r:.100}")
    return users


def has_users(report: Mapping[str, Any]) -> bool:
    """Whether a report says which users run; those of old foreign workers don't."""
    return "user_classes_count" in report


def job_of(data: Any) -> Job:
    """Reads a spawn message; masters of other make may leave out what isn't about users."""
    fields = _mapping("spawn", data)
    host = fields.get("host")
    run = fields.get(RUN)
    return Job(
        _number("timestamp", fields.get("timestamp")),
        users_of(fields),
        None if host is None else _text("host", host),
        _number("stop_timeout", fields.get("stop_timeout") or 0.0),
        _mapping("parsed_options", fields.get("parsed_options") or {}),
        None if run is None else _number(RUN, run),
    )


def user_count_of(data: Any) -> int:
    """Reads how many users all workers run."""
    count = _mapping("spawning_complete", data).get("user_count")
    if not isinstance(count, int) or not _is_count(count):
        raise MalformedError(f"user_count: no number of users: {count!r:.100}")
    return count


def trouble_of(data: Any) -> Trouble:
    """Reads an exception."""
    fields = _mapping("exception", data)
    return Trouble(_text("msg", fields.get("msg")), _text("traceback", fields.get("traceback")))


def logs_of(data: Any) -> dict[str, Any]:
    """Reads log lines."""
    fields = _mapping("logs", data)
    lines = fields.get("logs")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise MalformedError("logs: no list of lines")
    kept = [line[:LONGEST_LINE] for line in lines[-MOST_LINES:]]
    return {"worker_id": _text("worker_id", fields.get("worker_id")), "logs": kept}


def check_report(data: Any) -> None:
    """Checks a report of statistics as upstream writes it; reads the bytes that our own workers send instead.

    What foreign workers write in another way, but clearly, is put into upstream's.
    """
    fields = _mapping("stats", data)
    if has_users(fields):
        users_of(fields)
    if "snapshot" in fields:
        fields["snapshot"] = _snapshot_of(fields["snapshot"])
        return
    rows = fields.get("stats")
    if not isinstance(rows, list):
        raise MalformedError(f"stats: no list of entries, but a {type(rows).__name__}")
    for row in rows:
        _check_entry(row)
    _check_entry(fields.get("stats_total"))
    for key, error in _mapping("errors", fields.get("errors")).items():
        row = _mapping("error", error)
        if not isinstance(key, str) or not _is_count(row.get("occurrences")):
            raise MalformedError(f"errors: no key and number of occurrences: {error!r:.100}")
        if row.get("error") is not None:
            row["error"] = str(row["error"])
        for name in ("method", "name", "error"):
            _text(name, row.get(name))
        for name in ("first_seen", "last_seen"):
            if row.get(name) is not None:
                _number(name, row[name])


def number_of(data: Mapping[str, Any]) -> int | None:
    """Reads a report's number; foreign workers give none."""
    number = data.get(NUMBER)
    if number is not None and (not _is_integer(number) or not 0 < number < 2**53):
        raise MalformedError(f"{NUMBER}: no number of a report: {number!r:.100}")
    return number


def _snapshot_of(encoded: Any) -> Snapshot:
    try:
        return Snapshot.decode(encoded)
    except (TypeError, ValueError) as error:
        raise MalformedError(f"snapshot: {error}") from error


def _check_entry(data: Any) -> None:
    entry = _mapping("entry of statistics", data)
    for name in ("name", "method"):
        _text(name, entry.get(name))
    # As upstream does: what isn't there is as in an entry that nothing was counted in.
    for name in entry.keys() & _COUNTS:
        entry[name] = _whole(entry[name])
        if not _is_count(entry[name]):
            raise MalformedError(f"{name}: no count: {entry[name]!r:.100}")
    for name in entry.keys() & _AMOUNTS:
        _number(name, entry[name])
    for name in (*_MOMENTS, "min_response_time"):
        if entry.get(name) is not None:
            _number(name, entry[name])
    for name in entry.keys() & _HISTOGRAMS:
        counts = entry[name] = {place: _whole(count) for place, count in _mapping(name, entry[name]).items()}
        for place, count in counts.items():
            if not _is_count(count) or not _is_number(place):
                raise MalformedError(f"{name}: no number and count: {place!r:.100}: {count!r:.100}")


def _whole(value: Any) -> Any:
    """A float without a fraction as the integer that it is; everything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _mapping(what: str, data: Any) -> dict[Any, Any]:
    if not isinstance(data, dict):
        raise MalformedError(f"{what}: no map, but a {type(data).__name__}")
    return data


def _text(what: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise MalformedError(f"{what}: no text of reasonable length, but a {type(value).__name__}")
    return value


def _number(what: str, value: Any) -> float:
    if not _is_number(value):
        raise MalformedError(f"{what}: no number: {value!r:.100}")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) and abs(value) < 2**62


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_integer(value) and 0 <= value < 2**62
