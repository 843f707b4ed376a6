"""The command line's options, as one table: the parser, the web UI, workers and the reference page are made from it."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from locust._version import __version__
from locust.util.timespan import parse_timespan

LOG_FORMATS: Final = ("text", "json")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the help."""

    title: str
    description: str | None = None


COMMON: Final = Group("Common options")
WEB_UI: Final = Group("Web UI options")
MASTER: Final = Group("Master options", "For the process that workers connect to, in a distributed run.")
WORKER: Final = Group(
    "Worker options",
    "For the processes that run the users of a distributed run. The master decides about users, rates and times:\n"
    "a worker needs no more than these and --locustfile.",
)
CLUSTER: Final = Group(
    "Cluster options",
    "For masters and workers: TLS between them. --secure with --join needs no certificates of yours.",
)
TAGS: Final = Group("Tag options", "Choose among tasks by the tags that @tag gave them.")
# Plugins look this title up to put their own options beside these.
STATISTICS: Final = Group("Request statistics options")
LOGGING: Final = Group("Logging options")
OTHER: Final = Group("Other options")
USER_CLASSES: Final = Group("User classes")
GROUPS: Final = (COMMON, WEB_UI, MASTER, WORKER, TAGS, STATISTICS, LOGGING, OTHER, CLUSTER, USER_CLASSES)


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    Attributes:
        flags: as typed, empty for the positional one.
        dest: name in the parsed options.
        help: None hides it from `--help`.
        kind: `value` takes one, `values` any number, `flag` none.
        type: makes a value of the text; None keeps the text.
        removed: why it is refused: upstream took it out.
        is_early: needed before the locustfile is loaded.
        goes_to_workers: workers take it over from their master; the others are about one process.
        shown_in_web_ui: the start form asks for it.
        is_own: upstream doesn't have it. It can't be abbreviated: every prefix means what it means there.
    """

    flags: tuple[str, ...]
    dest: str
    group: Group
    help: str | None = None
    kind: Literal["value", "values", "flag", "help", "version"] = "value"
    default: Any = None  # whatever `type` gives
    env_var: str | None = None
    type: Callable[[str], Any] | None = None
    metavar: str | None = None
    choices: Sequence[str] | None = None
    removed: str | None = None
    is_early: bool = False
    goes_to_workers: bool = False
    shown_in_web_ui: bool = False
    is_own: bool = False


# --- what values may look like; the messages are upstream's -----------------------------------------------------------


def timespan(time_str: str) -> int:
    """Seconds of `20`, `20s`, `3m`, `1h20m`…"""
    try:
        return parse_timespan(time_str)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def positive_integer(string: str) -> int:
    """A number of workers to expect."""
    try:
        value = int(string)
    except ValueError:
        raise argparse.ArgumentTypeError(f"invalid int value: '{string}'") from None
    if value < 1:
        raise argparse.ArgumentTypeError(f"Invalid --expect-workers argument ({value}), must be a positive number")
    return value


def gt_zero(number: Callable[[str], float]) -> Callable[[str], float]:
    """Gives a reader of finite numbers above zero."""

    def checker(value: str) -> float:
        parsed = number(value)
        if not math.isfinite(parsed):
            raise argparse.ArgumentTypeError("must be a finite number")
        if parsed <= 0:
            raise argparse.ArgumentTypeError("must be > 0")
        return parsed

    # argparse names it in "invalid float value".
    checker.__name__ = getattr(number, "__name__", "number")
    return checker


def json_user_config(string: str) -> list[dict[str, Any]]:
    """User classes' attributes: JSON, or the name of a file of JSON. One object, or a list of them."""
    try:
        if string.endswith(".json"):
            with open(string) as file:
                parsed = json.load(file)
        else:
            parsed = json.loads(string)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(
            f"The --config-users argument must be a valid JSON string or file: {error}"
        ) from None
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    configs = parsed if isinstance(parsed, list) else [parsed]
    for config in configs:
        if not isinstance(config, dict) or "user_class_name" not in config:
            raise argparse.ArgumentTypeError("The user config must specify a user_class_name")
    return configs


# Long, because there is a row for each: splitting it would only hide what belongs together.
# --- the table --------------------------------------------------------------------------------------------------------

OPTIONS: Final[tuple[Option, ...]] = (
    Option(("-h", "--help"), "help", COMMON, "Show this and exit", "help", is_early=True),
    Option(
        ("-f", "--locustfile"),
        "locustfile",
        COMMON,
        "The Python file with your User classes: 'my_test.py', several with commas between, a directory, or the URL "
        "of one. "
        "Default: locustfile.py",
        default="locustfile.py",
        env_var="LOCUST_LOCUSTFILE",
        metavar="<filename>",
        is_early=True,
    ),
    Option(
        ("--config",),
        "config",
        COMMON,
        "Read options from this file too: TOML if it ends so, otherwise a 'name = value' a line. It goes above "
        "~/.locust.conf, "
        "locust.conf and pyproject.toml",
        metavar="<filename>",
        is_early=True,
    ),
    Option(
        ("-H", "--host"),
        "host",
        COMMON,
        "The target: https://www.example.com. Overrides 'host' of User classes",
        env_var="LOCUST_HOST",
        metavar="<base url>",
        shown_in_web_ui=True,
    ),
    Option(
        ("-u", "--users"),
        "num_users",
        COMMON,
        "How many users to run at the peak (default: 1 with --headless). While it runs, keys change it: w and W add "
        "1 and 10, "
        "s and S stop as many",
        env_var="LOCUST_USERS",
        type=int,
        metavar="<int>",
        shown_in_web_ui=True,
    ),
    Option(
        ("-r", "--spawn-rate"),
        "spawn_rate",
        COMMON,
        "How many users to start each second (default: 1 with --headless)",
        env_var="LOCUST_SPAWN_RATE",
        type=gt_zero(float),
        metavar="<float>",
        shown_in_web_ui=True,
    ),
    Option(
        ("-t", "--run-time"),
        "run_time",
        COMMON,
        "Stop after this time: 300s, 20m, 3h, 1h30m... With --headless or --autostart. Default: never",
        env_var="LOCUST_RUN_TIME",
        type=timespan,
        metavar="<time string>",
        shown_in_web_ui=True,
    ),
    Option(("-l", "--list"), "list_commands", COMMON, "Print the names of the User classes and exit", "flag", False),
    Option(
        ("--config-users",),
        "config_users",
        COMMON,
        "Set attributes of User classes: JSON objects with a user_class_name, lists of them, or names of .json files",
        "values",
        env_var="LOCUST_CONFIG_USERS",
        type=json_user_config,
    ),
    Option(
        ("--web-host",),
        "web_host",
        WEB_UI,
        "Address to serve the web UI at. Default: all ('*')",
        default="",
        env_var="LOCUST_WEB_HOST",
        metavar="<ip>",
    ),
    Option(
        ("--web-host-display-name",),
        "web_host_display_name",
        WEB_UI,
        env_var="LOCUST_WEB_HOST_DISPLAY_NAME",
        type=str,
    ),
    Option(
        ("--web-port", "-P"),
        "web_port",
        WEB_UI,
        "Port to serve the web UI at. Default: 8089",
        default=8089,
        env_var="LOCUST_WEB_PORT",
        type=int,
        metavar="<port number>",
    ),
    Option(
        ("--headless",),
        "headless",
        WEB_UI,
        "Start at once, without the web UI; -u, -r and -t say how much and how long",
        "flag",
        False,
        "LOCUST_HEADLESS",
    ),
    Option(
        ("--autostart",),
        "autostart",
        WEB_UI,
        "Start at once, with the web UI",
        "flag",
        False,
        "LOCUST_AUTOSTART",
    ),
    Option(
        ("--autoquit",),
        "autoquit",
        WEB_UI,
        "Exit so many seconds after the run's end; with --autostart. Default: stay until CTRL+C",
        default=-1,
        env_var="LOCUST_AUTOQUIT",
        type=int,
        metavar="<seconds>",
    ),
    Option(("--headful",), "headful", WEB_UI, None, "flag", False, "LOCUST_HEADFUL"),
    Option(
        ("--web-auth",),
        "web_auth",
        WEB_UI,
        env_var="LOCUST_WEB_AUTH",
        metavar="<username:password>",
        removed="The --web-auth parameters has been replaced with --web-login. "
        "See https://docs.locust.io/en/stable/extending-locust.html#authentication for details",
    ),
    Option(
        ("--web-login",),
        "web_login",
        WEB_UI,
        "Guard the web UI with a login page",
        "flag",
        False,
        "LOCUST_WEB_LOGIN",
    ),
    Option(
        ("--tls-cert",),
        "tls_cert",
        WEB_UI,
        "Certificate to serve the web UI over HTTPS with",
        default="",
        env_var="LOCUST_TLS_CERT",
        metavar="<filename>",
    ),
    Option(
        ("--tls-key",),
        "tls_key",
        WEB_UI,
        "The certificate's private key",
        default="",
        env_var="LOCUST_TLS_KEY",
        metavar="<filename>",
    ),
    Option(
        ("--class-picker",),
        "class_picker",
        WEB_UI,
        "Let the web UI choose among User classes, their tasks and shapes",
        "flag",
        False,
        "LOCUST_USERCLASS_PICKER",
    ),
    Option(
        ("--build-path",),
        "build_path",
        WEB_UI,
        default="",
        env_var="LOCUST_BUILD_PATH",
        type=str,
    ),
    Option(
        ("--legacy-ui",),
        "legacy_ui",
        WEB_UI,
        None,
        "flag",
        False,
        "LOCUST_LEGACY_UI",
        removed="--legacy-ui is no longer supported, remove the parameter to continue",
    ),
    Option(
        ("--master",),
        "master",
        MASTER,
        "Be the master of a distributed run",
        "flag",
        False,
        "LOCUST_MODE_MASTER",
        is_early=True,
    ),
    Option(
        ("--master-bind-host",),
        "master_bind_host",
        MASTER,
        "Address to await workers at. Default: all ('*')",
        default="*",
        env_var="LOCUST_MASTER_BIND_HOST",
        metavar="<ip>",
    ),
    Option(
        ("--master-bind-port",),
        "master_bind_port",
        MASTER,
        "Port to await workers at. Default: 5557",
        default=5557,
        env_var="LOCUST_MASTER_BIND_PORT",
        type=int,
        metavar="<port number>",
    ),
    Option(
        ("--expect-workers",),
        "expect_workers",
        MASTER,
        "Start when so many workers have connected; with --headless or --autostart",
        default=1,
        env_var="LOCUST_EXPECT_WORKERS",
        type=positive_integer,
        metavar="<int>",
        goes_to_workers=True,
    ),
    Option(
        ("--expect-workers-max-wait",),
        "expect_workers_max_wait",
        MASTER,
        "Give up on workers after so many seconds. Default: never",
        default=0,
        env_var="LOCUST_EXPECT_WORKERS_MAX_WAIT",
        type=int,
        metavar="<int>",
    ),
    Option(
        ("--enable-rebalancing",),
        "enable_rebalancing",
        MASTER,
        "Spread users anew when workers come or go during a run. That's so anyway: see --no-rebalancing",
        "flag",
        False,
    ),
    Option(
        ("--expect-slaves",),
        "expect_slaves",
        MASTER,
        None,
        "flag",
        removed="The --expect-slaves parameter has been renamed --expect-workers",
    ),
    Option(
        ("--worker",),
        "worker",
        WORKER,
        "Be a worker of a distributed run. With '-f -' the locustfile comes from the master",
        "flag",
        False,
        "LOCUST_MODE_WORKER",
        is_early=True,
    ),
    Option(
        ("--processes",),
        "processes",
        WORKER,
        "Use so many processes (-1: one a core). Alone it means a master and that many workers, with --worker only "
        "workers. "
        "Not on Windows",
        env_var="LOCUST_PROCESSES",
        type=int,
        metavar="<int>",
    ),
    Option(
        ("--slave",),
        "slave",
        WORKER,
        None,
        "flag",
        removed="The --slave parameter has been renamed --worker",
    ),
    Option(
        ("--master-host",),
        "master_host",
        WORKER,
        "The master to join. Default: 127.0.0.1",
        default="127.0.0.1",
        env_var="LOCUST_MASTER_NODE_HOST",
        metavar="<hostname>",
        is_early=True,
    ),
    Option(
        ("--master-port",),
        "master_port",
        WORKER,
        "Its port. Default: 5557",
        default=5557,
        env_var="LOCUST_MASTER_NODE_PORT",
        type=int,
        metavar="<port number>",
        is_early=True,
    ),
    Option(
        ("--no-rebalancing",),
        "no_rebalancing",
        CLUSTER,
        "Master: leave the users of a worker that went missing where they were, instead of starting them on the others",
        "flag",
        False,
        "LOCUST_NO_REBALANCING",
        is_own=True,
    ),
    Option(
        ("--secure",),
        "secure",
        CLUSTER,
        "Master: talk TLS with workers, and let only those in that have the join token which is printed at the start",
        "flag",
        False,
        "LOCUST_SECURE",
        is_own=True,
    ),
    Option(
        ("--journal",),
        "journal",
        CLUSTER,
        "Master: keep the run in this file. A master that is started with it again, after it was killed, takes the run "
        "up: its workers, statistics and time",
        env_var="LOCUST_JOURNAL",
        metavar="<filename>",
        is_own=True,
    ),
    Option(
        ("--orphan-timeout",),
        "orphan_timeout",
        CLUSTER,
        "Worker: go on for so long without hearing from the master, then stop: 60s, 5m... Default: 60s",
        env_var="LOCUST_ORPHAN_TIMEOUT",
        type=timespan,
        metavar="<time string>",
        is_own=True,
    ),
    Option(
        ("--join-ttl",),
        "join_ttl",
        CLUSTER,
        "Master: how long the join token lets new workers in: 30m, 24h... Default: 24h",
        default=86400,
        env_var="LOCUST_JOIN_TTL",
        type=timespan,
        metavar="<time string>",
        is_own=True,
    ),
    Option(
        ("--join",),
        "join_token",
        CLUSTER,
        "Worker: join the master that printed this token. Better given as LOCUST_JOIN_TOKEN: others see command lines",
        env_var="LOCUST_JOIN_TOKEN",
        metavar="<token>",
        is_early=True,
        is_own=True,
    ),
    Option(
        ("--cluster-tls",),
        "cluster_tls",
        CLUSTER,
        "Talk TLS between nodes that have certificates of one authority of yours; needs the next three",
        "flag",
        False,
        "LOCUST_CLUSTER_TLS",
        is_early=True,
        is_own=True,
    ),
    Option(
        ("--cluster-tls-cert",),
        "cluster_tls_cert",
        CLUSTER,
        "This node's certificate, PEM. Read again when it changes",
        env_var="LOCUST_CLUSTER_TLS_CERT",
        metavar="<filename>",
        is_early=True,
        is_own=True,
    ),
    Option(
        ("--cluster-tls-key",),
        "cluster_tls_key",
        CLUSTER,
        "Its private key, PEM",
        env_var="LOCUST_CLUSTER_TLS_KEY",
        metavar="<filename>",
        is_early=True,
        is_own=True,
    ),
    Option(
        ("--cluster-tls-ca",),
        "cluster_tls_ca",
        CLUSTER,
        "The authority's certificate, PEM",
        env_var="LOCUST_CLUSTER_TLS_CA",
        metavar="<filename>",
        is_early=True,
        is_own=True,
    ),
    Option(
        ("--web-base-path",),
        "web_base_path",
        WEB_UI,
        "Serve the web UI below this path: '/locust'",
        default="",
        env_var="LOCUST_WEB_BASE_PATH",
        type=str,
    ),
    Option(
        ("-T", "--tags"),
        "tags",
        TAGS,
        "Run only tasks with one of these tags",
        "values",
        env_var="LOCUST_TAGS",
        metavar="<tag>",
        goes_to_workers=True,
    ),
    Option(
        ("-E", "--exclude-tags"),
        "exclude_tags",
        TAGS,
        "Leave out tasks with one of these tags; it wins over --tags",
        "values",
        env_var="LOCUST_EXCLUDE_TAGS",
        metavar="<tag>",
        goes_to_workers=True,
    ),
    Option(
        ("--csv",),
        "csv_prefix",
        STATISTICS,
        "Write statistics as CSV: to <prefix>_stats.csv, _stats_history.csv, _failures.csv and _exceptions.csv. "
        "Missing folders are made",
        env_var="LOCUST_CSV",
        metavar="<filename>",
    ),
    Option(
        ("--csv-full-history",),
        "stats_history_enabled",
        STATISTICS,
        "Give each entry its rows in _stats_history.csv, not only the total. With --csv",
        "flag",
        False,
        "LOCUST_CSV_FULL_HISTORY",
    ),
    Option(
        ("--print-stats",),
        "print_stats",
        STATISTICS,
        "Print statistics as the run goes, with the web UI too",
        "flag",
        False,
        "LOCUST_PRINT_STATS",
    ),
    Option(
        ("--only-summary",),
        "only_summary",
        STATISTICS,
        "Print statistics only at the end of a --headless run",
        "flag",
        False,
        "LOCUST_ONLY_SUMMARY",
    ),
    Option(
        ("--reset-stats",),
        "reset_stats",
        STATISTICS,
        "Start statistics anew once all users run. In a distributed run give it to all processes",
        "flag",
        False,
        "LOCUST_RESET_STATS",
    ),
    Option(
        ("--html",),
        "html_file",
        STATISTICS,
        "Write a report as HTML. {u}, {r} and {t} in the name become the users, rate and time",
        env_var="LOCUST_HTML",
        metavar="<filename>",
    ),
    Option(
        ("--json",),
        "json",
        STATISTICS,
        "Print the final statistics as JSON to stdout. With --headless, and --skip-log if nothing else is to be "
        "printed",
        "flag",
        False,
    ),
    Option(
        ("--json-file",),
        "json_file",
        STATISTICS,
        "Write the final statistics as JSON to <filename>.json",
        metavar="<filename>",
    ),
    Option(
        ("--skip-log-setup",),
        "skip_log_setup",
        LOGGING,
        "Disable Locust's logging setup. What your test or Python's defaults say holds instead",
        "flag",
        False,
        "LOCUST_SKIP_LOG_SETUP",
    ),
    Option(
        ("--loglevel", "-L"),
        "loglevel",
        LOGGING,
        "DEBUG, INFO, WARNING, ERROR or CRITICAL. Default: INFO",
        default="INFO",
        env_var="LOCUST_LOGLEVEL",
        type=str.upper,
        metavar="<level>",
        choices=LOG_LEVELS,
    ),
    Option(
        ("--logfile",),
        "logfile",
        LOGGING,
        "Log to this file, not to stderr",
        env_var="LOCUST_LOGFILE",
        metavar="<filename>",
    ),
    Option(
        ("--log-format",),
        "log_format",
        LOGGING,
        "text: lines to read. json: each entry a line with one JSON object, for log shippers. Default: text",
        default="text",
        env_var="LOCUST_LOG_FORMAT",
        metavar="<format>",
        choices=LOG_FORMATS,
        is_own=True,
    ),
    Option(
        ("--show-task-ratio",),
        "show_task_ratio",
        OTHER,
        "Print how User classes and tasks share the run, and exit. With -u if a class has a fixed_count",
        "flag",
        False,
    ),
    Option(
        ("--show-task-ratio-json",),
        "show_task_ratio_json",
        OTHER,
        "The same as JSON",
        "flag",
        False,
    ),
    Option(
        ("--version", "-V"),
        "version",
        OTHER,
        "Print the version and exit",
        "version",
        is_early=True,
    ),
    Option(
        ("--exit-code-on-error",),
        "exit_code_on_error",
        OTHER,
        "Exit with this code when a request failed or a task raised. Default: 1",
        default=1,
        env_var="LOCUST_EXIT_CODE_ON_ERROR",
        type=int,
        metavar="<int>",
    ),
    Option(
        ("-s", "--stop-timeout"),
        "stop_timeout",
        OTHER,
        "Give tasks so many seconds to finish when the run stops. Default: none. In a distributed run the master's "
        "holds",
        default="0",
        env_var="LOCUST_STOP_TIMEOUT",
        type=timespan,
        metavar="<number>",
    ),
    Option(
        ("--equal-weights",),
        "equal_weights",
        OTHER,
        "Run all tasks equally often, whatever weights they have",
        "flag",
        False,
    ),
    Option(("--profile",), "profile", OTHER, "A name to group runs by", type=str, shown_in_web_ui=True),
    Option(
        ("--otel",),
        "otel",
        OTHER,
        "Export the run through OpenTelemetry",
        "flag",
        False,
        "LOCUST_ENABLE_OPENTELEMETRY",
    ),
    Option(
        (),
        "user_classes",
        USER_CLASSES,
        "User classes to run, at the end of the line or, with blanks between, in LOCUST_USER_CLASSES (--list prints "
        "those "
        "there are). Default: all",
        "values",
        env_var="LOCUST_USER_CLASSES",
        metavar="<UserClass1 UserClass2>",
    ),
)


def version_text() -> str:
    """Says which Locust this is, and where."""
    return f"locust {__version__} from {os.path.dirname(os.path.abspath(__file__))} (Python {sys.version.split()[0]})"
