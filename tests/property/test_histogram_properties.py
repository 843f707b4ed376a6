"""Percentiles against exact ones, through all layers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locust import _native

durations_ms = st.lists(
    st.one_of(st.floats(0.001, 0.5), st.floats(0.5, 100), st.floats(100, 3_600_000), st.integers(1, 60_000).map(float)),
    min_size=1,
    max_size=200,
)


def entry_of(durations: list[float]) -> _native.Entry:
    entry = _native.Entry()
    for elapsed_ms in durations:
        entry.count(elapsed_ms, 1, 1000.0)
    return entry


@given(durations_ms, st.floats(0, 1))
def test_a_percentile_is_within_half_a_percent_of_the_exact_one(durations: list[float], percent: float) -> None:
    rank = min(int(len(durations) * percent), len(durations) - 1)

    found = entry_of(durations).quantile(percent)

    # Half a microsecond: what is between two microseconds is rounded.
    assert found == pytest.approx(sorted(durations)[rank], rel=0.005, abs=0.000501)


@given(durations_ms)
def test_the_shortest_and_the_longest_are_exact(durations: list[float]) -> None:
    entry = entry_of(durations)

    assert (entry.min_response_time, entry.max_response_time) == (min(durations), max(durations))
    assert (entry.quantile(0.0), entry.quantile(1.0)) == (min(durations), max(durations))


@given(durations_ms)
def test_a_histogram_survives_its_bytes(durations: list[float]) -> None:
    entry, other = entry_of(durations), _native.Entry()

    other.decode_histogram(entry.encode_histogram())

    assert other.encode_histogram() == entry.encode_histogram()
    shown = [elapsed_ms for elapsed_ms, count in other.response_counts() for _ in range(count)]
    assert shown == pytest.approx(sorted(durations), rel=0.005, abs=0.000501)


@given(st.lists(st.integers(0, 4_000_000_000), min_size=1, max_size=32))
def test_few_response_times_are_kept_as_they_were(durations_us: list[int]) -> None:
    entry = entry_of([elapsed_us / 1000 for elapsed_us in durations_us])

    assert entry.response_counts() == [(us / 1000, durations_us.count(us)) for us in sorted(set(durations_us))]


@given(st.binary(max_size=300))
def test_rubbish_is_refused_without_a_trace(rubbish: bytes) -> None:
    entry = entry_of([1.0])
    before = entry.response_counts()

    try:
        entry.decode_histogram(rubbish)
    except ValueError:
        assert entry.response_counts() == before
    else:
        assert entry.encode_histogram() == rubbish
