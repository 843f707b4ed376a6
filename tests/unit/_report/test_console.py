"""Tables, character by character as Locust 2.47.0 prints them."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator

import gevent
import pytest

from locust import stats
from locust._report import console
from locust.exception import CatchResponseError
from locust.stats import RequestStats


@pytest.fixture
def request_stats(monkeypatch: pytest.MonkeyPatch) -> RequestStats:
    monkeypatch.setattr(stats, "STATS_NAME_WIDTH", 20)
    monkeypatch.setattr(stats.time, "time", lambda: 1000.0)
    request_stats = RequestStats()
    for second in range(20):
        request_stats.recorder.count("GET", "/a", second * 7.3, 10, 1000.0 + second)
        request_stats.recorder.count("POST", "/b", second * 1000, 10, 1000.0 + second)
    request_stats.log_error("GET", "/a", CatchResponseError("it's not there"))
    request_stats.log_error("GET", "/a", ValueError("x"))
    request_stats.log_error("GET", "/a", ValueError("x"))
    request_stats.log_request("OPTIONS!", "/without-time", None, 0)
    request_stats.total.last_request_timestamp = 1019.0
    return request_stats


def test_the_table_of_requests_shows_rates_of_late(request_stats: RequestStats) -> None:
    assert console.get_stats_summary(request_stats) == [
        "Type     Name              # reqs      # fails |    Avg     Min     Max    Med |   req/s  failures/s",
        "--------|----------------|-------|-------------|-------|-------|-------|-------|--------|-----------",
        "GET      /a                    20    3(15.00%) |     69       0     138     73 |    1.00        0.00",
        "POST     /b                    20     0(0.00%) |   9500       0   19000  10000 |    1.00        0.00",
        "OPTIONS!  /without-time          1     0(0.00%) |      0       0       0      0 |    0.00        0.00",
        "--------|----------------|-------|-------------|-------|-------|-------|-------|--------|-----------",
        "         Aggregated            41     3(7.32%) |   4784       0   19000    138 |    2.00        0.00",
    ]


def test_the_table_of_the_end_shows_rates_of_the_whole_run(request_stats: RequestStats) -> None:
    rows = console.get_stats_summary(request_stats, current=False)

    rates = [row.rpartition("|")[2] for row in rows[2:5]]
    assert rates == ["    1.05        0.16", "    1.05        0.00", "    0.05        0.00"]


def test_the_table_of_percentiles_leaves_out_what_has_no_times(request_stats: RequestStats) -> None:
    assert console.get_percentile_stats_summary(request_stats) == [
        "Response time percentiles (approximated)",
        "Type     Name                      50%    66%    75%    80%    90%    95%    98%    99%  99.9% 99.99%   100%"
        " # reqs",
        "--------|--------------------|--------|------|------|------|------|------|------|------|------|------|------"
        "|------",
        "GET      /a                         73     95    110    117    131    139    139    139    139    139    139"
        "     20",
        "POST     /b                      10000  13000  15000  16000  18000  19000  19000  19000  19000  19000  19000"
        "     20",
        "--------|--------------------|--------|------|------|------|------|------|------|------|------|------|------"
        "|------",
        "         Aggregated                138   6000  10000  12000  16000  18000  19000  19000  19000  19000  19000"
        "     41",
    ]


def test_the_table_of_errors_shows_the_text_of_a_failure(request_stats: RequestStats) -> None:
    assert console.get_error_report_summary(request_stats) == [
        "Error report",
        "# occurrences      Error" + " " * 95,
        "-" * 18 + "|" + "-" * 81,
        "1                  GET /a: it's not there".ljust(119),
        "2                  GET /a: ValueError('x')".ljust(119),
        "-" * 18 + "|" + "-" * 81,
        "",
    ]


def test_narrow_columns_stay_apart(request_stats: RequestStats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "STATS_NAME_WIDTH", 0)
    monkeypatch.setattr(stats, "STATS_TYPE_WIDTH", 4)

    heading, separator, _, row, *_ = console.get_stats_summary(request_stats)

    assert heading.startswith("Type Name  # reqs")
    assert separator.startswith("----||-------|")
    assert row.startswith("POST  /b      20")


def test_tables_go_to_the_stats_logger(request_stats: RequestStats, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "locust.stats_logger")

    stats.print_stats(request_stats)
    stats.print_percentile_stats(request_stats)
    stats.print_error_report(request_stats)

    assert caplog.messages == [
        *console.get_stats_summary(request_stats),
        "",
        *console.get_percentile_stats_summary(request_stats),
        "",
        *console.get_error_report_summary(request_stats),
    ]


def test_no_errors_no_table(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "locust.stats_logger")

    stats.print_error_report(RequestStats())

    assert caplog.messages == []


def test_the_printer_prints_at_once_and_at_the_interval_of_the_moment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "locust.stats_logger")
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        monkeypatch.setattr(stats, "CONSOLE_STATS_INTERVAL_SEC", 7)
        if len(waits) == 2:
            raise gevent.GreenletExit

    monkeypatch.setattr(console.gevent, "sleep", sleep)
    with pytest.raises(gevent.GreenletExit):
        stats.stats_printer(RequestStats())()

    assert waits == [2, 7]
    assert [message[:4] for message in caplog.messages].count("Type") == 2


@pytest.mark.parametrize(("columns", "width"), [(0, 0), (79, 0), (100, 20), (160, 80), (500, 80)])
def test_names_get_what_the_terminal_has_left(columns: int, width: int) -> None:
    assert console.name_width_for(columns) == width


def test_without_a_terminal_names_keep_their_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "STATS_NAME_WIDTH", 80)

    console.fit_names_to_terminal()

    assert stats.STATS_NAME_WIDTH == 80


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A terminal of so many columns."""
    columns = [120]
    monkeypatch.setattr(stats, "STATS_NAME_WIDTH", 80)
    monkeypatch.setattr(console.os, "get_terminal_size", lambda _: os.terminal_size((columns[0], 24)))
    before = signal.getsignal(signal.SIGWINCH)
    yield columns
    signal.signal(signal.SIGWINCH, before)


def test_names_follow_the_terminal(terminal: list[int]) -> None:
    console.follow_terminal()
    assert stats.STATS_NAME_WIDTH == 40

    terminal[0] = 130
    signal.raise_signal(signal.SIGWINCH)
    assert stats.STATS_NAME_WIDTH == 50


def test_a_width_that_was_set_stays(terminal: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    stats.STATS_NAME_WIDTH = 33
    console.follow_terminal()
    assert stats.STATS_NAME_WIDTH == 33

    monkeypatch.setattr(stats, "STATS_AUTORESIZE", False)
    signal.raise_signal(signal.SIGWINCH)
    assert stats.STATS_NAME_WIDTH == 33


def test_there_may_be_no_percentiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "PERCENTILES_TO_REPORT", [])
    request_stats = RequestStats()
    request_stats.log_request("GET", "/a", 3, 4)

    lines = stats.get_percentile_stats_summary(request_stats)

    assert [line.split() for line in lines[1:5:2]] == [["Type", "Name", "#", "reqs"], ["GET", "/a", "1"]]
