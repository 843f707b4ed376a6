"""What other nodes say is checked before anybody acts on it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locust._native import Recorder
from locust.runners._messages import (
    MalformedError,
    check_report,
    heartbeat_of,
    logs_of,
    number_of,
    trouble_of,
    users_of,
)
from locust.stats import RequestStats

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20) | st.integers(), inner, max_size=5)
    ),
    max_leaves=10,
)


def report(**changes):
    stats = RequestStats()
    stats.log_request("GET", "/", 5, 3)
    stats.log_error("GET", "/", "oops")
    fields = {
        "stats": stats.serialize_stats(),
        "stats_total": stats.total.serialize(),
        "errors": stats.serialize_errors(),
        "user_classes_count": {"A": 1},
        "user_count": 1,
    }
    return {**fields, **changes}


def total(**changes):
    return {**RequestStats().total.serialize(), **changes}


def test_a_report_in_upstreams_form_is_accepted():
    check_report(report())


def test_a_report_of_boomer_is_accepted():
    errors = {"md5": {"method": "GET", "name": "/", "error": "oops", "occurrences": 2}}
    check_report(report(errors=errors, stats_total=total(name="Total"), user_count=None))


@pytest.mark.parametrize("name", total().keys() - {"name", "method"})
def test_a_report_may_leave_out_what_was_not_counted(name):
    # Seen with 2.47: workers of old versions and of other make leave some of it out.
    entry = {key: value for key, value in report()["stats"][0].items() if key != name}
    check_report(report(stats=[entry], stats_total={**entry, "name": "Total"}))
    stats = RequestStats()
    stats.count_report(report(stats=[entry], stats_total={**entry, "name": "Total"}))

    assert stats.entries[("/", "GET")].num_requests == (0 if name == "num_requests" else 1)


def test_a_report_may_say_nothing_of_users():
    data = report()
    del data["user_classes_count"]
    check_report(data)


def test_whole_numbers_may_come_as_floats_and_errors_as_anything():
    data = report(
        stats=[total(name="/", method="GET", num_requests=2.0, response_times={5: 2.0})],
        errors={"k": {"method": "GET", "name": "/", "error": 404, "occurrences": 1}},
        user_classes_count={"A": 2.0},
    )
    check_report(data)
    assert repr(users_of(data)) == "{'A': 2}"

    (entry,) = data["stats"]
    assert repr((entry["num_requests"], entry["response_times"])) == "(2, {5: 2})"
    assert data["errors"]["k"]["error"] == "404"


def test_a_report_in_bytes_is_read():
    data = {"snapshot": Recorder(0.0).take_report(), "user_classes_count": {}}
    check_report(data)

    assert data["snapshot"].total.num_requests == 0


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        report(stats=None),
        report(stats=[1]),
        report(stats_total=None),
        report(stats_total=total(num_requests=-1)),
        report(stats_total=total(num_requests=1.5)),
        report(stats_total=total(num_requests=True)),
        report(stats_total=total(total_response_time="1")),
        report(stats_total=total(total_response_time=float("nan"))),
        report(stats_total=total(response_times={"5": 1})),
        report(stats_total=total(response_times={5: -1})),
        report(stats_total=total(response_times=[5])),
        report(stats_total=total(name=None)),
        report(errors=[]),
        report(errors={1: {}}),
        report(errors={"k": {"method": "GET", "name": "/", "error": "e", "occurrences": "many"}}),
        report(user_classes_count={"A": -1}),
        report(user_classes_count={"A": 2**40}),
        report(user_classes_count={1: 1}),
        report(user_classes_count=None),
        {"snapshot": b"\0\1\2", "user_classes_count": {}},
        {"snapshot": "x", "user_classes_count": {}},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(data):
    with pytest.raises(MalformedError):
        check_report(data)


def test_a_heartbeat_without_memory_is_one():
    assert heartbeat_of({"state": "running", "current_cpu_usage": 5}).memory_usage == 0


@pytest.mark.parametrize("data", [None, {}, {"state": "flying"}, {"state": "running", "current_cpu_usage": "much"}])
def test_a_heartbeat_that_makes_no_sense_is_refused(data):
    with pytest.raises(MalformedError):
        heartbeat_of(data)


@pytest.mark.parametrize("number", [0, -1, 1.0, "1", True, 2**60])
def test_a_number_that_is_none_is_refused(number):
    with pytest.raises(MalformedError):
        number_of({"report": number})


@pytest.mark.parametrize("read", [check_report, heartbeat_of, logs_of, trouble_of, users_of])
@given(data=anything)
def test_nothing_else_is_raised_whatever_comes(read, data):
    with contextlib.suppress(MalformedError):
        read(data)
