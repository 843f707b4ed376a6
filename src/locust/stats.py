"""The numbers of a run, under upstream's names: views on the counters that `locust._native` keeps.

Text, files and history live one layer up; their names are handed out from here. `docs/dev/statistics.md` says what each
number means and where it differs from upstream's.
"""

from __future__ import annotations

import ast
import hashlib
import logging
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar, cast

from locust import _native
from locust._live import LiveDict, WrittenDict
from locust.exception import CatchResponseError
from locust.util.rounding import proper_round

if TYPE_CHECKING:
    from locust._report.console import get_error_report_summary as get_error_report_summary
    from locust._report.console import get_percentile_stats_summary as get_percentile_stats_summary
    from locust._report.console import get_stats_summary as get_stats_summary
    from locust._report.console import print_error_report as print_error_report
    from locust._report.console import print_percentile_stats as print_percentile_stats
    from locust._report.console import print_stats as print_stats
    from locust._report.console import stats_printer as stats_printer
    from locust._report.csv import StatsCSV as StatsCSV
    from locust._report.csv import StatsCSVFileWriter as StatsCSVFileWriter
    from locust._report.history import stats_history as stats_history
    from locust._report.history import update_stats_history as update_stats_history
    from locust._report.json import print_stats_json as print_stats_json
    from locust._report.json import save_stats_json as save_stats_json
    from locust.event import Events

logger = logging.getLogger(__name__)
console_logger = logging.getLogger("locust.stats_logger")

STATS_NAME_WIDTH = 80
"""Characters for names in the console. Follows the terminal's width when `STATS_AUTORESIZE`."""
STATS_TYPE_WIDTH = 8
STATS_AUTORESIZE = True
CSV_STATS_INTERVAL_SEC = 1
CSV_STATS_FLUSH_INTERVAL_SEC = 5
CONSOLE_STATS_INTERVAL_SEC = 2
HISTORY_STATS_INTERVAL_SEC = 5
CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW = 10
"""Seconds that a percentile of "now" looks back."""

PERCENTILES_TO_REPORT = [0.50, 0.66, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0]
PERCENTILES_TO_STATISTICS = [0.95, 0.99]
PERCENTILES_TO_CHART = [0.50, 0.95]
MAX_PERCENTILES_TO_CHART = 6

_RATE_WINDOW_SECONDS = 12
# The seconds that may still grow are left out, as upstream does.
_RATE_LAG_SECONDS = 2
_CACHED_RESPONSE_TIMES = 20

_MOVED = {
    "gevent": "locust.dispatch",
    "format_utc_timestamp": "locust.util.date",
    "get_error_report_summary": "locust._report.console",
    "get_percentile_stats_summary": "locust._report.console",
    "get_stats_summary": "locust._report.console",
    "print_error_report": "locust._report.console",
    "print_percentile_stats": "locust._report.console",
    "print_stats": "locust._report.console",
    "stats_printer": "locust._report.console",
    "StatsCSV": "locust._report.csv",
    "StatsCSVFileWriter": "locust._report.csv",
    "stats_history": "locust._report.history",
    "update_stats_history": "locust._report.history",
    "print_stats_json": "locust._report.json",
    "save_stats_json": "locust._report.json",
}
"""Names that live one layer up: the only upward references."""

__all__ = (
    "CONSOLE_STATS_INTERVAL_SEC",
    "CSV_STATS_FLUSH_INTERVAL_SEC",
    "CSV_STATS_INTERVAL_SEC",
    "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW",
    "HISTORY_STATS_INTERVAL_SEC",
    "PERCENTILES_TO_CHART",
    "PERCENTILES_TO_REPORT",
    "PERCENTILES_TO_STATISTICS",
    "STATS_AUTORESIZE",
    "STATS_NAME_WIDTH",
    "STATS_TYPE_WIDTH",
    "CachedResponseTimes",
    "EntriesDict",
    "RequestStats",
    "RequestStatsAdditionError",
    "StatsCSV",
    "StatsCSVFileWriter",
    "StatsEntry",
    "StatsEntryDict",
    "StatsError",
    "StatsErrorDict",
    "avg",
    "bucket_response_time",
    "calculate_response_time_percentile",
    "console_logger",
    "diff_response_time_dicts",
    "get_error_report_summary",
    "get_percentile_stats_summary",
    "get_readable_percentiles",
    "get_stats_summary",
    "print_error_report",
    "print_percentile_stats",
    "print_stats",
    "print_stats_json",
    "save_stats_json",
    "setup_distributed_stats_event_listeners",
    "sort_stats",
    "stats_history",
    "stats_printer",
    "update_stats_history",
    "validate_stats_configuration",
)

_Sorted = TypeVar("_Sorted")


class StatsEntryDict(TypedDict):
    """An entry as it goes to the master and into JSON reports."""

    name: str
    method: str
    last_request_timestamp: float | None
    start_time: float
    num_requests: int
    num_none_requests: int
    num_failures: int
    total_response_time: float
    max_response_time: float
    min_response_time: float | None
    total_content_length: int
    response_times: dict[int, int]
    num_reqs_per_sec: dict[int, int]
    num_fail_per_sec: dict[int, int]


class StatsErrorDict(TypedDict):
    """An error as it goes to the master and to the web UI."""

    name: str
    method: str
    error: str
    occurrences: int
    first_seen: float | None
    last_seen: float | None


class CachedResponseTimes(NamedTuple):
    """What an entry had counted at the end of a second."""

    response_times: dict[int, int]
    num_requests: int
    num_none_requests: int


class RequestStatsAdditionError(Exception):
    """Kept for those who catch it; never raised."""


def bucket_response_time(response_time: int | float) -> int:
    """The bucket of a response time in ms: two significant digits, never finer than 1 ms.

    Decides the keys of `StatsEntry.response_times` only: percentiles come from a finer histogram. May be replaced at
    any time.
    """
    if response_time < 100:
        return round(response_time)
    if response_time < 1000:
        return int(round(response_time, -1))
    if response_time < 10000:
        return int(round(response_time, -2))
    return int(round(response_time, -3))


def get_readable_percentiles(percentile_list: list[float]) -> list[str]:
    """Percentiles as a table heads them: `["95%", "99.9%"]`."""
    return [
        f"{int(percentile * 100) if float(percentile * 100).is_integer() else round(100 * percentile, 6)}%"
        for percentile in percentile_list
    ]


def calculate_response_time_percentile(response_times: Mapping[int, int], num_requests: int, percent: float) -> int:
    """A percentile of bucketed response times: from the top, where at most `num_requests * percent` are left."""
    rank = int(num_requests * percent)
    seen = 0
    for response_time in sorted(response_times, reverse=True):
        seen += response_times[response_time]
        if num_requests - seen <= rank:
            return response_time
    return 0


def diff_response_time_dicts(latest: Mapping[int, int], old: Mapping[int, int]) -> dict[int, int]:
    """What came to `latest` since `old`, an earlier copy of it."""
    differences = ((response_time, count - old.get(response_time, 0)) for response_time, count in latest.items())
    return {response_time: count for response_time, count in differences if count}


def avg(values: list[float] | list[int]) -> float:
    """The mean; 0.0 of nothing."""
    return sum(values, 0.0) / max(len(values), 1)


def sort_stats(stats: Mapping[Any, _Sorted]) -> list[_Sorted]:
    """Values in the order of their keys."""
    return [stats[key] for key in sorted(stats.keys())]


class StatsEntry(_native.Entry):
    """Numbers of one name and method. Every counter may be assigned.

    Args:
        stats: whose start and last request the rates go by.
        use_response_times_cache: whether percentiles of "now" can be asked for.
    """

    stats: RequestStats
    name: str
    method: str
    use_response_times_cache: bool

    def __init__(
        self, stats: RequestStats | None, name: str, method: str, use_response_times_cache: bool = False
    ) -> None:
        self._set_up(stats, name, method, use_response_times_cache)
        self.start_time = time.time()
        if use_response_times_cache:
            self.remember_recent()

    def _set_up(self, stats: RequestStats | None, name: str, method: str, use_response_times_cache: bool) -> None:
        # Entries of a worker's report belong to nobody until they are merged.
        self.stats = cast("RequestStats", stats)
        self.name = name
        self.method = method
        self.use_response_times_cache = use_response_times_cache
        self._cached: OrderedDict[int, CachedResponseTimes] | None = None
        self._cached_by_us: set[int] = set()

    @classmethod
    def _view(cls, stats: RequestStats, name: str, method: str, counts: _native.Entry) -> StatsEntry:
        """An entry that shows, and changes, what the recorder counts."""
        entry = cls.__new__(cls)
        entry._set_up(stats, name, method, stats.use_response_times_cache)
        entry.attach(counts)
        return entry

    def __copy__(self) -> StatsEntry:
        other = StatsEntry.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.attach(self.copy())
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> StatsEntry:
        """A copy with numbers of its own, of the same `stats`."""
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        stats = self.stats
        # Pickled together, statistics and their entries stay together.
        if stats is not None and stats.total is self:
            return _total_of, (stats,)
        if stats is not None and dict.get(stats.entries, (self.name, self.method)) is self:
            return RequestStats.get, (stats, self.name, self.method)
        report = self.serialize()
        return _restore_entry, (type(self), report, self.encode_histogram(), stats, self.use_response_times_cache)

    @property
    def response_times(self) -> dict[int, int]:
        """How many requests took how long, by `bucket_response_time` as it is now."""
        counts: dict[int, int] = {}
        for elapsed_ms, count in self.response_counts():
            bucket = bucket_response_time(elapsed_ms)
            counts[bucket] = counts.get(bucket, 0) + count
        return WrittenDict(counts, self.set_response_counts)

    @response_times.setter
    def response_times(self, counts: dict[int, int]) -> None:
        self.set_response_counts(counts)

    @property
    def num_reqs_per_sec(self) -> dict[int, int]:
        """Requests by epoch second; the latest hour, less when there are very many names."""
        return WrittenDict(dict(self.requests_by_second()), self.set_requests_by_second)

    @num_reqs_per_sec.setter
    def num_reqs_per_sec(self, counts: dict[int, int]) -> None:
        self.set_requests_by_second(counts)

    @property
    def num_fail_per_sec(self) -> dict[int, int]:
        """Failures by epoch second, as `num_reqs_per_sec`."""
        return WrittenDict(dict(self.failures_by_second()), self.set_failures_by_second)

    @num_fail_per_sec.setter
    def num_fail_per_sec(self, counts: dict[int, int]) -> None:
        self.set_failures_by_second(counts)

    @property
    def response_times_cache(self) -> OrderedDict[int, CachedResponseTimes] | None:
        """What had been counted at the end of the latest seconds; `None` without `use_response_times_cache`.

        Made when read. A second that is put in by hand is what percentiles of "now" are then reckoned from.
        """
        if not self.use_response_times_cache:
            return None
        if self._cached is None:
            self._cached = OrderedDict()
        for second, cached in reversed(list(self._cached_seconds())):
            if second not in self._cached or second in self._cached_by_us:
                self._cached[second] = cached
                self._cached_by_us.add(second)
        while len(self._cached) > _CACHED_RESPONSE_TIMES:
            self._cached_by_us.discard(self._cached.popitem(last=False)[0])
        return self._cached

    @response_times_cache.setter
    def response_times_cache(self, cached: OrderedDict[int, CachedResponseTimes] | None) -> None:
        self._cached = cached
        self._cached_by_us = set()

    def _cached_seconds(self) -> Iterator[tuple[int, CachedResponseTimes]]:
        """(second, what had been counted by its end), latest first."""
        times, requests = dict(self.response_times), self.num_requests
        for second, counts in reversed(self.recent_seconds()):
            yield second, CachedResponseTimes(dict(times), requests, self.num_none_requests)
            for elapsed_ms, count in counts:
                bucket = bucket_response_time(elapsed_ms)
                times[bucket] = times.get(bucket, 0) - count
                requests -= count
            times = {bucket: count for bucket, count in times.items() if count > 0}

    def reset(self) -> None:
        """Sets all numbers to zero and begins again now."""
        self.clear(time.time())
        self._cached = None
        self._cached_by_us = set()

    def log(self, response_time: float | None, content_length: int) -> None:
        """Counts a request that ended now; `response_time` in ms, `None` counts it without a time."""
        self.count(response_time, content_length, time.time())

    def log_error(self, error: Exception | str | None) -> None:
        """Counts a failure; its request is counted by `log`."""
        self.count_failure(time.time())

    @property
    def fail_ratio(self) -> float:
        """Failures per request; 1.0 when there were failures only."""
        failures, requests = self.num_failures, self.num_requests
        return failures / requests if requests else float(failures > 0)

    @property
    def avg_response_time(self) -> float:
        """Mean of the response times in ms; 0.0 without any."""
        timed = self.num_requests - self.num_none_requests
        return self.total_response_time / timed if timed else 0.0

    @property
    def median_response_time(self) -> float:
        """`get_response_time_percentile(0.5)`, never outside of the shortest and longest one."""
        median = self.get_response_time_percentile(0.5)
        if not median:
            return 0
        shortest = self.min_response_time
        return max(min(median, self.max_response_time), shortest or 0)

    def _current(self) -> tuple[float, float]:
        """Requests and failures a second of late: the 10 s that ended 2 s before the last request of all."""
        total = self.stats.total
        last, start = total.last_request_timestamp, total.start_time
        if last is None:
            return 0, 0
        first_second = max(int(last) - _RATE_WINDOW_SECONDS, int(start or 0))
        seconds = int(last) - _RATE_LAG_SECONDS - first_second
        if seconds <= 0:
            return 0.0, 0.0
        requests, failures = self.sum_between(first_second, first_second + seconds)
        return requests / seconds, failures / seconds

    @property
    def current_rps(self) -> float:
        """Requests a second of late."""
        return self._current()[0]

    @property
    def current_fail_per_sec(self) -> float:
        """Failures a second of late."""
        return self._current()[1]

    @property
    def total_rps(self) -> float:
        """Requests a second from the start to the last request of all."""
        return self._per_second(self.num_requests)

    @property
    def total_fail_per_sec(self) -> float:
        """Failures a second from the start to the last request of all."""
        return self._per_second(self.num_failures)

    def _per_second(self, count: int) -> float:
        last, start = self.stats.last_request_timestamp, self.stats.start_time
        if not last or not start or last == start:
            return 0.0
        return count / (last - start)

    @property
    def avg_content_length(self) -> float:
        """Mean length of responses in bytes; 0 without requests."""
        requests = self.num_requests
        return self.total_content_length / requests if requests else 0

    def extend(self, other: StatsEntry) -> None:
        """Adds the numbers of another entry, as if its requests had been counted here."""
        self.merge(other)

    def serialize(self) -> StatsEntryDict:
        """All numbers as a dict."""
        return {
            "name": self.name,
            "method": self.method,
            "last_request_timestamp": self.last_request_timestamp,
            "start_time": self.start_time,
            "num_requests": self.num_requests,
            "num_none_requests": self.num_none_requests,
            "num_failures": self.num_failures,
            "total_response_time": self.total_response_time,
            "max_response_time": self.max_response_time,
            "min_response_time": self.min_response_time,
            "total_content_length": self.total_content_length,
            "response_times": dict(self.response_times),
            "num_reqs_per_sec": dict(self.requests_by_second()),
            "num_fail_per_sec": dict(self.failures_by_second()),
        }

    @classmethod
    def unserialize(cls, data: StatsEntryDict, stats: RequestStats | None) -> StatsEntry:
        """The entry that `serialize` made this dict of. It needs a name and a method; unknown keys are ignored."""
        entry = cls(stats, data["name"], data["method"])
        for key in StatsEntryDict.__annotations__.keys() & data.keys():
            setattr(entry, key, data[key])  # type: ignore[literal-required]  # one of them, by construction
        return entry

    def get_stripped_report(self) -> StatsEntryDict:
        """`serialize`, and all numbers back to zero."""
        report = self.serialize()
        self.reset()
        return report

    def to_string(self, current: bool = True) -> str:
        """A line of the console's table, with the rates of late or (`current=False`) of the whole run."""
        rps, failures = self._current() if current else (self.total_rps, self.total_fail_per_sec)
        # A method as wide as its column still keeps its distance.
        method = f"{self.method} " if self.method else ""
        fails = f"{self.num_failures}({self.fail_ratio * 100:.2f}%)"
        return (
            f"{method:<{STATS_TYPE_WIDTH}} {self.name:<{_name_width()}} {self.num_requests:>7} {fails:>12} |"
            f"{int(self.avg_response_time):>7} {int(self.min_response_time or 0):>7} {int(self.max_response_time):>7} "
            f"{int(self.median_response_time or 0):>6} | {rps:>7.2f} {failures:>11.2f}"
        )

    def __str__(self) -> str:
        return self.to_string(current=True)

    def get_response_time_percentile(self, percent: float) -> float:
        """The response time in ms that `percent` (0 to 1) of the requests stayed below, within 0.4 %; 0 without any.

        That at place `int(n * percent)` of all `n` in order, the last one at most: upstream's rule. The shortest and
        the longest are exact, whole milliseconds are `int`.
        """
        return self.quantile(percent) or 0

    def get_current_response_time_percentile(self, percent: float) -> float | None:
        """As `get_response_time_percentile`, of the latest seconds only; `None` when there were no requests in them.

        `CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW` says how many. For an entry other than the total, what came before
        the first call counts as of then.

        Raises:
            ValueError: the entry was made without `use_response_times_cache`.
        """
        if not self.use_response_times_cache:
            raise ValueError(
                "StatsEntry.use_response_times_cache must be set to True"
                " to calculate the _current_ response time percentile"
            )
        now = int(time.time())
        before = now - CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW
        if self._cached and before in self._cached and before not in self._cached_by_us:
            cached = self._cached[before]
            times = diff_response_time_dicts(self.response_times, cached.response_times)
            return calculate_response_time_percentile(times, self.num_requests - cached.num_requests, percent)
        return self.recent_quantile(percent, now, CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW)

    def percentile(self) -> str:
        """A line of the console's table of percentiles.

        Raises:
            ValueError: there were no requests.
        """
        if not self.num_requests:
            raise ValueError("Can't calculate percentile on url with no successful requests")
        percentiles = [round(self.get_response_time_percentile(percent)) for percent in PERCENTILES_TO_REPORT]
        first, *others = [*percentiles, self.num_requests]
        cells = " ".join(f"{value:>6}" for value in others)
        return f"{self.method or '':<{STATS_TYPE_WIDTH}} {self.name:<{STATS_NAME_WIDTH}} {first:>8} {cells}"

    def to_dict(self, escape_string_values: bool = False) -> dict[str, int | float | str]:
        """A row of the web UI's table. Upstream takes the argument, and makes nothing of it."""
        current_rps, current_fail_per_sec = self._current()
        shortest = self.min_response_time
        return {
            "method": self.method,
            "name": self.name,
            "num_requests": self.num_requests,
            "num_failures": self.num_failures,
            "min_response_time": 0 if shortest is None else proper_round(shortest),
            "max_response_time": proper_round(self.max_response_time),
            "current_rps": current_rps,
            "current_fail_per_sec": current_fail_per_sec,
            "avg_response_time": self.avg_response_time,
            "median_response_time": self.median_response_time,
            "total_rps": self.total_rps,
            "total_fail_per_sec": self.total_fail_per_sec,
            **{
                f"response_time_percentile_{percent}": self.get_response_time_percentile(percent)
                for percent in PERCENTILES_TO_STATISTICS
            },
            "avg_content_length": self.avg_content_length,
        }


def _total_of(stats: RequestStats) -> StatsEntry:
    return stats.total


def _restore_entry(
    kind: type[StatsEntry], report: StatsEntryDict, histogram: bytes, stats: RequestStats | None, is_cached: bool
) -> StatsEntry:
    entry = kind.unserialize(report, stats)
    entry.decode_histogram(histogram)
    entry.use_response_times_cache = is_cached
    return entry


def _name_width() -> int:
    """Width of names in the table of requests: there, the columns are wider."""
    return max(STATS_NAME_WIDTH - STATS_TYPE_WIDTH + 4, 0)


class StatsError(_native.ErrorEntry):
    """How often one error came, and when first and last (epoch seconds)."""

    def __init__(
        self,
        method: str,
        name: str,
        error: Exception | str | None,
        occurrences: int = 0,
        first_seen: float | None = None,
        last_seen: float | None = None,
    ) -> None:
        self.method = method
        self.name = name
        self.error = error
        self.occurrences = occurrences
        self.first_seen = first_seen
        self.last_seen = last_seen

    @classmethod
    def _view(cls, method: str, name: str, text: str, counts: _native.ErrorEntry) -> StatsError:
        """An error that shows, and changes, what the recorder counts."""
        error = cls(method, name, _original_of(text))
        error.attach(counts)
        return error

    @classmethod
    def parse_error(cls, error: Exception | str | None) -> str:
        """What the statistics call an error: its text or `repr`, the address of an object masked."""
        return _native.describe_error(error)

    @classmethod
    def create_key(cls, method: str, name: str, error: Exception | str | None) -> str:
        """What tells this error apart from others, the same in every process."""
        return hashlib.sha256(f"{method}.{name}.{cls.parse_error(error)!r}".encode(errors="replace")).hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        numbers = (self.occurrences, self.first_seen, self.last_seen)
        return type(self), (self.method, self.name, self.error, *numbers)

    def occurred(self) -> None:
        """Counts one more."""
        self.count(time.time())

    def to_name(self) -> str:
        """Request and error as the console's report shows them."""
        error = self.error
        if isinstance(error, CatchResponseError):
            text = str(error.args[0]) if error.args else ""
        elif isinstance(error, str):
            # Upstream shows the text of `failure("…")` in its quotes when it came from a worker.
            is_text = error.startswith("CatchResponseError(") and error.endswith(")")
            text = error[len("CatchResponseError(") : -1] if is_text else error
        else:
            text = repr(error)
        return f"{self.method} {self.name}: {text}"

    def serialize(self) -> StatsErrorDict:
        """All numbers as a dict."""
        return {
            "name": self.name,
            "method": self.method,
            "error": self.parse_error(self.error),
            "occurrences": self.occurrences,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
        }

    @classmethod
    def unserialize(cls, data: StatsErrorDict) -> StatsError:
        """The error that `serialize` made this dict of; other programs leave out when it was seen."""
        return cls(
            data["method"],
            data["name"],
            data["error"],
            data["occurrences"],
            data.get("first_seen"),
            data.get("last_seen"),
        )

    def to_dict(self) -> dict[str, Any]:
        """A row of the web UI's table."""
        return {"method": self.method, **self.serialize()}


_EXCEPTION_TEXT = re.compile(r"(\w+)\((.+)\)", re.DOTALL)
# Where listeners import the exceptions from that they look for.
_EXCEPTION_MODULES = ("locust.exception", "requests.exceptions", "locust.contrib.fasthttp", "builtins")


def _original_of(text: str) -> Exception | str:
    """The error that this text is the `repr` of, where it can be made again from its literal arguments."""
    match = _EXCEPTION_TEXT.fullmatch(text)
    kind = match and _exception_named(match[1])
    if not match or kind is None:
        return text
    try:
        error = kind(*ast.literal_eval(f"({match[2]},)"))
    except (TypeError, ValueError, SyntaxError, RecursionError, MemoryError):
        return text
    return error if repr(error) == text else text


def _exception_named(name: str) -> type[Exception] | None:
    for module in _EXCEPTION_MODULES:
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            return kind
    return None


class EntriesDict(LiveDict[tuple[str, str], StatsEntry]):
    """Entries by (name, method), made when asked for."""

    def __init__(self, request_stats: RequestStats) -> None:
        super().__init__()
        self.request_stats = request_stats
        self._fetched = 0
        self._generation = request_stats.recorder.generation

    def _refresh(self) -> None:
        recorder = self.request_stats.recorder
        if recorder.generation != self._generation:
            self._generation = recorder.generation
            self._fetched = 0
        if recorder.entry_count == self._fetched:
            return
        if self._fetched == 0:
            known = {key: dict.__getitem__(self, key) for key in dict.keys(self)}
            dict.clear(self)
        else:
            known = {}
        for method, name, counts in recorder.entries(self._fetched):
            self._fetched += 1
            entry = known.get((name, method))
            if entry is None or not entry.is_attached_to(counts):
                entry = StatsEntry._view(self.request_stats, name, method, counts)
            dict.__setitem__(self, (name, method), entry)
        if recorder.has_more_entries:
            self.request_stats._warn_of_names()

    def __missing__(self, key: tuple[str, str]) -> StatsEntry:
        name, method = key
        method, name, _ = self.request_stats.recorder.entry(method, name, time.time())
        self._refresh()
        return dict.__getitem__(self, (name, method))

    def __setitem__(self, key: tuple[str, str], entry: StatsEntry) -> None:
        name, method = key
        self._refresh()
        recorder = self.request_stats.recorder
        count = recorder.entry_count
        recorder.set_entry(method, name, entry)
        self._fetched += recorder.entry_count - count
        dict.__setitem__(self, key, entry)

    def __delitem__(self, key: tuple[str, str]) -> None:
        self._refresh()
        super().__delitem__(key)
        name, method = key
        self.request_stats.recorder.remove_entry(method, name)

    def clear(self) -> None:
        self.request_stats.recorder.clear_entries()
        super().clear()


class _ErrorsDict(LiveDict[str, StatsError]):
    """Errors by `StatsError.create_key`; those that were put in by hand keep their key, whatever it is."""

    def __init__(self, request_stats: RequestStats) -> None:
        super().__init__()
        self.request_stats = request_stats
        self._fetched = 0
        self._generation = request_stats.recorder.generation

    def _refresh(self) -> None:
        recorder = self.request_stats.recorder
        if recorder.generation != self._generation:
            self._generation = recorder.generation
            self._fetched = 0
        if recorder.error_count == self._fetched:
            return
        known_errors = dict.values(self) if self._fetched == 0 else ()
        by_text = {(error.method, error.name, StatsError.parse_error(error.error)): error for error in known_errors}
        for method, name, text, counts in recorder.errors(self._fetched):
            self._fetched += 1
            known = by_text.get((method, name, text))
            if known is None or not known.is_attached_to(counts):
                key = StatsError.create_key(method, name, text)
                dict.__setitem__(self, key, StatsError._view(method, name, text, counts))

    def __missing__(self, key: str) -> StatsError:
        self._refresh()
        if dict.__contains__(self, key):
            return dict.__getitem__(self, key)
        raise KeyError(key)

    def __setitem__(self, key: str, error: StatsError) -> None:
        self._refresh()
        recorder = self.request_stats.recorder
        count = recorder.error_count
        recorder.set_error(error.method, error.name, StatsError.parse_error(error.error), error)
        self._fetched += recorder.error_count - count
        dict.__setitem__(self, key, error)

    def __delitem__(self, key: str) -> None:
        self._refresh()
        error = dict.__getitem__(self, key)
        self.request_stats.recorder.remove_error(error.method, error.name, StatsError.parse_error(error.error))
        super().__delitem__(key)

    def clear(self) -> None:
        self.request_stats.recorder.clear_errors()
        super().clear()


class RequestStats:
    """All numbers of a run, by name and method, and together.

    Attributes:
        recorder: what counts; a listener of `events.request`.
        history: the numbers every `HISTORY_STATS_INTERVAL_SEC` seconds, for charts.
        reports_as_bytes: a worker's reports go to a master that reads the recorder's own form, which is exact.
    """

    def __init__(self, use_response_times_cache: bool = True) -> None:
        self.history: list[dict[str, Any]] = []
        self.reports_as_bytes = False
        self._set_up(use_response_times_cache, time.time())

    def _set_up(self, use_response_times_cache: bool, start_time: float) -> None:
        self.use_response_times_cache = use_response_times_cache
        self.recorder = _native.Recorder(start_time)
        self._entries = EntriesDict(self)
        self._errors = _ErrorsDict(self)
        self._total = self._new_total()
        self._has_warned_of_names = False

    def __reduce__(self) -> tuple[Any, ...]:
        recorded = {"recorder", "use_response_times_cache", "_entries", "_errors", "_total", "_has_warned_of_names"}
        others = {name: value for name, value in self.__dict__.items() if name not in recorded}
        numbers = self.recorder.snapshot().encode()
        return _restore_stats, (type(self), self.use_response_times_cache, self.start_time, numbers), others

    def _new_total(self) -> StatsEntry:
        return StatsEntry._view(self, "Aggregated", "", self.recorder.total)

    def _warn_of_names(self) -> None:
        if not self._has_warned_of_names:
            self._has_warned_of_names = True
            logger.warning(
                "More than %s different request names: further ones are counted together as (more names). "
                "Give requests whose URLs differ in an id the same name, with name=",
                self.recorder.max_entries,
            )

    @property
    def entries(self) -> dict[tuple[str, str], StatsEntry]:
        """Entries by (name, method), made when asked for."""
        return self._entries

    @entries.setter
    def entries(self, entries: Mapping[tuple[str, str], StatsEntry]) -> None:
        chosen = dict(entries)
        self._entries.clear()
        self._entries.update(chosen)

    @property
    def errors(self) -> dict[str, StatsError]:
        """Errors by `StatsError.create_key`."""
        return self._errors

    @errors.setter
    def errors(self, errors: Mapping[str, StatsError]) -> None:
        chosen = dict(errors)
        self._errors.clear()
        self._errors.update(chosen)

    @property
    def total(self) -> StatsEntry:
        """All requests together."""
        return self._total

    @total.setter
    def total(self, total: StatsEntry) -> None:
        self.recorder.set_total(total)
        self._total = total

    @property
    def num_requests(self) -> int:
        return self.total.num_requests

    @property
    def num_none_requests(self) -> int:
        return self.total.num_none_requests

    @property
    def num_failures(self) -> int:
        return self.total.num_failures

    @property
    def last_request_timestamp(self) -> float | None:
        return self.total.last_request_timestamp

    @property
    def start_time(self) -> float:
        return self.total.start_time

    def log_request(self, method: str, name: str, response_time: float | None, content_length: int) -> None:
        """Counts a request that ended now; `response_time` in ms, `None` counts it without a time."""
        self.recorder.count(method, name, response_time, content_length, time.time())

    def log_error(self, method: str, name: str, error: Exception | str | None) -> None:
        """Counts a failure; its request is counted by `log_request`."""
        self.recorder.count_failure(method, name, error, time.time())

    def count_report(self, data: Mapping[str, Any]) -> None:
        """Adds what a worker reported, in upstream's form or as a snapshot."""
        if "snapshot" in data:
            self.recorder.merge(data["snapshot"])
            return
        for report in data["stats"]:
            entry = StatsEntry.unserialize(report, self)
            self.entries[(entry.name, entry.method)].extend(entry)
        for key, report in data["errors"].items():
            _merge_error(self, key, StatsError.unserialize(report))
        self.total.extend(StatsEntry.unserialize(data["stats_total"], self))

    def get(self, name: str, method: str) -> StatsEntry:
        """The entry of a name and method, made when there is none."""
        return self.entries[(name, method)]

    def reset_all(self) -> None:
        """Sets all numbers to zero; entries stay, errors and history go."""
        self.recorder.reset(time.time())
        dict.clear(self._errors)
        self.history = []

    def clear_all(self) -> None:
        """Begins anew: no entries, no errors, no history, a new total."""
        self.recorder.clear(time.time())
        dict.clear(self._entries)
        dict.clear(self._errors)
        self._total = self._new_total()
        self._has_warned_of_names = False
        self.history = []

    def serialize_stats(self) -> list[StatsEntryDict]:
        """All entries that have counted something as dicts, and these entries back to zero."""
        return [
            entry.get_stripped_report()
            for entry in self.entries.values()
            if entry.num_requests > 0 or entry.num_failures > 0
        ]

    def serialize_errors(self) -> dict[str, StatsErrorDict]:
        """All errors as dicts."""
        return {key: error.serialize() for key, error in self.errors.items()}


_COUNTING_METHODS = (RequestStats.log_request, RequestStats.log_error)


def request_listener_of(stats: RequestStats) -> Callable[..., Any]:
    """What counts `events.request` into `stats`: its recorder, or its own methods where somebody replaced those."""
    is_ours = all(getattr(getattr(stats, ours.__name__), "__func__", None) is ours for ours in _COUNTING_METHODS)
    return stats.recorder if is_ours else partial(_count_by_methods, stats)


def _count_by_methods(
    stats: RequestStats,
    request_type: str,
    name: str,
    response_time: float | None,
    response_length: int,
    exception: Exception | str | None = None,
    **_others: object,
) -> None:
    stats.log_request(request_type, name, response_time, response_length)
    if exception:
        stats.log_error(request_type, name, exception)


def _restore_stats(
    kind: type[RequestStats], use_response_times_cache: bool, start_time: float, numbers: bytes
) -> RequestStats:
    stats = kind.__new__(kind)
    stats._set_up(use_response_times_cache, start_time)
    stats.recorder.merge(_native.Snapshot.decode(numbers))
    return stats


def setup_distributed_stats_event_listeners(events: Events, stats: RequestStats) -> None:
    """Has a worker's numbers put into its reports, and a master's gathered from them."""

    def on_report_to_master(client_id: str, data: dict[str, Any]) -> None:
        if stats.reports_as_bytes:
            data["snapshot"] = stats.recorder.take_report()
            return
        data["stats"] = stats.serialize_stats()
        data["stats_total"] = stats.total.get_stripped_report()
        data["errors"] = stats.serialize_errors()
        stats.errors = {}

    def on_worker_report(client_id: str, data: dict[str, Any]) -> None:
        stats.count_report(data)

    events.report_to_master.add_listener(on_report_to_master)
    events.worker_report.add_listener(on_worker_report)


def report_in_upstreams_form(snapshot: _native.Snapshot) -> dict[str, Any]:
    """What upstream's report would say of these numbers, for listeners that look into it."""
    stats = RequestStats(use_response_times_cache=False)
    stats.recorder.merge(snapshot)
    return {
        "stats": [entry.serialize() for entry in stats.entries.values()],
        "stats_total": stats.total.serialize(),
        "errors": stats.serialize_errors(),
    }


def _merge_error(stats: RequestStats, key: str, error: StatsError) -> None:
    known: _native.ErrorEntry | None = stats.errors.get(key)
    if known is None and len(stats.errors) < stats.recorder.max_errors:
        stats.errors[key] = error
        return
    if known is None:
        known = stats.recorder.error(error.method, error.name, StatsError.parse_error(error.error))
    known.occurrences += error.occurrences
    seen = [at for at in (known.first_seen, error.first_seen) if at is not None]
    known.first_seen = min(seen, default=None)
    seen = [at for at in (known.last_seen, error.last_seen) if at is not None]
    known.last_seen = max(seen, default=None)


def _is_valid_percentile(parameter: float | str) -> bool:
    try:
        return 0 < float(parameter) < 1
    except ValueError:
        return False


def validate_stats_configuration() -> None:
    """Ends the program with exit code 1 when somebody set percentiles that can't be shown."""
    for name, percentiles in (("STATISTICS", PERCENTILES_TO_STATISTICS), ("CHART", PERCENTILES_TO_CHART)):
        problem = None
        if not all(_is_valid_percentile(percentile) for percentile in percentiles):
            problem = "need to be float and value between. 0 < percentile < 1 Eg 0.95"
        elif name == "CHART" and len(percentiles) > MAX_PERCENTILES_TO_CHART:
            problem = f"should be a maximum of {MAX_PERCENTILES_TO_CHART} parameters "
        if problem:
            sys.stderr.write(f"stats.PERCENTILES_TO_{name} parameter {problem}\n")
            raise SystemExit(1)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _MOVED:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MOVED[name]), name)
