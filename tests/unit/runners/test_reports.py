"""Numbered reports: kept until they are accepted, counted once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locust.runners import _reports
from locust.runners._reports import Ledger, Outbox


def test_a_report_is_kept_until_it_is_accepted():
    outbox = Outbox()
    outbox.add({"a": 1}, now=0)
    outbox.add({"b": 2}, now=1)
    outbox.accepted(1)

    assert outbox.overdue(now=100) == [{"b": 2, "report": 2}]
    outbox.accepted(2)
    assert not outbox


def test_a_report_is_sent_again_when_its_time_has_come_and_not_sooner():
    outbox = Outbox()
    outbox.add({}, now=0)

    assert outbox.overdue(now=4, seconds=5) == []
    assert outbox.overdue(now=5, seconds=5) == [{"report": 1}]
    assert outbox.overdue(now=9, seconds=5) == []
    assert outbox.overdue(now=10, seconds=5) == [{"report": 1}]


@pytest.mark.parametrize("number", [7, None, "1", -1])
def test_accepting_what_was_never_sent_changes_nothing(number):
    outbox = Outbox()
    outbox.add({}, now=0)
    outbox.accepted(number)

    assert len(outbox) == 1


def test_numbers_go_on_in_the_next_test():
    outbox = Outbox()
    outbox.add({}, now=0)
    outbox.clear()
    outbox.add({}, now=0)

    assert outbox.overdue(now=10) == [{"report": 2}]


def test_a_late_report_is_a_gap_until_it_comes():
    ledger = Ledger()
    entered = [ledger.enter(number) for number in (1, 4, 2)]

    assert entered == [True, True, True]
    assert (ledger.newest, ledger.gap_count) == (4, 1)
    ledger.enter(3)
    assert (ledger.newest, ledger.gap_count) == (4, 0)


def test_numbers_that_make_no_sense_cost_no_memory(monkeypatch):
    monkeypatch.setattr(_reports, "MOST_MISSING", 3)
    ledger = Ledger()
    for number in range(2, 100, 2):
        assert ledger.enter(number)

    assert len(ledger._beyond) <= 3
    assert not ledger.enter(2)


@given(st.lists(st.integers(1, 30)))
def test_each_number_is_new_exactly_once_in_any_order(numbers):
    ledger = Ledger()
    new = [number for number in numbers if ledger.enter(number)]

    assert sorted(new) == sorted(set(numbers))
    assert ledger.newest == max(numbers, default=0)
