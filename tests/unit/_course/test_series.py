"""The course of an endpoint's numbers."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locust._course.series import (
    LATENCY_BOUNDS_MS,
    Point,
    Series,
    as_columns,
    bucket_of,
    encode_columns,
    point_of_second,
    put_together,
)

PERCENTILES = (0.5, 0.95)
TIMES = st.lists(st.tuples(st.floats(0.01, 90_000), st.integers(1, 50)), min_size=1, max_size=20).map(sorted)


def second(number: int, elapsed_ms: float = 10.0, count: int = 4) -> Point:
    return point_of_second(number, (count, 1), [(elapsed_ms, count)], PERCENTILES, users=number)


def test_bounds_rise_by_the_same_factor() -> None:
    factors = [later / earlier for earlier, later in pairwise(LATENCY_BOUNDS_MS[1:])]

    assert LATENCY_BOUNDS_MS[0] == 0
    assert all(factor == pytest.approx(10 ** (1 / 20), rel=1e-4) for factor in factors)


@pytest.mark.parametrize(("elapsed_ms", "lower"), [(0, 0), (0.05, 0), (0.1, 0.1), (10, 10), (10.9, 10), (1e6, 1e5)])
def test_a_time_goes_into_the_bucket_below_whose_end_it_lies(elapsed_ms: float, lower: float) -> None:
    assert LATENCY_BOUNDS_MS[bucket_of(elapsed_ms)] == pytest.approx(lower)


def test_a_second_has_rates_average_percentiles_and_heat() -> None:
    point = point_of_second(7, (10, 2), [(1.0, 5), (3.0, 5)], PERCENTILES, users=3)

    assert (point.time, point.rps, point.failures_per_s, point.average_ms, point.users) == (7, 10, 2, 2.0, 3)
    assert point.percentiles_ms == (3.0, 3.0)
    assert point.heat == ((bucket_of(1.0), 5), (bucket_of(3.0), 5))


def test_a_second_without_requests_has_no_times() -> None:
    point = point_of_second(7, (0, 0), (), PERCENTILES, users=3)

    assert (point.average_ms, point.percentiles_ms, point.heat) == (None, None, ())


def test_points_come_back_as_they_went_in() -> None:
    series = Series(PERCENTILES)
    for number in range(3):
        series.append(second(number))

    assert series.points() == [second(number) for number in range(3)]
    assert [point.time for point in series.points(since=0)] == [1, 2]


def test_too_many_points_are_put_together_and_none_is_lost() -> None:
    series = Series(PERCENTILES, max_points=10)
    for number in range(27):
        series.append(second(number))

    points = series.points()

    assert series.step_s == 4
    assert [point.time for point in points] == [0, 4, 8, 12, 16, 20, 24]
    assert all(point.rps == pytest.approx(4) for point in points)
    assert points[-1].users == 26


def test_an_old_series_shrinks() -> None:
    series = Series(PERCENTILES)
    for number in range(100):
        series.append(second(number))

    series.shrink(30)

    points = series.points()
    assert (series.step_s, len(points)) == (4, 25)
    assert [point.time for point in points] == list(range(0, 100, 4))
    assert all(point.rps == pytest.approx(4) for point in points)


@given(st.lists(TIMES, min_size=2, max_size=5))
def test_points_put_together_are_exact_within_six_percent(seconds) -> None:
    points = [
        point_of_second(number, (sum(count for _, count in times), 0), times, PERCENTILES, users=1)
        for number, times in enumerate(seconds)
    ]
    together = put_together(points, PERCENTILES)
    everything = sorted(elapsed for times in seconds for elapsed, count in times for _ in range(count))

    assert together.rps * len(seconds) == pytest.approx(len(everything))
    assert together.average_ms == pytest.approx(sum(everything) / len(everything), rel=1e-6)
    assert together.percentiles_ms is not None
    for percentile, shown in zip(PERCENTILES, together.percentiles_ms, strict=True):
        # Rates are no whole numbers: the place may be the next one to either side.
        rank = int(len(everything) * percentile)
        near = everything[max(0, rank - 1) : rank + 2]
        assert any(math.isclose(shown, exact, rel_tol=0.0601) or exact < LATENCY_BOUNDS_MS[1] for exact in near)


@given(TIMES)
def test_heat_and_requests_agree(times) -> None:
    count = sum(each for _, each in times)
    point = point_of_second(0, (count, 0), times, PERCENTILES, users=1)

    assert sum(rate for _, rate in point.heat) == count


def test_columns_come_as_json_with_pauses_in_between() -> None:
    series = Series(PERCENTILES)
    for number in range(250):
        series.append(second(number) if number % 3 else point_of_second(number, (0, 0), (), PERCENTILES, users=0))
    pauses: list[None] = []

    texts = encode_columns(series.batches(), 2, has_heat=True, encode=json.dumps, pause=lambda: pauses.append(None))

    assert {name: json.loads(text) for name, text in texts.items()} == as_columns(series.points(), 2, has_heat=True)
    assert len(pauses) == 3


@pytest.mark.parametrize("has_heat", [True, False])
def test_no_points_are_empty_columns(has_heat: bool) -> None:
    texts = encode_columns((), 2, has_heat=has_heat, encode=json.dumps, pause=lambda: None)

    assert {name: json.loads(text) for name, text in texts.items()} == {
        **{name: [] for name in ("time", "rps", "failures_per_s", "average_ms", "users")},
        "percentiles_ms": [[], []],
        "heat": [] if has_heat else None,
    }


def test_what_is_being_read_stays_while_points_are_put_together() -> None:
    series = Series(PERCENTILES, max_points=250)
    for number in range(250):
        series.append(second(number))
    batches = series.batches()
    first = next(batches)

    for number in range(250, 300):
        series.append(second(number))

    assert [point.time for batch in (first, *batches) for point in batch] == list(range(250))


def test_columns_have_one_length_and_null_where_nothing_was() -> None:
    points = [second(1), point_of_second(2, (0, 0), (), PERCENTILES, users=0)]

    columns = as_columns(points, 2, has_heat=False)

    assert columns["average_ms"] == [10.0, None]
    assert columns["percentiles_ms"] == [[10.0, None], [10.0, None]]
    assert columns["heat"] is None


def test_a_thinned_series_keeps_its_requests_and_stays_as_it_is() -> None:
    series = Series(PERCENTILES)
    for number in range(10):
        series.append(second(number))

    step_s, points = series.thinned(4)

    assert (step_s, [point.time for point in points]) == (3, [0, 3, 6, 9])
    assert [point.rps for point in points] == [4, 4, 4, 4]
    assert len(series.points()) == 10
    assert series.thinned(10) == (1, series.points())
