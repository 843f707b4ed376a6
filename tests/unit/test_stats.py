"""Upstream's statistics, seen in Locust 2.47.0 unless a test says it is better here."""

from __future__ import annotations

import copy
import logging
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from locust import stats
from locust.event import Events
from locust.exception import CatchResponseError, ResponseError
from locust.stats import CachedResponseTimes, RequestStats, StatsEntry, StatsError


class Clock:
    def __init__(self) -> None:
        self.now = 2000.25

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(stats.time, "time", clock)
    return clock


@pytest.fixture
def request_stats(clock: Clock) -> RequestStats:
    return RequestStats()


@pytest.fixture
def entry(request_stats: RequestStats) -> StatsEntry:
    return StatsEntry(request_stats, "/a", "GET", use_response_times_cache=True)


@pytest.fixture
def restored_buckets() -> Iterator[None]:
    original = stats.bucket_response_time
    yield
    stats.bucket_response_time = original


# --- entries


def test_a_request_counts_under_its_name_and_in_the_total(request_stats: RequestStats, clock: Clock) -> None:
    request_stats.log_request("GET", "/a", 12.6, 100)
    clock.now += 2
    request_stats.log_request("GET", "/a", None, 0)
    request_stats.log_error("GET", "/a", ValueError("x"))

    assert request_stats.entries[("/a", "GET")].serialize() == {
        "name": "/a",
        "method": "GET",
        "last_request_timestamp": 2002.25,
        "start_time": 2000.25,
        "num_requests": 2,
        "num_none_requests": 1,
        "num_failures": 1,
        "total_response_time": 12.6,
        "max_response_time": 12.6,
        "min_response_time": 12.6,
        "total_content_length": 100,
        "response_times": {13: 1},
        "num_reqs_per_sec": {2000: 1, 2002: 1},
        "num_fail_per_sec": {2002: 1},
    }
    assert (request_stats.num_requests, request_stats.num_none_requests, request_stats.num_failures) == (2, 1, 1)
    assert (request_stats.start_time, request_stats.last_request_timestamp) == (2000.25, 2002.25)


def test_an_entry_is_made_when_asked_for_and_always_the_same(request_stats: RequestStats) -> None:
    assert ("/a", "GET") not in request_stats.entries

    made = request_stats.get("/a", "GET")
    request_stats.log_request("GET", "/a", 1, 1)

    assert made is request_stats.entries[("/a", "GET")] is request_stats.entries.get(("/a", "GET"))
    assert (len(request_stats.entries), list(request_stats.entries), made.num_requests) == (1, [("/a", "GET")], 1)


def test_entries_are_a_dict_that_shows_what_came_meanwhile(request_stats: RequestStats) -> None:
    entries = request_stats.entries

    request_stats.log_request("GET", "/a", 1, 1)
    request_stats.log_request("GET", "/b", 1, 1)

    assert isinstance(entries, dict)
    assert [entry.name for entry in entries.values()] == ["/a", "/b"]
    assert dict(entries) == entries == {**entries} == entries.copy()
    assert [key for key, _ in entries.items()] == [("/a", "GET"), ("/b", "GET")]


def test_an_entry_put_in_is_counted_into(request_stats: RequestStats) -> None:
    request_stats.log_request("GET", "/a", 1, 1)
    own = StatsEntry(request_stats, "/a", "GET")

    request_stats.entries[("/a", "GET")] = own
    request_stats.log_request("GET", "/a", 1, 1)

    assert request_stats.entries[("/a", "GET")] is own
    assert own.num_requests == 1


def test_an_entry_taken_out_begins_anew(request_stats: RequestStats) -> None:
    for name in ("/a", "/b"):
        request_stats.log_request("GET", name, 1, 1)

    taken = request_stats.entries.pop(("/a", "GET"))
    request_stats.log_request("GET", "/a", 1, 1)

    assert list(request_stats.entries) == [("/b", "GET"), ("/a", "GET")]
    assert (taken.num_requests, request_stats.get("/a", "GET").num_requests) == (1, 1)
    assert request_stats.get("/a", "GET") is not taken


def test_a_total_put_in_is_counted_into(request_stats: RequestStats) -> None:
    own = StatsEntry(request_stats, "Aggregated", "")

    request_stats.total = own
    request_stats.log_request("GET", "/a", 1, 1)

    assert (own.num_requests, request_stats.num_requests) == (1, 1)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("num_requests", 7),
        ("num_none_requests", 7),
        ("num_failures", 7),
        ("total_response_time", 7.5),
        ("min_response_time", None),
        ("max_response_time", 7.5),
        ("total_content_length", 7),
        ("start_time", 7.5),
        ("last_request_timestamp", None),
        ("response_times", {5: 2, 100: 1}),
        ("num_reqs_per_sec", {1999: 3}),
        ("num_fail_per_sec", {1999: 3}),
        ("name", "/other"),
        ("anything_else", object()),
    ],
)
def test_every_attribute_may_be_assigned(entry: StatsEntry, attribute: str, value: Any) -> None:
    entry.log(5, 5)

    setattr(entry, attribute, value)

    assert getattr(entry, attribute) == value


def test_counts_may_be_changed_in_place(entry: StatsEntry) -> None:
    entry.log(5, 5)

    entry.response_times[5] += 2
    entry.num_reqs_per_sec[1990] += 3
    entry.num_fail_per_sec[1990] = 1
    del entry.num_reqs_per_sec[2000]

    assert (entry.response_times, entry.num_reqs_per_sec, entry.num_fail_per_sec) == ({5: 3}, {1990: 3}, {1990: 1})


def test_looking_for_a_second_does_not_count_it(entry: StatsEntry) -> None:
    assert entry.num_reqs_per_sec[1] == 0
    assert entry.num_reqs_per_sec == {}


def test_what_has_no_name_of_text_gets_one(request_stats: RequestStats) -> None:
    request_stats.recorder(request_type=None, name=5, response_time=1, response_length=None)

    assert list(request_stats.entries) == [("5", "None")]


def test_a_name_that_is_no_unicode_is_counted(request_stats: RequestStats) -> None:
    request_stats.log_request("GET", "/\udc80", 1, 1)

    assert request_stats.num_requests == 1


def test_names_beyond_the_limit_are_counted_together_with_one_warning(
    request_stats: RequestStats, caplog: pytest.LogCaptureFixture
) -> None:
    request_stats.recorder.max_entries = 2

    for number in range(5):
        request_stats.log_request("GET", f"/{number}", 1, 1)
        assert request_stats.entries

    counts = {key: entry.num_requests for key, entry in request_stats.entries.items()}
    assert counts == {("/0", "GET"): 1, ("/1", "GET"): 1, ("(more names)", ""): 3}
    assert request_stats.get("/new", "GET") is request_stats.entries[("(more names)", "")]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "More than 2 different request names" in caplog.text


# --- derived numbers


def test_nothing_has_numbers_too(entry: StatsEntry) -> None:
    assert (entry.fail_ratio, entry.avg_response_time, entry.median_response_time) == (0.0, 0.0, 0)
    assert (entry.current_rps, entry.total_rps, entry.current_fail_per_sec, entry.total_fail_per_sec) == (0, 0, 0, 0)
    assert (entry.avg_content_length, entry.get_response_time_percentile(0.5)) == (0, 0)


def test_failures_alone_are_all_failed(entry: StatsEntry) -> None:
    entry.log_error("no")
    assert entry.fail_ratio == 1.0

    entry.log(1, 1)
    entry.log_error("no")
    entry.log_error("no")
    assert entry.fail_ratio == 3.0


def test_requests_without_a_time_leave_the_mean_alone(entry: StatsEntry) -> None:
    for elapsed_ms in (10, None, 20):
        entry.log(elapsed_ms, 10)

    assert (entry.avg_response_time, entry.avg_content_length) == (15, 10)
    # Upstream's rule, n without those that have no time.
    assert (entry.get_response_time_percentile(0.0), entry.get_response_time_percentile(0.5)) == (10, 20)


def test_rates_of_late_leave_out_the_two_latest_seconds(request_stats: RequestStats, clock: Clock) -> None:
    seen = {}
    for second in range(21):
        clock.now = 2000.25 + second
        for _ in range(second + 1):
            request_stats.log_request("GET", "/a", 3, 1)
        seen[second] = request_stats.total.current_rps

    assert [seen[second] for second in (0, 2, 3, 4, 12, 13, 20)] == [0.0, 0.0, 1.0, 1.5, 5.5, 6.5, 13.5]
    assert request_stats.total.total_rps == 11.55


def test_rates_go_by_the_last_request_of_all(request_stats: RequestStats, clock: Clock) -> None:
    request_stats.log_request("GET", "/a", 3, 1)
    clock.now += 10
    request_stats.log_request("GET", "/b", 3, 1)

    assert request_stats.get("/a", "GET").total_rps == 0.1


def test_percentiles_follow_upstreams_rule(entry: StatsEntry) -> None:
    for elapsed_ms in range(100):
        entry.log(elapsed_ms, 1)

    assert [entry.get_response_time_percentile(p) for p in (0.0, 0.5, 0.6, 0.95, 1.0)] == [0, 50, 60, 95, 99]


def test_percentiles_are_finer_than_buckets(entry: StatsEntry) -> None:
    """Upstream says 0 and 150."""
    for elapsed_ms in (0.4, 147.3, 154.6):
        entry.log(elapsed_ms, 1)

    assert entry.get_response_time_percentile(0.0) == 0.4
    assert entry.get_response_time_percentile(0.5) == pytest.approx(147.3, rel=0.004)


def test_whole_milliseconds_are_integers(entry: StatsEntry) -> None:
    for elapsed_ms in (50.0, 600.0, 14000.0):
        entry.log(elapsed_ms, 1)

    assert repr([entry.get_response_time_percentile(p) for p in (0, 0.4, 0.9)]) == "[50, 600, 14000]"


def test_the_median_stays_between_shortest_and_longest(entry: StatsEntry) -> None:
    entry.response_times = {1: 10}
    entry.min_response_time, entry.max_response_time = 20, 50

    assert entry.median_response_time == 20


def test_response_times_are_bucketed_as_upstream_does(entry: StatsEntry) -> None:
    for elapsed_ms in (0.4, 1.5, 99.2, 144.7, 994, 1444, 10444, 14456.7):
        entry.log(elapsed_ms, 1)

    assert entry.response_times == {0: 1, 2: 1, 99: 1, 140: 1, 990: 1, 1400: 1, 10000: 1, 14000: 1}


@pytest.mark.usefixtures("restored_buckets")
def test_buckets_may_be_replaced_at_any_time(entry: StatsEntry) -> None:
    entry.log(144.7, 1)
    entry.log(7, 1)

    stats.bucket_response_time = lambda response_time: int(response_time) // 100 * 100

    assert entry.response_times == {100: 1, 0: 1}
    assert entry.serialize()["response_times"] == {100: 1, 0: 1}


# --- percentiles of now


def test_a_percentile_of_now_looks_back_ten_seconds(request_stats: RequestStats, clock: Clock) -> None:
    for second in range(40):
        clock.now = 2000.25 + second
        request_stats.log_request("GET", "/a", second, 1)

    total = request_stats.total
    assert total.get_current_response_time_percentile(0.5) == 35
    assert total.get_response_time_percentile(0.5) == 20

    clock.now += 60
    assert total.get_current_response_time_percentile(0.5) is None


def test_the_window_may_be_changed(request_stats: RequestStats, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for second in range(40):
        clock.now = 2000.25 + second
        request_stats.log_request("GET", "/a", second, 1)

    monkeypatch.setattr(stats, "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW", 2)

    assert request_stats.total.get_current_response_time_percentile(0.0) == 38


def test_percentiles_of_now_need_the_cache(request_stats: RequestStats) -> None:
    entry = StatsEntry(request_stats, "/a", "GET")

    with pytest.raises(ValueError, match="use_response_times_cache must be set to True"):
        entry.get_current_response_time_percentile(0.5)
    assert entry.response_times_cache is None


def test_cached_response_times_are_those_at_the_end_of_a_second(entry: StatsEntry, clock: Clock) -> None:
    entry.log(11, 1337)
    clock.now += 1
    entry.log(666, 1337)

    assert entry.response_times_cache is not None
    assert entry.response_times_cache[2000] == CachedResponseTimes({11: 1}, 1, 0)


def test_a_cached_second_put_in_by_hand_is_reckoned_from(entry: StatsEntry) -> None:
    assert entry.response_times_cache is not None
    entry.response_times_cache[1990] = CachedResponseTimes({1: 100, 2: 1}, 101, 0)

    entry.response_times = {1: 100, 2: 1, 50: 10, 90: 1}
    entry.num_requests = 112

    assert entry.get_current_response_time_percentile(0.5) == 50
    assert entry.get_current_response_time_percentile(0.95) == 90


# --- adding, reporting, resetting


def test_two_entries_add_up(request_stats: RequestStats, clock: Clock) -> None:
    one, two = (StatsEntry(request_stats, name, "GET") for name in "ab")
    one.log(5, 1)
    clock.now = 900.5
    two.reset()
    two.log(50, 1)
    two.log(None, 0)
    two.log_error("x")

    one.extend(two)

    assert one.serialize() == {
        "name": "a",
        "method": "GET",
        "last_request_timestamp": 2000.25,
        "start_time": 900.5,
        "num_requests": 3,
        "num_none_requests": 1,
        "num_failures": 1,
        "total_response_time": 55,
        "max_response_time": 50,
        "min_response_time": 5,
        "total_content_length": 2,
        "response_times": {5: 1, 50: 1},
        "num_reqs_per_sec": {900: 2, 2000: 1},
        "num_fail_per_sec": {900: 1},
    }


def test_an_entry_added_to_itself_is_doubled(entry: StatsEntry) -> None:
    entry.log(5, 1)

    entry.extend(entry)

    assert (entry.num_requests, entry.response_times) == (2, {5: 2})


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_has_numbers_of_its_own(entry: StatsEntry, copied: Callable[[StatsEntry], StatsEntry]) -> None:
    entry.log(5, 1)

    other = copied(entry)
    entry.log(7, 1)

    assert (other.num_requests, other.response_times, other.name, other.stats) == (1, {5: 1}, "/a", entry.stats)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copied_statistics_have_numbers_of_their_own(request_stats: RequestStats, copied: Callable[[Any], Any]) -> None:
    request_stats.log_request("GET", "/a", 12.5, 3)
    request_stats.log_error("GET", "/a", ValueError("no"))
    request_stats.history.append({"time": 1})

    again, total, entry, (error,) = copied(
        (request_stats, request_stats.total, request_stats.get("/a", "GET"), list(request_stats.errors.values()))
    )
    rows = [again.total.serialize(), again.serialize_errors(), again.history]
    request_stats.log_request("GET", "/a", 12.5, 3)

    assert rows == [
        {**request_stats.total.serialize(), "num_requests": 1, "total_response_time": 12.5, "total_content_length": 3}
        | {"response_times": {12: 1}, "num_reqs_per_sec": {2000: 1}},
        request_stats.serialize_errors(),
        [{"time": 1}],
    ]
    assert (again.total.num_requests, total.num_requests, entry.num_requests) == (1, 1, 1)
    assert error.to_dict() == next(iter(request_stats.errors.values())).to_dict()


def test_statistics_and_their_entries_are_pickled_as_one(request_stats: RequestStats) -> None:
    alone = StatsEntry(None, "/b", "GET")
    alone.log(12.5, 1)

    pickled = pickle.dumps((request_stats, request_stats.total, request_stats.get("/a", "GET"), alone))
    stats_again, total, entry, alone_again = pickle.loads(pickled)

    assert (total is stats_again.total, entry is stats_again.get("/a", "GET")) == (True, True)
    assert alone_again.serialize() == alone.serialize()


def test_an_entry_survives_its_dict(entry: StatsEntry, request_stats: RequestStats) -> None:
    entry.log(5, 1)
    entry.log_error("no")
    report = entry.serialize()

    again = StatsEntry.unserialize({**report, "unknown": 1}, request_stats)  # type: ignore[typeddict-item]

    assert again.serialize() == report
    with pytest.raises(KeyError):
        StatsEntry.unserialize({"name": "x"}, request_stats)  # type: ignore[typeddict-item]


def test_a_stripped_report_leaves_nothing(request_stats: RequestStats, clock: Clock) -> None:
    request_stats.log_request("GET", "/a", 5, 1)
    request_stats.log_error("GET", "/only-failures", "no")
    request_stats.get("/silent", "GET")
    clock.now += 3

    reports = request_stats.serialize_stats()

    assert [(report["name"], report["num_requests"]) for report in reports] == [("/a", 1), ("/only-failures", 0)]
    assert request_stats.serialize_stats() == []
    assert request_stats.get("/a", "GET").start_time == 2003.25
    assert request_stats.total.num_requests == 1


def test_resetting_keeps_entries(request_stats: RequestStats, clock: Clock) -> None:
    request_stats.log_request("GET", "/a", 5, 1)
    request_stats.log_error("GET", "/a", "no")
    request_stats.history.append({})
    kept, total = request_stats.get("/a", "GET"), request_stats.total
    clock.now += 3

    request_stats.reset_all()

    assert (request_stats.entries, request_stats.errors, request_stats.history) == ({("/a", "GET"): kept}, {}, [])
    assert (kept.num_requests, kept.num_failures, total.num_requests, total.start_time) == (0, 0, 0, 2003.25)
    assert request_stats.total is total


def test_clearing_begins_anew(request_stats: RequestStats) -> None:
    request_stats.log_request("GET", "/a", 5, 1)
    request_stats.log_error("GET", "/a", "no")
    old = request_stats.get("/a", "GET")

    request_stats.clear_all()
    request_stats.log_request("GET", "/a", 5, 1)

    assert (request_stats.num_requests, request_stats.num_failures, request_stats.errors) == (1, 0, {})
    assert (old.num_requests, request_stats.get("/a", "GET") is old) == (1, False)


def test_a_row_of_the_table_has_upstreams_fields(request_stats: RequestStats) -> None:
    request_stats.log_request("GET", "/a", 12.6, 100)

    assert request_stats.get("/a", "GET").to_dict() == {
        "method": "GET",
        "name": "/a",
        "num_requests": 1,
        "num_failures": 0,
        "min_response_time": 13.0,
        "max_response_time": 13.0,
        "current_rps": 0.0,
        "current_fail_per_sec": 0.0,
        "avg_response_time": 12.6,
        "median_response_time": 12.6,
        "total_rps": 0.0,
        "total_fail_per_sec": 0.0,
        "response_time_percentile_0.95": 12.6,
        "response_time_percentile_0.99": 12.6,
        "avg_content_length": 100.0,
    }


def test_a_month_takes_no_more_memory_than_a_day(entry: StatsEntry, clock: Clock) -> None:
    for second in range(0, 30 * 86_400, 60):
        entry.count(1.0, 1, 2000.0 + second)

    assert len(entry.num_reqs_per_sec) == 3600


# --- errors


@pytest.mark.parametrize(
    ("error", "text", "shown"),
    [
        (ValueError("x"), "ValueError('x')", "ValueError('x')"),
        (CatchResponseError('it\'s "b"'), "CatchResponseError('it\\'s \"b\"')", 'it\'s "b"'),
        ("x", "x", "x"),
        (None, "None", "None"),
        (ResponseError("k"), "ResponseError('k')", "ResponseError('k')"),
        (ConnectionRefusedError(111, "refused"), "ConnectionRefusedError(111, 'refused')", None),
        ("<O object at 0x7f43> and", "<O object at 0x....> and", "<O object at 0x....> and"),
        ("at 0x7f43 no", "at 0x7f43 no", "at 0x7f43 no"),
    ],
)
def test_an_error_is_known_by_its_text(
    request_stats: RequestStats, error: Exception | str | None, text: str, shown: str | None
) -> None:
    request_stats.log_error("GET", "/a", error)
    request_stats.log_error("GET", "/a", error)

    ((key, counted),) = request_stats.errors.items()
    assert key == StatsError.create_key("GET", "/a", error)
    assert counted.to_name() == f"GET /a: {shown or text}"
    assert counted.to_dict() == {
        "method": "GET",
        "name": "/a",
        "error": text,
        "occurrences": 2,
        "first_seen": 2000.25,
        "last_seen": 2000.25,
    }


def test_keys_of_errors_are_upstreams() -> None:
    key = "6f5f3f286164433a1a14b451b4d01e592a781b5651eb97a4030c04306ba9a43d"

    assert StatsError.create_key("GET", "/a", ValueError("x")) == key


def test_the_text_of_a_failure_from_a_worker_keeps_its_quotes() -> None:
    assert StatsError("GET", "/a", "CatchResponseError('x')").to_name() == "GET /a: 'x'"


def test_an_error_may_be_put_in_under_any_key_and_is_counted_into(request_stats: RequestStats) -> None:
    own = StatsError("GET", "/a", "no", occurrences=5)

    request_stats.errors["md5"] = own
    request_stats.log_error("GET", "/a", "no")

    assert (own.occurrences, dict(request_stats.errors)) == (6, {"md5": own})


def test_errors_may_be_put_away(request_stats: RequestStats) -> None:
    request_stats.log_error("GET", "/a", "no")

    request_stats.errors = {}
    request_stats.log_error("GET", "/a", "again")

    assert [error.error for error in request_stats.errors.values()] == ["again"]


def test_an_error_taken_out_begins_anew(request_stats: RequestStats) -> None:
    for _ in range(3):
        request_stats.log_error("GET", "/a", "no")

    key, _ = request_stats.errors.popitem()
    request_stats.log_error("GET", "/a", "no")

    assert request_stats.errors[key].occurrences == 1


def test_ten_thousand_distinct_errors_are_told_apart_and_no_more(request_stats: RequestStats) -> None:
    request_stats.recorder.max_errors = 100

    for number in range(200):
        request_stats.log_error("GET", "/a", f"no {number}")

    assert len(request_stats.errors) == 101
    assert sum(error.occurrences for error in request_stats.errors.values()) == 200
    assert list(request_stats.errors.values())[-1].to_name() == " (more errors): (more errors)"


def test_a_missing_error_is_a_key_error(request_stats: RequestStats) -> None:
    with pytest.raises(KeyError):
        request_stats.errors["no"]


def test_an_error_survives_its_dict() -> None:
    error = StatsError("GET", "/a", ValueError(1))
    error.occurred()

    assert StatsError.unserialize(error.serialize()).serialize() == error.serialize()
    foreign: Any = {"method": "m", "name": "n", "error": "e", "occurrences": 3}
    assert StatsError.unserialize(foreign).to_dict() == {**foreign, "first_seen": None, "last_seen": None}


# --- the recorder as listener


def test_the_recorder_counts_what_the_event_tells(request_stats: RequestStats) -> None:
    events = Events()
    events.request.add_listener(request_stats.recorder)
    common = {"request_type": "GET", "name": "/a", "response_length": 10, "context": {}, "url": "x", "custom": 1}

    events.request.fire(**common, response_time=5, exception=None)
    events.request.fire(**common, response_time=7.5, exception=CatchResponseError("no"))
    events.request.fire(**common, response_time=None)

    entry = request_stats.get("/a", "GET")
    assert (entry.num_requests, entry.num_none_requests, entry.num_failures) == (3, 1, 1)
    assert (entry.total_response_time, entry.total_content_length) == (12.5, 30)
    assert [error.to_name() for error in request_stats.errors.values()] == ["GET /a: no"]


def test_an_exception_that_is_false_is_a_failure(request_stats: RequestStats) -> None:
    class FalseError(Exception):
        def __bool__(self) -> bool:
            return False

    request_stats.recorder(request_type="GET", name="/a", response_time=1, response_length=1, exception=FalseError())

    assert request_stats.num_failures == 1


@pytest.mark.parametrize("nothing", [None, "", False, 0])
def test_what_stands_for_no_exception_is_no_failure(request_stats: RequestStats, nothing: object) -> None:
    request_stats.recorder(request_type="GET", name="/a", response_time=1, response_length=1, exception=nothing)

    assert request_stats.num_failures == 0


def test_a_response_time_that_is_no_number_is_refused(request_stats: RequestStats) -> None:
    with pytest.raises(TypeError):
        request_stats.recorder(request_type="GET", name="/a", response_time="soon", response_length=1)

    assert request_stats.num_requests == 0


# --- workers and master


def test_a_report_carries_a_workers_numbers_to_the_master(clock: Clock) -> None:
    worker, master, worker_events, master_events = RequestStats(), RequestStats(), Events(), Events()
    stats.setup_distributed_stats_event_listeners(worker_events, worker)
    stats.setup_distributed_stats_event_listeners(master_events, master)
    worker.log_request("GET", "/a", 5, 10)
    worker.log_error("GET", "/a", "no")

    data: dict[str, Any] = {}
    worker_events.report_to_master.fire(client_id="w", data=data)
    for _ in range(2):
        master_events.worker_report.fire(client_id="w", data=data)

    assert (worker.num_requests, worker.errors, worker.serialize_stats()) == (0, {}, [])
    assert (master.num_requests, master.num_failures, master.get("/a", "GET").num_requests) == (2, 2, 2)
    assert [error.occurrences for error in master.errors.values()] == [2]
    assert master.total.get_current_response_time_percentile(0.5) == 5


def test_a_master_tells_no_more_errors_apart_than_its_limit(clock: Clock) -> None:
    master, events = RequestStats(), Events()
    stats.setup_distributed_stats_event_listeners(events, master)
    master.recorder.max_errors = 3
    error = {"method": "GET", "name": "/a", "occurrences": 2, "first_seen": 5, "last_seen": 7}
    errors = {f"key {number}": {**error, "error": f"no {number}"} for number in range(6)}

    for _ in range(2):
        total = RequestStats().total.serialize()
        events.worker_report.fire(client_id="w", data={"stats": [], "stats_total": total, "errors": errors})

    occurrences = {error.error: error.occurrences for error in master.errors.values()}
    assert occurrences == {"no 0": 4, "no 1": 4, "no 2": 4, "(more errors)": 12}
    assert list(master.errors)[:3] == ["key 0", "key 1", "key 2"]


# --- helpers


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (stats.calculate_response_time_percentile, ({}, 0, 0.5), 0),
        (stats.calculate_response_time_percentile, ({1: 3}, 3, 1.0), 1),
        (stats.calculate_response_time_percentile, ({1: 5, 2: 5}, 10, 0.5), 2),
        (stats.calculate_response_time_percentile, ({1: 5, 2: 3}, 100, 0.5), 0),
        (stats.diff_response_time_dicts, ({1: 5, 2: 3, 4: 1}, {1: 5, 2: 1}), {2: 2, 4: 1}),
        (
            stats.get_readable_percentiles,
            ([0.5, 0.66, 0.9999, 1.0, 0.999, 0.123456],),
            ["50%", "66%", "99.99%", "100%", "99.9%", "12.3456%"],
        ),
        (stats.sort_stats, ({("b", "G"): 1, ("a", "P"): 2, ("a", "G"): 3},), [3, 2, 1]),
        (stats.avg, ([],), 0.0),
        (stats.avg, ([1, 2],), 1.5),
    ],
)
def test_a_helper_gives_what_upstreams_does(
    function: Callable[..., Any], arguments: tuple[Any, ...], expected: Any
) -> None:
    assert function(*arguments) == expected


@pytest.mark.parametrize(
    ("name", "percentiles", "message"),
    [
        ("STATISTICS", [1.5], "need to be float and value between. 0 < percentile < 1 Eg 0.95\n"),
        ("STATISTICS", ["a"], "need to be float and value between. 0 < percentile < 1 Eg 0.95\n"),
        ("CHART", [1], "need to be float and value between. 0 < percentile < 1 Eg 0.95\n"),
        ("CHART", [0.1] * 7, "should be a maximum of 6 parameters \n"),
    ],
)
def test_percentiles_that_cannot_be_shown_end_the_program(
    name: str,
    percentiles: list[Any],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stats.validate_stats_configuration()
    monkeypatch.setattr(stats, f"PERCENTILES_TO_{name}", percentiles)

    with pytest.raises(SystemExit) as exit_info:
        stats.validate_stats_configuration()

    assert exit_info.value.code == 1
    assert capsys.readouterr().err == f"stats.PERCENTILES_TO_{name} parameter {message}"


def test_importing_the_statistics_starts_and_loads_nothing() -> None:
    code = (
        "import signal, sys, threading; before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGWINCH)];"
        "import locust.stats;"
        "assert before == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGWINCH)];"
        "assert threading.active_count() == 1;"
        "print(sorted({'requests', 'flask', 'zmq', 'locust._report.console'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a", 3),
        requests.HTTPError("404 Client Error"),
        CatchResponseError("bad"),
        "ValueError(x)",
        "os.system('x')",
    ],
    ids=repr,
)
def test_an_error_is_the_exception_that_was_counted(error):
    stats = RequestStats()

    stats.log_error("GET", "/", error)

    (found,) = stats.errors.values()
    assert (type(found.error), str(found.error)) == (type(error), str(error))
