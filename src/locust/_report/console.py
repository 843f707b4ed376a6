"""The tables in the terminal: requests, percentiles, errors. Upstream's to the character: scripts read them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent

from locust import stats as tunables

if TYPE_CHECKING:
    from locust.stats import RequestStats, StatsEntry

# What the other columns need of the terminal's width, and the most that names get.
_OTHER_COLUMNS_WIDTH = 80
_MAX_NAME_WIDTH = 80
_ERROR_LINE_OVERHANG = 61


def get_stats_summary(stats: RequestStats, current: bool = True) -> list[str]:
    """The table of requests, with the rates of late or (`current=False`) of the whole run."""
    type_width, name_width = tunables.STATS_TYPE_WIDTH, tunables._name_width()
    columns = (type_width, name_width, 7, 13, 7, 7, 7, 7, 8, 11)
    separator = "|".join("-" * width for width in columns)
    heading = (
        f"{'Type':<{type_width}} {'Name':<{name_width}} {'# reqs':>7} {'# fails':>12} |"
        f"{'Avg':>7} {'Min':>7} {'Max':>7} {'Med':>6} | {'req/s':>7} {'failures/s':>11}"
    )
    rows = [entry.to_string(current=current) for entry in tunables.sort_stats(stats.entries)]
    return [heading, separator, *rows, separator, stats.total.to_string(current=current)]


def get_percentile_stats_summary(stats: RequestStats) -> list[str]:
    """The table of percentiles; without entries that have no response times."""
    type_width, name_width = tunables.STATS_TYPE_WIDTH, tunables.STATS_NAME_WIDTH
    first, *others = [*tunables.get_readable_percentiles(tunables.PERCENTILES_TO_REPORT), "# reqs"]
    cells = " ".join(f"{heading:>6}" for heading in others)
    separator = "|".join("-" * width for width in (type_width, name_width, 8, *[6] * len(others)))
    rows = [entry.percentile() for entry in tunables.sort_stats(stats.entries) if _has_times(entry)]
    return [
        "Response time percentiles (approximated)",
        f"{'Type':<{type_width}} {'Name':<{name_width}} {first:>8} {cells}",
        separator,
        *rows,
        separator,
        *([stats.total.percentile()] if _has_times(stats.total) else []),
    ]


def get_error_report_summary(stats: RequestStats) -> list[str]:
    """The table of errors."""
    separator = "-" * 18 + "|" + "-" * (tunables.STATS_NAME_WIDTH + _ERROR_LINE_OVERHANG)
    rows = [f"{error.occurrences:<18} {error.to_name():<100}" for error in stats.errors.values()]
    return ["Error report", f"{'# occurrences':<18} {'Error':<100}", separator, *rows, separator, ""]


def print_stats(stats: RequestStats, current: bool = True) -> None:
    """Shows the table of requests."""
    _print([*get_stats_summary(stats, current), ""])


def print_percentile_stats(stats: RequestStats) -> None:
    """Shows the table of percentiles."""
    _print([*get_percentile_stats_summary(stats), ""])


def print_error_report(stats: RequestStats) -> None:
    """Shows the table of errors, if there are any."""
    if stats.errors:
        _print(get_error_report_summary(stats))


def stats_printer(stats: RequestStats) -> Callable[[], None]:
    """What a greenlet runs to show the table of requests, at once and every `CONSOLE_STATS_INTERVAL_SEC` seconds."""

    def print_for_ever() -> None:
        while True:
            print_stats(stats)
            gevent.sleep(tunables.CONSOLE_STATS_INTERVAL_SEC)

    return print_for_ever


def name_width_for(terminal_columns: int) -> int:
    """Width that names get in a terminal."""
    return max(0, min(terminal_columns - _OTHER_COLUMNS_WIDTH, _MAX_NAME_WIDTH))


def fit_names_to_terminal() -> None:
    """Sets `stats.STATS_NAME_WIDTH` by the terminal's width, if there is one and `stats.STATS_AUTORESIZE` is on."""
    if not tunables.STATS_AUTORESIZE:
        return
    try:
        columns = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns
    except (OSError, ValueError):
        return  # no terminal
    tunables.STATS_NAME_WIDTH = name_width_for(columns)


def follow_terminal() -> None:
    """Fits names to the terminal, now (unless somebody has set a width) and when its window changes."""
    if tunables.STATS_NAME_WIDTH == _MAX_NAME_WIDTH:
        fit_names_to_terminal()
    if hasattr(signal, "SIGWINCH") and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGWINCH, lambda *_: fit_names_to_terminal())


def _has_times(entry: StatsEntry) -> bool:
    return entry.quantile(1.0) is not None


def _print(lines: list[str]) -> None:
    for line in lines:
        tunables.console_logger.info(line)
