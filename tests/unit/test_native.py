"""The statistics' snapshots and reports as Python sees them; `crates/locust-stats` tests the numbers themselves."""

from __future__ import annotations

import pytest

from locust import _native


def recorder_of(*elapsed_ms: float, name: str = "/a") -> _native.Recorder:
    recorder = _native.Recorder(0.0)
    for second, elapsed in enumerate(elapsed_ms, start=100):
        recorder.count("GET", name, elapsed, 10, float(second))
    return recorder


def test_a_snapshot_stays_what_it_was() -> None:
    recorder = recorder_of(5, 7)
    snapshot = recorder.snapshot()

    recorder.count("GET", "/a", 9, 10, 200.0)

    assert snapshot.total.num_requests == 2
    assert [(method, name, entry.num_requests) for method, name, entry in snapshot.entries()] == [("GET", "/a", 2)]


def test_entries_of_a_snapshot_belong_to_the_reader() -> None:
    snapshot = recorder_of(5).snapshot()

    snapshot.entries()[0][2].num_requests = 99

    assert snapshot.entries()[0][2].num_requests == 1


def test_reports_of_two_workers_make_the_masters_numbers() -> None:
    master = _native.Recorder(0.0)
    one, two = recorder_of(5, 7), recorder_of(400, 900, name="/b")
    two.count_failure("GET", "/b", "no", 101.0)

    for worker in (one, two):
        master.merge_report(worker.take_report())
    one.count("GET", "/a", 6, 10, 103.0)
    master.merge_report(one.take_report())

    assert master.total.num_requests == 5
    assert (master.total.min_response_time, master.total.max_response_time) == (5, 900)
    assert [(name, entry.num_requests) for _, name, entry in master.entries()] == [("/a", 3), ("/b", 2)]
    assert [(text, error.occurrences) for _, _, text, error in master.errors()] == [("no", 1)]
    assert master.total.recent_seconds(after=101) == [(103, [(6, 1)])]


def test_a_report_without_news_is_small() -> None:
    recorder = recorder_of(*range(1000))
    recorder.take_report()

    assert len(recorder.take_report()) < 60


def test_a_report_after_a_reset_tells_what_came_after_it() -> None:
    recorder = recorder_of(5, 7, 9)
    recorder.take_report()
    recorder.reset(200.0)
    recorder.count("GET", "/a", 6, 10, 201.0)

    report = _native.Snapshot.decode(recorder.take_report())

    assert (report.total.num_requests, report.total.min_response_time) == (1, 6)


def test_snapshots_add_up() -> None:
    recorder = recorder_of(5, 7)
    earlier = recorder.snapshot()
    recorder.count("GET", "/a", 3, 10, 105.0)
    later = recorder.snapshot()

    assert later != earlier
    assert earlier.merged(later.since(earlier)) == later
    assert _native.Snapshot.decode(later.encode()) == later


@pytest.mark.parametrize("encoded", [b"", b"\x07", b"\x01\xff", recorder_of(5).take_report() + b"\0"])
def test_what_is_no_report_changes_nothing(encoded: bytes) -> None:
    master = recorder_of(5)
    before = master.snapshot()

    with pytest.raises(ValueError, match=r"snapshot (ends|has)"):
        master.merge_report(encoded)

    assert master.snapshot() == before


def test_a_report_that_would_take_too_much_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="100 bytes"):
        _native.Recorder(0.0).merge_report(recorder_of(5).take_report(), limit_bytes=100)


def test_a_longer_heat_map_is_remembered_when_asked_for() -> None:
    entry = _native.Entry()
    entry.remember_recent(60)

    for second in range(100, 200):
        entry.count(5, 10, second)

    assert [second for second, _ in entry.recent_seconds(after=150)] == list(range(151, 200))
