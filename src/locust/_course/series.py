"""The course of one endpoint's numbers: a point a second, put together when there get too many. Pure."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

BUCKETS_A_DECADE: Final = 20
FIRST_BOUND_MS: Final = 0.1
# From 0.1 ms to 100 s.
LATENCY_BOUNDS_MS: Final = (
    0.0,
    *(round(FIRST_BOUND_MS * 10 ** (index / BUCKETS_A_DECADE), 6) for index in range(6 * BUCKETS_A_DECADE + 1)),
)
MAX_POINTS: Final = 3600
# Points that are dealt with at once.
BATCH: Final = 100

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

    Args:
        percentiles: those that points have.
        max_points: more are put together.
        pause: called now and then during what takes long, so that others get their turn.
    """

    def __init__(
        self, percentiles: Sequence[float], max_points: int = MAX_POINTS, pause: Callable[[], object] = lambda: None
    ) -> None:
        self.step_s = 1
        self._pause = pause
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
            self._thin(2)

    def shrink(self, max_points: int) -> None:
        """Puts neighbours together so that there are no more points than that."""
        self._max_points = max_points
        if len(self._columns) > max_points:
            self._thin(-(-len(self._columns) // max_points))

    def points(self, since: float | None = None) -> list[Point]:
        """The points that begin after a time, or all."""
        return [point for batch in self.batches(since) for point in batch]

    def batches(self, since: float | None = None) -> Iterator[list[Point]]:
        """`points`, some at a time: as they are at the beginning, whatever happens in between."""
        columns, pending = self._columns.points(since), self._pending_points(since)
        while batch := list(islice(columns, BATCH)):
            yield batch
        if pending:
            yield pending

    def _pending_points(self, since: float | None = None) -> list[Point]:
        """The point that isn't complete yet, if there is one."""
        if self._pending and (since is None or self._pending[0].time > since):
            return [self._merged_pending()]
        return []

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

    def _thin(self, factor: int) -> None:
        """Puts so many neighbours together, everywhere."""
        thinned = _Columns(len(self._percentiles))
        left: list[Point] = []
        points = self._columns.points(None)
        while batch := list(islice(points, max(1, BATCH // factor) * factor)):
            whole = len(batch) - len(batch) % factor
            for index in range(0, whole, factor):
                thinned.append(put_together(batch[index : index + factor], self._percentiles))
            # The last ones wait for neighbours, as the seconds that they stand for.
            left = [point for point in batch[whole:] for _ in range(self.step_s)]
            self._pause()
        self._columns = thinned
        self._pending = left + self._pending
        self.step_s *= factor


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

    def points(self, since: float | None) -> Iterator[Point]:
        first = 0 if since is None else bisect_right(self._time, since)
        return self._points_between(first, len(self._time))

    def _points_between(self, first: int, end: int) -> Iterator[Point]:
        rps, failures, average, *percentiles = self._numbers
        for index in range(first, end):
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


def encode_columns(
    batches: Iterable[list[Point]],
    percentile_count: int,
    *,
    has_heat: bool,
    encode: Callable[[Any], str],
    pause: Callable[[], object],
) -> dict[str, str]:
    """`as_columns`, each column as JSON, with pauses in between."""
    plain: dict[str, list[str]] = {}
    percentiles: list[list[str]] = [[] for _ in range(percentile_count)]
    for batch in batches:
        columns = as_columns(batch, percentile_count, has_heat=has_heat)
        for texts, column in zip(percentiles, columns.pop("percentiles_ms"), strict=True):
            texts.append(encode(column)[1:-1])
        for name, column in columns.items():
            plain.setdefault(name, []).append("" if column is None else encode(column)[1:-1])
        pause()
    found = {name: f"[{','.join(plain.get(name, ()))}]" for name in as_columns((), 0, has_heat=True)}
    lists = ",".join("[" + ",".join(texts) + "]" for texts in percentiles)
    found["percentiles_ms"] = f"[{lists}]"
    return found if has_heat else {**found, "heat": "null"}
