"""The course of one endpoint's numbers: a point a second, put together when there get too many. Pure."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

BUCKETS_A_DECADE: Final = 20
FIRST_BOUND_MS: Final = 0.1
# From 0.1 ms to 100 s.
LATENCY_BOUNDS_MS: Final = (
    0.0,
    *(round(FIRST_BOUND_MS * 10 ** (index / BUCKETS_A_DECADE), 6) for index in range(6 * BUCKETS_A_DECADE + 1)),
)
MAX_POINTS: Final = 3600

Heat = tuple[tuple[int, float], ...]
"""(index of a bucket, requests a second), without empty ones."""


@dataclass(frozen=True)
class Point:
    """A second of an endpoint, or several of them put together.

    Attributes:
        time: epoch seconds of its beginning.
        rps: requests a second.
        failures_per_s: failures a second.
        average_ms: None without response times.
        percentiles_ms: at the percentiles asked for; None without response times.
        users: all users that ran at its end.
        heat: requests a second by latency.
    """

    time: float
    rps: float
    failures_per_s: float
    average_ms: float | None
    percentiles_ms: tuple[float, ...] | None
    users: int
    heat: Heat


def bucket_of(elapsed_ms: float) -> int:
    """The heat map's bucket of a response time."""
    return bisect_right(LATENCY_BOUNDS_MS, elapsed_ms) - 1 if elapsed_ms > 0 else 0


def point_of_second(
    second: int, totals: tuple[int, int], times: Sequence[tuple[float, int]], percentiles: Sequence[float], users: int
) -> Point:
    """The point of one second.

    Args:
        second: its beginning.
        totals: requests and failures in it.
        times: response times in it, shortest first: (ms, count).
        percentiles: those wanted, rising.
        users: users at its end.
    """
    count = sum(each for _, each in times)
    if not count:
        return Point(second, totals[0], totals[1], None, None, users, ())
    average = sum(elapsed_ms * each for elapsed_ms, each in times) / count
    heat: dict[int, int] = {}
    for elapsed_ms, each in times:
        bucket = bucket_of(elapsed_ms)
        heat[bucket] = heat.get(bucket, 0) + each
    return Point(
        second, totals[0], totals[1], average, _percentiles(times, count, percentiles), users, tuple(heat.items())
    )


def put_together(points: Sequence[Point], percentiles: Sequence[float]) -> Point:
    """One point for neighbours of equal length; its percentiles come from the heat map's buckets."""
    length = len(points)
    rates: dict[int, float] = {}
    for point in points:
        for bucket, rate in point.heat:
            rates[bucket] = rates.get(bucket, 0) + rate / length
    heat = tuple(sorted(rates.items()))
    requests = sum(point.rps for point in points if point.average_ms is not None)
    average = None
    if requests:
        average = sum(point.average_ms * point.rps for point in points if point.average_ms is not None) / requests
    middles = [(_middle(bucket), rate) for bucket, rate in heat]
    return Point(
        time=points[0].time,
        rps=sum(point.rps for point in points) / length,
        failures_per_s=sum(point.failures_per_s for point in points) / length,
        average_ms=average,
        percentiles_ms=_percentiles(middles, sum(rates.values()), percentiles) if heat else None,
        users=points[-1].users,
        heat=heat,
    )


class Series:
    """The points of one endpoint, oldest first, in little memory.

    Attributes:
        step_s: seconds that a point stands for.
    """

    def __init__(self, percentiles: Sequence[float], max_points: int = MAX_POINTS) -> None:
        self.step_s = 1
        self._max_points = max_points
        self._percentiles = tuple(percentiles)
        self._columns = _Columns(len(self._percentiles))
        self._pending: list[Point] = []

    def append(self, point: Point) -> None:
        """Adds the next second."""
        self._pending.append(point)
        if len(self._pending) < self.step_s:
            return
        self._columns.append(self._merged_pending())
        self._pending.clear()
        if len(self._columns) > self._max_points:
            self._halve()

    def shrink(self, max_points: int) -> None:
        """Puts neighbours together until there are no more points than that."""
        self._max_points = max_points
        while len(self._columns) > max_points:
            self._halve()

    def points(self, since: float | None = None) -> list[Point]:
        """The points that begin after a time, or all."""
        found = list(self._columns.points(since))
        if self._pending and (since is None or self._pending[0].time > since):
            found.append(self._merged_pending())
        return found

    def thinned(self, max_points: int) -> tuple[int, list[Point]]:
        """How many seconds a point stands for, and at most that many points; the series stays as it is."""
        points = self.points()
        factor = -(-len(points) // max_points) or 1
        if factor > 1:
            starts = range(0, len(points), factor)
            points = [put_together(points[start : start + factor], self._percentiles) for start in starts]
        return self.step_s * factor, points

    def _merged_pending(self) -> Point:
        return self._pending[0] if len(self._pending) == 1 else put_together(self._pending, self._percentiles)

    def _halve(self) -> None:
        points = list(self._columns.points(None))
        self.step_s *= 2
        self._columns = _Columns(len(self._percentiles))
        for index in range(0, len(points) - 1, 2):
            self._columns.append(put_together(points[index : index + 2], self._percentiles))
        if len(points) % 2:
            # The last one waits for a neighbour, as the seconds that it stands for.
            self._pending = [points[-1]] * (self.step_s // 2) + self._pending


class _Columns:
    """Points as arrays of plain numbers; `nan` stands for None."""

    def __init__(self, percentile_count: int) -> None:
        self._time = array("d")
        self._numbers = tuple(array("f") for _ in range(3 + percentile_count))
        self._users = array("l")
        self._heat: list[bytes] = []

    def __len__(self) -> int:
        return len(self._time)

    def append(self, point: Point) -> None:
        self._time.append(point.time)
        percentiles = point.percentiles_ms or (math.nan,) * (len(self._numbers) - 3)
        average = math.nan if point.average_ms is None else point.average_ms
        for column, value in zip(self._numbers, (point.rps, point.failures_per_s, average, *percentiles), strict=True):
            column.append(value)
        self._users.append(point.users)
        buckets = bytes(bucket for bucket, _ in point.heat)
        self._heat.append(buckets + array("f", (rate for _, rate in point.heat)).tobytes())

    def points(self, since: float | None) -> Iterable[Point]:
        first = 0 if since is None else bisect_right(self._time, since)
        rps, failures, average, *percentiles = self._numbers
        for index in range(first, len(self._time)):
            has_times = not math.isnan(average[index])
            yield Point(
                time=self._time[index],
                rps=rps[index],
                failures_per_s=failures[index],
                average_ms=average[index] if has_times else None,
                percentiles_ms=tuple(column[index] for column in percentiles) if has_times else None,
                users=self._users[index],
                heat=_read_heat(self._heat[index]),
            )


def _read_heat(packed: bytes) -> Heat:
    # One byte and one float a bucket.
    count = len(packed) // 5
    return tuple(zip(packed[:count], array("f", packed[count:]), strict=True))


def _percentiles(times: Sequence[tuple[float, float]], count: float, percentiles: Sequence[float]) -> tuple[float, ...]:
    """The times at place `int(count * percentile)`, of (time, count) shortest first."""
    found: list[float] = []
    seen = 0.0
    position = 0
    for percentile in percentiles:
        rank = min(count * percentile, count * (1 - 1e-9))
        while position < len(times) - 1 and seen + times[position][1] <= rank:
            seen += times[position][1]
            position += 1
        found.append(times[position][0])
    return tuple(found)


def _middle(bucket: int) -> float:
    """What a bucket's times are taken for."""
    lower = LATENCY_BOUNDS_MS[bucket]
    if bucket == 0:
        return FIRST_BOUND_MS / 2
    return float(lower * 10 ** (0.5 / BUCKETS_A_DECADE))


def as_columns(points: Sequence[Point], percentile_count: int, *, has_heat: bool) -> dict[str, Any]:
    """Points as the API gives them."""
    return {
        "time": [point.time for point in points],
        "rps": [_short(point.rps) for point in points],
        "failures_per_s": [_short(point.failures_per_s) for point in points],
        "average_ms": [_short(point.average_ms) for point in points],
        "percentiles_ms": [
            [None if point.percentiles_ms is None else _short(point.percentiles_ms[index]) for point in points]
            for index in range(percentile_count)
        ],
        "users": [point.users for point in points],
        "heat": [shown_heat(point.heat) for point in points] if has_heat else None,
    }


def shown_heat(heat: Heat) -> list[list[float]]:
    """A column of the heat map as the API gives it."""
    return [[bucket, round(rate, 3)] for bucket, rate in heat]


def _short(value: float | None) -> float | None:
    """Without the digits that a small float doesn't have."""
    return None if value is None else float(f"{value:.6g}")
