"""The CSV files: requests, failures, exceptions as they stand, and the course of the run, row by row."""

from __future__ import annotations

import csv
import logging
import re
import time
from collections.abc import Callable, Iterator
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

import gevent

from locust import stats as tunables
from locust._report.files import GrowingFile, RewrittenFile
from locust.util.date import format_utc_timestamp

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.stats import StatsEntry

logger = logging.getLogger(__name__)

# What a spreadsheet takes for the beginning of a formula, also as a wide character of East Asian keyboards.
_FORMULA: Final = re.compile("[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d*)?")
_MAX_WAITING_BYTES: Final = 1 << 20
_ENTRIES_AT_ONCE: Final = 500


def safe_cell(value: Any) -> Any:
    """Puts an apostrophe before a text that a spreadsheet would run: names and errors come from the target."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


class StatsCSV:
    """Writes the numbers of an environment as CSV.

    Args:
        environment: whose.
        percentiles_to_report: columns of percentiles, from 0 to 1.

    Attributes:
        requests_csv_columns: may be changed together with `_requests_data_rows`; the following alike.
        failures_columns: of the failures.
        exceptions_columns: of the exceptions.
    """

    def __init__(self, environment: Environment, percentiles_to_report: list[float]) -> None:
        self.environment = environment
        # A copy: rows must fit the heading.
        self.percentiles_to_report = list(percentiles_to_report)
        self.percentiles_na = ["N/A"] * len(percentiles_to_report)
        self.requests_csv_columns = [
            "Type",
            "Name",
            "Request Count",
            "Failure Count",
            "Median Response Time",
            "Average Response Time",
            "Min Response Time",
            "Max Response Time",
            "Average Content Size",
            "Requests/s",
            "Failures/s",
            *tunables.get_readable_percentiles(percentiles_to_report),
        ]
        self.failures_columns = ["Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"]
        self.exceptions_columns = ["Count", "Message", "Traceback", "Nodes"]

    def requests_csv(self, csv_writer: Any) -> None:
        """Writes a row for each entry, sorted by name, and one for all."""
        csv_writer.writerow(self.requests_csv_columns)
        self._requests_data_rows(csv_writer)

    def failures_csv(self, csv_writer: Any) -> None:
        """Writes a row for each error."""
        csv_writer.writerow(self.failures_columns)
        self._failures_data_rows(csv_writer)

    def exceptions_csv(self, csv_writer: Any) -> None:
        """Writes a row for each exception of the users' code."""
        csv_writer.writerow(self.exceptions_columns)
        self._exceptions_data_rows(csv_writer)

    def close_files(self) -> None:
        """Nothing to close here."""

    def _requests_data_rows(self, csv_writer: Any) -> None:
        for entry in self._entries():
            csv_writer.writerow(
                [
                    safe_cell(entry.method),
                    safe_cell(entry.name),
                    entry.num_requests,
                    entry.num_failures,
                    *_times(entry),
                    entry.total_rps,
                    entry.total_fail_per_sec,
                    *self._percentile_fields(entry),
                ]
            )

    def _failures_data_rows(self, csv_writer: Any) -> None:
        for error in tunables.sort_stats(self.environment.stats.errors):
            csv_writer.writerow(
                [
                    safe_cell(error.method),
                    safe_cell(error.name),
                    safe_cell(error.parse_error(error.error)),
                    error.occurrences,
                    _point_in_time(error.first_seen),
                    _point_in_time(error.last_seen),
                ]
            )

    def _exceptions_data_rows(self, csv_writer: Any) -> None:
        runner = self.environment.runner
        for exception in list(runner.exceptions.values()) if runner else ():
            csv_writer.writerow(
                [
                    exception["count"],
                    safe_cell(exception["msg"]),
                    safe_cell(exception["traceback"]),
                    safe_cell(", ".join(exception["nodes"])),
                ]
            )

    def _percentile_fields(self, stats_entry: StatsEntry, use_current: bool = False) -> list[str] | list[int]:
        """The percentiles of an entry, of late or of all its life, in whole ms."""
        if not stats_entry.num_requests:
            return self.percentiles_na
        ask: Callable[[float], float | None] = (
            stats_entry.get_current_response_time_percentile
            if use_current
            else stats_entry.get_response_time_percentile
        )
        return [round(ask(percentile) or 0) for percentile in self.percentiles_to_report]

    def _entries(self) -> Iterator[StatsEntry]:
        """All in the order of names; the total at the end."""
        request_stats = self.environment.stats
        for number, entry in enumerate(tunables.sort_stats(request_stats.entries), 1):
            if number % _ENTRIES_AT_ONCE == 0:
                # Users must not wait for thousands of rows.
                gevent.sleep(0)
            yield entry
        yield request_stats.total


class StatsCSVFileWriter(StatsCSV):
    """Keeps four files up to date: `stats_writer` runs in a greenlet until it is killed, then call `close_files`.

    Three are replaced as a whole, so that a reader finds the one state or the next; `_stats_history.csv` grows by
    whole rows. When one can't be written, for instance because the disk is full, an error is logged, and the run and
    the other files go on.

    Args:
        environment: whose numbers.
        percentiles_to_report: columns of percentiles, from 0 to 1.
        base_filepath: what the files' names begin with.
        full_history: rows for each entry, not only for the total; their percentiles are those of late.

    Raises:
        OSError: a file can't be made.
    """

    def __init__(
        self,
        environment: Environment,
        percentiles_to_report: list[float],
        base_filepath: str,
        full_history: bool = False,
    ) -> None:
        super().__init__(environment, percentiles_to_report)
        self.base_filepath = base_filepath
        self.full_history = full_history
        self.stats_history_csv_columns = [
            "Timestamp",
            "User Count",
            "Type",
            "Name",
            "Requests/s",
            "Failures/s",
            *tunables.get_readable_percentiles(percentiles_to_report),
            "Total Request Count",
            "Total Failure Count",
            "Total Median Response Time",
            "Total Average Response Time",
            "Total Min Response Time",
            "Total Max Response Time",
            "Total Average Content Size",
        ]
        self._requests_file = RewrittenFile(f"{base_filepath}_stats.csv")
        self._failures_file = RewrittenFile(f"{base_filepath}_failures.csv")
        self._exceptions_file = RewrittenFile(f"{base_filepath}_exceptions.csv")
        self._waiting_rows: list[str] = []
        self._waiting_bytes = 0
        self._failing: set[str] = set()
        self._history_file = self._open_history()
        self._has_header = self._history_file.size_bytes > 0

    def __call__(self) -> None:
        """For `gevent.spawn(writer)`."""
        self.stats_writer()

    def stats_writer(self) -> None:
        """Writes every `CSV_STATS_INTERVAL_SEC` seconds, the history every `CSV_STATS_FLUSH_INTERVAL_SEC`, for ever."""
        flushed_at: float = 0
        while True:
            now = time.time()
            self._add_history(now)
            is_due = now - flushed_at > tunables.CSV_STATS_FLUSH_INTERVAL_SEC
            if is_due or self._waiting_bytes > _MAX_WAITING_BYTES:
                self.stats_history_flush()
                flushed_at = now
            self.write_tables()
            gevent.sleep(tunables.CSV_STATS_INTERVAL_SEC)

    def write_tables(self) -> None:
        """Writes what there is now to the files that are replaced."""
        self._write(self._requests_file, self.requests_csv)
        self._write(self._failures_file, self.failures_csv)
        self._write(self._exceptions_file, self.exceptions_csv)

    def stats_history_flush(self) -> None:
        """Writes the rows of the history that wait. Those that can't be written are lost."""
        rows, self._waiting_rows, self._waiting_bytes = self._waiting_rows, [], 0
        if rows and not self._try(self._history_file.path, lambda: self._history_file.append(_encoded("".join(rows)))):
            self._has_header = self._history_file.size_bytes > 0

    def requests_flush(self) -> None:
        """Nothing waits: kept for those who call it; the following alike."""

    def failures_flush(self) -> None:
        """See `requests_flush`."""

    def exceptions_flush(self) -> None:
        """See `requests_flush`."""

    def close_files(self) -> None:
        """Writes what waits. Nothing is written after this."""
        self.stats_history_flush()
        self._history_file.close()

    def stats_history_file_name(self) -> str:
        """Where the history is written to."""
        return f"{self.base_filepath}_stats_history.csv"

    def _open_history(self) -> GrowingFile:
        return GrowingFile(self.stats_history_file_name())

    def _add_history(self, now: float) -> None:
        text = StringIO(newline="")
        csv_writer = csv.writer(text)
        if not self._has_header:
            csv_writer.writerow(self.stats_history_csv_columns)
            self._has_header = True
        self._stats_history_data_rows(csv_writer, now)
        self._waiting_rows.append(text.getvalue())
        self._waiting_bytes += text.tell()

    def _stats_history_data_rows(self, csv_writer: Any, now: float) -> None:
        runner = self.environment.runner
        user_count = runner.user_count if runner else 0
        for entry in self._entries() if self.full_history else (self.environment.stats.total,):
            csv_writer.writerow(
                [
                    int(now),
                    user_count,
                    safe_cell(entry.method),
                    safe_cell(entry.name),
                    f"{entry.current_rps:.6f}",
                    f"{entry.current_fail_per_sec:.6f}",
                    *self._percentile_fields(entry, use_current=self.full_history),
                    entry.num_requests,
                    entry.num_failures,
                    *_times(entry),
                ]
            )

    def _write(self, file: RewrittenFile, write_rows: Callable[[Any], None]) -> None:
        text = StringIO(newline="")
        write_rows(csv.writer(text))
        self._try(file.path, lambda: file.replace(_encoded(text.getvalue())))

    def _try(self, path: str, write: Callable[[], None]) -> bool:
        """Writes, and says whether that went well. The log tells of the first file that can't be written."""
        try:
            write()
        except OSError as error:
            if not self._failing:
                logger.error(
                    "Can't write '%s' (%s). The run goes on; the CSV files lack what comes until they can be written "
                    "again",
                    path,
                    error.strerror or error,
                )
            self._failing.add(path)
            return False
        if path in self._failing:
            self._failing.remove(path)
            if not self._failing:
                logger.info("The CSV files can be written again")
        return True


class ContinuedCSVFileWriter(StatsCSVFileWriter):
    """Goes on in the history that is there, of the same run before it was interrupted; unless it has other columns."""

    def _open_history(self) -> GrowingFile:
        path = self.stats_history_file_name()
        header = StringIO(newline="")
        csv.writer(header).writerow(self.stats_history_csv_columns)
        return GrowingFile(path, after=_encoded(header.getvalue()))


def _times(entry: StatsEntry) -> list[float]:
    return [
        entry.median_response_time,
        entry.avg_response_time,
        entry.min_response_time or 0,
        entry.max_response_time,
        entry.avg_content_length,
    ]


def _point_in_time(at: float | None) -> str:
    return "" if at is None else format_utc_timestamp(at)


def _encoded(text: str) -> bytes:
    # Names may hold halves of surrogate pairs.
    return text.encode("utf-8", "backslashreplace")
