"""Answers what statistics, their helpers and the small modules give."""

import argparse
import io
import json
import logging
import os
import random
import tempfile
import time

import gevent
from cases import CASES, answer_all, attempt, case, each, raised

import locust
from locust import exception, log, stats
from locust.argument_parser import LocustArgumentParser, get_parser, parse_options, ui_extra_args_dict
from locust.clients import HttpSession
from locust.env import Environment
from locust.event import Events
from locust.exception import CatchResponseError, ResponseError
from locust.stats import RequestStats, StatsEntry, StatsError
from locust.user.task import TaskSet
from locust.util.cache import memoize
from locust.util.date import format_duration, format_safe_timestamp, format_utc_timestamp
from locust.util.exception_handler import retry
from locust.util.load_locustfile import is_shape_class, is_user_class
from locust.util.rounding import proper_round
from locust.util.timespan import parse_timespan
from locust.util.url import is_url

NOW = 1_700_000_000.25


class Clock:
    now = NOW

    def __call__(self):
        return self.now


def clocked(function):
    """With a clock that stands."""

    def call():
        clock, real = Clock(), time.time
        time.time = clock
        try:
            return function(clock)
        finally:
            time.time = real

    return call


def timed(function):
    CASES[function.__name__.replace("_", " ")] = clocked(function)
    return function


FIELDS = (
    "name", "method", "num_requests", "num_none_requests", "num_failures", "total_response_time", "min_response_time",
    "max_response_time", "num_reqs_per_sec", "num_fail_per_sec", "response_times", "total_content_length",
    "start_time", "last_request_timestamp", "fail_ratio", "avg_response_time", "median_response_time", "current_rps",
    "current_fail_per_sec", "total_rps", "total_fail_per_sec", "avg_content_length",
)  # fmt: skip
PERCENTILES = (0.0, 0.01, 0.5, 0.66, 0.9, 0.95, 0.99, 0.999, 1.0)


def fields(entry):
    found = {name: attempt(lambda name=name: getattr(entry, name)) for name in FIELDS}
    for name in ("response_times", "num_reqs_per_sec", "num_fail_per_sec"):
        found[name] = sorted(map(list, dict(getattr(entry, name)).items()))
    found["percentiles"] = [entry.get_response_time_percentile(p) for p in PERCENTILES]
    return found


def filled(times, clock=None, failures=0, name="/", method="GET"):
    counted = RequestStats()
    for number, milliseconds in enumerate(times):
        if clock and number % 4 == 3:
            clock.now += 1
        counted.log_request(method, name, milliseconds, number)
    for _ in range(failures):
        counted.log_error(method, name, ValueError("wrong"))
    return counted


random.seed(9)
# As upstream rounds them, for its percentiles are no better than that.
ROUNDED = [*range(100), *range(100, 1000, 10), *range(1000, 10000, 100)]
SERIES = {
    "none": [],
    "one": [7],
    "small": [0, 1, 2, 3],
    "hundreds": [100, 110, 110, 120, 350, 350, 990],
    "thousands": [1000, 1100, 1100, 1200, 9900],
    "large": [10000, 11000, 99000, 123000],
    "nothings": [None, 5, None],
    "only nothings": [None, None],
    "many": [random.choice(ROUNDED) for _ in range(300)],
    "many small": [random.choice(ROUNDED[:60]) for _ in range(300)],
    "the same": [42] * 50,
    "negative": [-1, 5],
    "huge": [1e9],
    "values between": [0.2, 1.6, 2.4, 104, 127, 1375],
}
for series, values in SERIES.items():
    CASES[f"an entry of {series}"] = clocked(lambda clock, values=values: fields(filled(values, clock).get("/", "GET")))
    CASES[f"the total of {series}"] = clocked(lambda clock, values=values: fields(filled(values, clock).total))
    CASES[f"an entry of {series} with failures"] = clocked(
        lambda clock, values=values: fields(filled(values, clock, 2).get("/", "GET"))
    )
    CASES[f"an entry of {series} as a dict"] = clocked(
        lambda clock, values=values: attempt(filled(values, clock, 1).get("/", "GET").to_dict)
    )
    CASES[f"an entry of {series} as a line"] = clocked(
        lambda clock, values=values: [
            attempt(filled(values, clock, 1).get("/", "GET").to_string),
            attempt(filled(values, clock).get("/", "GET").to_string, current=False),
        ]
    )
    CASES[f"an entry of {series} as percentiles"] = clocked(
        lambda clock, values=values: attempt(filled(values, clock).get("/", "GET").percentile)
    )
    CASES[f"an entry of {series} serialized"] = clocked(
        lambda clock, values=values: serialized(filled(values, clock, 1).get("/", "GET"))
    )
    CASES[f"buckets of {series}"] = lambda values=values: [
        attempt(stats.bucket_response_time, value) for value in values[:30]
    ]
    CASES[f"merging {series}"] = clocked(lambda clock, values=values: merged(clock, values))


def serialized(entry):
    given = json.loads(json.dumps(entry.serialize(), sort_keys=True))
    back = StatsEntry.unserialize(entry.serialize())
    return [given, fields(back)["num_requests"], back.median_response_time, back.name]


def merged(clock, values):
    first, second = filled(values[::2], clock, 1), filled(values[1::2], clock, 2)
    entry, other = first.get("/", "GET"), second.get("/", "GET")
    entry.extend(other)
    return fields(entry)


@timed
def rates_by_the_second(clock):
    counted = RequestStats()
    seen = []
    for second in range(20):
        for number in range(second % 3 + 1):
            counted.log_request("GET", "/", 10, 1)
            if number == 1:
                counted.log_error("GET", "/", "e")
        entry = counted.get("/", "GET")
        seen.append([entry.current_rps, entry.current_fail_per_sec, entry.total_rps, entry.total_fail_per_sec])
        clock.now += 1
    return seen


@timed
def percentiles_of_the_last_seconds(clock):
    counted = RequestStats()
    seen = []
    for second in range(30):
        counted.log_request("GET", "/", second * 10, 1)
        seen.append(attempt(counted.total.get_current_response_time_percentile, 0.5))
        clock.now += 1
    seen.append(attempt(counted.get("/", "GET").get_current_response_time_percentile, 0.5))
    return seen


@timed
def members_of_stats(clock):
    counted = filled([1, 2, None], clock, 1)
    return [
        counted.num_requests, counted.num_none_requests, counted.num_failures, counted.last_request_timestamp,
        counted.start_time, list(counted.entries), list(counted.errors), counted.history, counted.total.name,
        counted.total.method, getattr(counted, "use_response_times_cache", None),
    ]  # fmt: skip


@timed
def resetting_stats(clock):
    counted = filled([1, 2], clock, 1)
    clock.now += 5
    counted.reset_all()
    after = [fields(counted.total), sorted(map(list, counted.entries)), len(counted.errors), counted.start_time]
    counted.clear_all()
    return [after, fields(counted.total), len(counted.entries), len(counted.errors)]


@timed
def an_entry_that_is_asked_for(clock):
    counted = RequestStats()
    entry = counted.get("new", "PUT")
    return [fields(entry), list(counted.entries), counted.entries["x", "y"].name, counted.get("x", "y").method]


@timed
def entries_by_hand(clock):
    counted = RequestStats()
    entry = StatsEntry(counted, "n", "M", use_response_times_cache=True)
    entry.log(5, 7)
    entry.log_error(ValueError("x"))
    found = fields(entry)
    entry.reset()
    return [found, fields(entry), counted.total.num_requests]


@timed
def writing_attributes(clock):
    entry = filled([5], clock).get("/", "GET")
    entry.num_requests = 10
    entry.total_response_time = 100
    entry.response_times = {5: 4, 20: 6}
    entry.num_failures = 3
    entry.min_response_time = 1
    entry.max_response_time = 30
    entry.last_request_timestamp = NOW + 10
    return fields(entry)


@timed
def serializing_everything(clock):
    counted = filled([1, 2, 3], clock, 1)
    counted.log_request("POST", "b", 5, 5)
    given = counted.serialize_stats()
    errors = counted.serialize_errors()
    return [sorted(json.dumps(one, sort_keys=True) for one in given), list(errors.values()), fields(counted.total)]


@timed
def a_stripped_report(clock):
    entry = filled([1, 2], clock).get("/", "GET")
    first = entry.get_stripped_report()
    return [json.dumps(first, sort_keys=True), fields(entry)["num_requests"]]


ERRORS = {
    "a text": "some text",
    "a ValueError": ValueError("wrong"),
    "an empty ValueError": ValueError(),
    "a CatchResponseError": CatchResponseError("caught"),
    "a ResponseError": ResponseError("bad"),
    "an address": ValueError("<object at 0x7f0012345678>"),
    "a number": 404,
    "None": None,
    "a KeyError": KeyError("k"),
    "several arguments": OSError(111, "refused"),
    "a class": ValueError,
    "lines": ValueError("a\nb"),
}
for title, error in ERRORS.items():

    @case
    def error_case(error=error):
        made = StatsError("GET", "/", error, 2)
        return [
            attempt(made.to_name), attempt(lambda: StatsError.parse_error(error)),
            attempt(lambda: StatsError.create_key("GET", "/", error)), attempt(lambda: occurring(made)),
            attempt(lambda: counted_error(error)),
        ]  # fmt: skip

    CASES[f"an error of {title}"] = CASES.pop("error case")


def occurring(made):
    made.occurred()
    found = made.to_dict()
    serialized = made.serialize()
    back = StatsError.unserialize(made.serialize())
    for one in (found, serialized):
        for name in ("first_seen", "last_seen"):
            one[name] = type(one.get(name)).__name__
    return [found, serialized, back.occurrences, back.method, back.name]


def counted_error(error):
    counted = RequestStats()
    counted.log_error("GET", "/", error)
    counted.log_error("GET", "/", error)
    (made,) = counted.errors.values()
    return [made.occurrences, made.method, made.name, str(made.error), list(counted.errors)]


@timed
def merging_reports_of_workers(clock):
    events = Events()
    master = RequestStats()
    worker = filled([5, 6, None], clock, 2)
    stats.setup_distributed_stats_event_listeners(events, worker)
    data = {}
    events.report_to_master.fire(client_id="w", data=data)
    seen = [sorted(data), sorted(data["stats_total"]) if "stats_total" in data else None]
    other = Events()
    stats.setup_distributed_stats_event_listeners(other, master)
    data.update(user_classes_count={"A": 1}, user_count=1)
    for _ in range(2):
        other.worker_report.fire(client_id="w", data=json.loads(json.dumps(data), object_hook=integers))
    return [
        seen,
        fields(master.total),
        fields(master.get("/", "GET")),
        [one.occurrences for one in master.errors.values()],
    ]


def integers(given):
    return {int(key) if key.lstrip("-").isdigit() else key: value for key, value in given.items()}


CONSTANTS = (
    "CONSOLE_STATS_INTERVAL_SEC", "CSV_STATS_FLUSH_INTERVAL_SEC", "CSV_STATS_INTERVAL_SEC",
    "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW", "HISTORY_STATS_INTERVAL_SEC", "PERCENTILES_TO_CHART",
    "PERCENTILES_TO_REPORT", "PERCENTILES_TO_STATISTICS", "STATS_AUTORESIZE", "STATS_NAME_WIDTH", "STATS_TYPE_WIDTH",
)  # fmt: skip
HELPERS = {
    "percentiles": lambda: stats.calculate_response_time_percentile({1: 5, 10: 5, 100: 1}, 11, 0.9),
    "percentiles of nothing": lambda: stats.calculate_response_time_percentile({}, 0, 0.9),
    "percentiles of fewer": lambda: stats.calculate_response_time_percentile({1: 1}, 10, 0.1),
    "differences": lambda: stats.diff_response_time_dicts({1: 5, 2: 3, 4: 1}, {1: 2, 2: 3}),
    "readable percentiles": lambda: stats.get_readable_percentiles([0.5, 0.95, 0.999, 1.0, 0.12345]),
    "average": lambda: [attempt(stats.avg, [1, 2, 4]), attempt(stats.avg, [])],
    "sorting": lambda: [entry.name for entry in stats.sort_stats(sortable().entries)],
    "cached response times": lambda: stats.CachedResponseTimes({1: 2}, 3)._asdict(),
    "constants": lambda: {name: getattr(stats, name, "absent") for name in CONSTANTS},
}
for title, function in HELPERS.items():
    CASES[f"helper: {title}"] = function


def sortable():
    counted = RequestStats()
    for name, method in (("b", "GET"), ("a", "POST"), ("a", "GET"), ("B", "GET")):
        counted.log_request(method, name, 1, 1)
    return counted


@timed
def tables(clock):
    counted = filled([1, 2, 3, 400, None], clock, 2)
    counted.log_request("POST", "a very long name " * 8, 5, 5)
    counted.log_error("POST", "b", CatchResponseError("caught"))
    found = {
        "stats": stats.get_stats_summary(counted),
        "total": stats.get_stats_summary(counted, current=False),
        "percentiles": stats.get_percentile_stats_summary(counted),
        "errors": stats.get_error_report_summary(counted),
    }
    return {name: [line.rstrip() for line in lines] for name, lines in found.items()}


@timed
def tables_of_nothing(clock):
    counted = RequestStats()
    found = [stats.get_stats_summary(counted), stats.get_percentile_stats_summary(counted)]
    return [[line.rstrip() for line in lines] for lines in found] + [stats.get_error_report_summary(counted)]


@timed
def a_bucket_of_one_s_own(clock):
    original = stats.bucket_response_time
    stats.bucket_response_time = lambda milliseconds: 5
    try:
        return fields(filled([1, 77, 123], clock).total)["response_times"]
    finally:
        stats.bucket_response_time = original


@each(ten=[0.5, 0.9], seven=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], text=["x"], one=[1.0], zero=[0.0], integer=[1])
def percentiles_to_chart(given):
    original = stats.PERCENTILES_TO_CHART
    stats.PERCENTILES_TO_CHART = given
    try:
        return stats.validate_stats_configuration()
    finally:
        stats.PERCENTILES_TO_CHART = original


@each(
    seconds="30s", minutes="2m", hours="1h", all="1h30m10s", number="45", integer=45, spaces=" 5 s", empty="",
    days="1d", nonsense="x", negative="-5", float="1.5", order="10s1h", none=None, zero="0", twice="1m1m",
)  # fmt: skip
def a_timespan(given):
    return attempt(parse_timespan, given)


@each(
    http="http://x", https="https://x/y", none="", ftp="ftp://x", bare="x.py", no_host="http://", upper="HTTP://x",
    spaces=" http://x", port="http://x:80", other="http:/x",
)  # fmt: skip
def a_url(given):
    return attempt(is_url, given)


@each(half=0.5, one_and_a_half=1.5, two_and_a_half=2.5, negative=-0.5, digits=(1.005, 2), even=(2.675, 2), big=1e20)
def rounding(given):
    return attempt(proper_round, *(given if isinstance(given, tuple) else (given,)))


@each(zero=0, seconds=5.4, minute=60, minutes=125, hour=3600, hours=7325, days=90061, negative=-5)
def a_duration(given):
    return [
        attempt(format_duration, NOW, NOW + given), attempt(format_utc_timestamp, NOW + given),
        attempt(format_safe_timestamp, NOW + given),
    ]  # fmt: skip


@case
def remembering():
    calls = []

    @memoize(timeout=0.1)
    def ask(number=0):
        calls.append(number)
        return len(calls)

    found = [ask(), ask(), ask()]
    gevent.sleep(0.15)
    found.append(ask())
    ask.clear_cache()
    return [found, ask(), calls]


@case
def trying_again():
    calls = []

    @retry(delays=(0.001, 0.001), exception=ValueError)
    def fail():
        calls.append(1)
        raise ValueError("always")

    return [attempt(fail), len(calls)]


@each(User=locust.User, HttpUser=locust.HttpUser, TaskSet=TaskSet, function=attempt, module=locust, text="x")
def is_a_user(given):
    return [bool(attempt(is_user_class, given)), bool(attempt(is_shape_class, given))]


@case
def is_a_user_or_a_shape_of_mine():
    class Mine(locust.User):
        pass

    class Base(locust.User):
        abstract = True

    class Wave(locust.LoadTestShape):
        def tick(self):
            return None

    class Waves(locust.LoadTestShape):
        abstract = True

    return [bool(is_user_class(one)) for one in (Mine, Base, Wave)] + [
        bool(is_shape_class(one)) for one in (Mine, Wave, Waves, locust.LoadTestShape)
    ]


# What only we have.
OURS = ("BundleError", "FeedError", "JournalError")


@case
def exceptions_there_are():
    found = {}
    for name, value in sorted(vars(exception).items()):
        if isinstance(value, type) and issubclass(value, BaseException) and name not in OURS:
            found[name] = [
                [base.__name__ for base in value.__mro__[1:-1]],
                attempt(lambda value=value: raised(value())),
            ]
    return found


@case
def log_lines():
    reader = log.LogReader()
    logger = logging.getLogger("some")
    logger.addHandler(reader)
    reader.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    for number in range(600):
        logger.warning("line %d", number)
    logger.removeHandler(reader)
    return [len(reader.logs), list(reader.logs)[:2], list(reader.logs)[-1]]


@case
def logging_of_greenlets():
    log.unhandled_greenlet_exception = False
    handle = log.greenlet_exception_logger(logging.getLogger("some"), logging.ERROR)
    greenlet = gevent.spawn(lambda: 1 / 0)
    greenlet.link_exception(handle)
    greenlet.join()
    gevent.sleep(0.01)
    found = log.unhandled_greenlet_exception
    log.unhandled_greenlet_exception = False
    return found


PARSED = {
    "nothing": [],
    "users": ["-u", "5", "-r", "2.5", "-t", "1m"],
    "tags": ["--tags", "a", "b", "--exclude-tags", "c"],
    "classes": ["One", "Two"],
}
WANTED = ("num_users", "spawn_rate", "run_time", "tags", "exclude_tags", "host", "headless", "user_classes", "profile")
for title, arguments in PARSED.items():
    CASES[f"options of {title}"] = lambda arguments=arguments: {
        name: getattr(parse_options(arguments), name, "absent") for name in WANTED
    }


@case
def an_option_of_one_s_own():
    parser = get_parser(default_config_files=[])
    parser.add_argument("--mine", default="x", help="own", env_var="MINE")
    parser.add_argument("--secret", default="s", is_secret=True)
    parser.add_argument("--hidden", default="h", include_in_web_ui=False)
    parser.add_argument("--choice", choices=["a", "b"], default="a")
    parser.add_argument("--many", action="append", is_multiple=True, choices=["a", "b"])
    parser.add_argument("--needed", is_required=True)
    found = parser.parse_args(["--mine", "y"])
    return [
        found.mine, found.secret, found.hidden, found.choice, found.needed, isinstance(parser, LocustArgumentParser),
        sorted(name for name in parser.args_included_in_web_ui if name in ("mine", "secret", "hidden", "choice")),
        sorted(parser.secret_args_included_in_web_ui), sorted(parser.required_args_included_in_web_ui),
        sorted(parser.multiple_args_included_in_web_ui),
    ]  # fmt: skip


@case
def options_of_the_form():
    @locust.events.init_command_line_parser.add_listener
    def add(parser):
        parser.add_argument("--mine", default="x", help="own")
        parser.add_argument("--secret", default="s", is_secret=True)
        parser.add_argument("--hidden", default="h", include_in_web_ui=False)

    try:
        return ui_extra_args_dict([])
    finally:
        locust.events.init_command_line_parser.remove_listener(add)


@case
def an_environment_of_options():
    from locust.main import create_environment

    options = argparse.Namespace(
        host="http://h", reset_stats=False, stop_timeout=2.0, tags=["a"], exclude_tags=None, profile="p"
    )
    environment = create_environment([], options, events=locust.events, locustfile="x.py")
    return [
        environment.host, environment.reset_stats, environment.stop_timeout, environment.tags, environment.profile,
        environment.locustfile, environment.parsed_options is options, environment.events is locust.events,
    ]  # fmt: skip


@case
def printing_json():
    counted = filled([5, 6], failures=1)
    out = io.StringIO()
    import contextlib

    with contextlib.redirect_stdout(out):
        stats.print_stats_json(counted)
    (found,) = json.loads(out.getvalue())
    return [sorted(found), found["num_requests"], found["response_times"]]


@case
def saving_json():
    with tempfile.TemporaryDirectory() as folder:
        stats.save_stats_json(filled([5, 6]), os.path.join(folder, "out"))
        return sorted(os.listdir(folder))


@case
def a_csv_writer():
    with tempfile.TemporaryDirectory() as folder:
        environment = Environment(user_classes=[])
        environment.create_local_runner()
        writer = stats.StatsCSVFileWriter(environment, stats.PERCENTILES_TO_REPORT, os.path.join(folder, "p"), True)
        greenlet = gevent.spawn(writer)
        for number in range(5):
            environment.stats.log_request("GET", "/", number * 10, 3)
        environment.stats.log_error("GET", "/", ValueError("wrong"))
        gevent.sleep(1.3)
        greenlet.kill(block=True)
        writer.close_files()
        found = {}
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), newline="") as file:
                lines = file.read().split("\r\n")
            found[name] = [
                lines[0],
                len(lines) > 2,
                [line.split(",")[:4] for line in lines[1:3] if "history" not in name],
            ]
        return found


@case
def csv_rows_of_requests():
    class Rows(list):
        def writerow(self, row):
            self.append([str(cell)[:40] for cell in row])

        def writerows(self, rows):
            for row in rows:
                self.writerow(row)

    environment = Environment(user_classes=[])
    environment.create_local_runner()
    environment.stats.log_request("GET", "/", 10, 3)
    environment.stats.log_error("GET", "/", ValueError("wrong"))
    writer = stats.StatsCSV(environment, [0.5, 0.9])
    requests, failures, exceptions = Rows(), Rows(), Rows()
    writer.requests_csv(requests)
    writer.failures_csv(failures)
    writer.exceptions_csv(exceptions)
    return [
        requests[0], [[*row[:4], *row[5:9]] for row in requests[1:]], failures[0], [row[:4] for row in failures[1:]],
        exceptions, attempt(writer.stats_history_file_name) if hasattr(writer, "stats_history_file_name") else None,
    ]  # fmt: skip


@case
def a_session_is_one_of_requests():
    import requests

    return [issubclass(HttpSession, requests.Session), HttpSession.__init__ is not requests.Session.__init__]


if __name__ == "__main__":
    answer_all()
