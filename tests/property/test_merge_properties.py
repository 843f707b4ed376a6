"""Counting in several places and adding up is counting in one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locust.stats import RequestStats, StatsEntry

# (which worker, name, response time, when)
events = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from("abc"), st.none() | st.integers(1, 90_000), st.integers(1_000, 1_050)),
    max_size=60,
)


def numbers_of(entry: StatsEntry) -> dict[str, Any]:
    return {**entry.serialize(), "start_time": None, "quantiles": [entry.quantile(q / 10) for q in range(11)]}


def count(stats: RequestStats, name: str, elapsed_ms: float | None, at: int) -> None:
    stats.recorder.count("GET", name, elapsed_ms, 10, float(at))
    if elapsed_ms is None:
        stats.recorder.count_failure("GET", name, f"no {name}", float(at))


@given(events)
def test_entries_of_workers_add_up_to_those_of_one_process(
    events: list[tuple[int, str, int | None, int]],
) -> None:
    workers = [RequestStats() for _ in range(3)]
    alone, merged = RequestStats(), RequestStats()
    for worker, name, elapsed_ms, at in sorted(events, key=lambda event: event[3]):
        count(workers[worker], name, elapsed_ms, at)
        count(alone, name, elapsed_ms, at)

    for worker in workers:
        for key, entry in worker.entries.items():
            merged.entries[key].extend(entry)
        merged.total.extend(worker.total)

    assert sorted(merged.entries) == sorted(alone.entries)
    for key, entry in alone.entries.items():
        assert numbers_of(merged.entries[key]) == numbers_of(entry)
    assert numbers_of(merged.total) == numbers_of(alone.total)


@given(events)
def test_reports_of_workers_add_up_within_their_buckets(events: list[tuple[int, str, int | None, int]]) -> None:
    stats, merged = RequestStats(), RequestStats()
    for _, name, elapsed_ms, at in sorted(events, key=lambda event: event[3]):
        count(stats, name, elapsed_ms, at)
    median = stats.total.get_response_time_percentile(0.5)

    merged.total.extend(StatsEntry.unserialize(stats.total.get_stripped_report(), None))

    # Upstream's buckets are what goes over the wire: two significant digits.
    assert merged.total.get_response_time_percentile(0.5) == pytest.approx(median, rel=0.06, abs=0.51)
    assert stats.total.num_requests == 0
