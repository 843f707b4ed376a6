"""The table of options."""

from __future__ import annotations

import argparse
import json
from collections import Counter

import pytest

from locust import _options
from locust._options import GROUPS, OPTIONS, gt_zero, json_user_config, positive_integer, timespan, version_text

# As Locust 2.47.0 has them: flags, name among the parsed options, environment variable, default.
UPSTREAM = [
    (("-f", "--locustfile"), "locustfile", "LOCUST_LOCUSTFILE", "locustfile.py"),
    (("--config",), "config", None, None),
    (("-H", "--host"), "host", "LOCUST_HOST", None),
    (("-u", "--users"), "num_users", "LOCUST_USERS", None),
    (("-r", "--spawn-rate"), "spawn_rate", "LOCUST_SPAWN_RATE", None),
    (("-t", "--run-time"), "run_time", "LOCUST_RUN_TIME", None),
    (("-l", "--list"), "list_commands", None, False),
    (("--config-users",), "config_users", "LOCUST_CONFIG_USERS", None),
    (("--web-host",), "web_host", "LOCUST_WEB_HOST", ""),
    (("--web-host-display-name",), "web_host_display_name", "LOCUST_WEB_HOST_DISPLAY_NAME", None),
    (("--web-port", "-P"), "web_port", "LOCUST_WEB_PORT", 8089),
    (("--headless",), "headless", "LOCUST_HEADLESS", False),
    (("--autostart",), "autostart", "LOCUST_AUTOSTART", False),
    (("--autoquit",), "autoquit", "LOCUST_AUTOQUIT", -1),
    (("--headful",), "headful", "LOCUST_HEADFUL", False),
    (("--web-auth",), "web_auth", "LOCUST_WEB_AUTH", None),
    (("--web-login",), "web_login", "LOCUST_WEB_LOGIN", False),
    (("--tls-cert",), "tls_cert", "LOCUST_TLS_CERT", ""),
    (("--tls-key",), "tls_key", "LOCUST_TLS_KEY", ""),
    (("--class-picker",), "class_picker", "LOCUST_USERCLASS_PICKER", False),
    (("--build-path",), "build_path", "LOCUST_BUILD_PATH", ""),
    (("--legacy-ui",), "legacy_ui", "LOCUST_LEGACY_UI", False),
    (("--master",), "master", "LOCUST_MODE_MASTER", False),
    (("--master-bind-host",), "master_bind_host", "LOCUST_MASTER_BIND_HOST", "*"),
    (("--master-bind-port",), "master_bind_port", "LOCUST_MASTER_BIND_PORT", 5557),
    (("--expect-workers",), "expect_workers", "LOCUST_EXPECT_WORKERS", 1),
    (("--expect-workers-max-wait",), "expect_workers_max_wait", "LOCUST_EXPECT_WORKERS_MAX_WAIT", 0),
    (("--enable-rebalancing",), "enable_rebalancing", None, False),
    (("--expect-slaves",), "expect_slaves", None, None),
    (("--worker",), "worker", "LOCUST_MODE_WORKER", False),
    (("--processes",), "processes", "LOCUST_PROCESSES", None),
    (("--slave",), "slave", None, None),
    (("--master-host",), "master_host", "LOCUST_MASTER_NODE_HOST", "127.0.0.1"),
    (("--master-port",), "master_port", "LOCUST_MASTER_NODE_PORT", 5557),
    (("--web-base-path",), "web_base_path", "LOCUST_WEB_BASE_PATH", ""),
    (("-T", "--tags"), "tags", "LOCUST_TAGS", None),
    (("-E", "--exclude-tags"), "exclude_tags", "LOCUST_EXCLUDE_TAGS", None),
    (("--csv",), "csv_prefix", "LOCUST_CSV", None),
    (("--csv-full-history",), "stats_history_enabled", "LOCUST_CSV_FULL_HISTORY", False),
    (("--print-stats",), "print_stats", "LOCUST_PRINT_STATS", False),
    (("--only-summary",), "only_summary", "LOCUST_ONLY_SUMMARY", False),
    (("--reset-stats",), "reset_stats", "LOCUST_RESET_STATS", False),
    (("--html",), "html_file", "LOCUST_HTML", None),
    (("--json",), "json", None, False),
    (("--json-file",), "json_file", None, None),
    (("--skip-log-setup",), "skip_log_setup", "LOCUST_SKIP_LOG_SETUP", False),
    (("--loglevel", "-L"), "loglevel", "LOCUST_LOGLEVEL", "INFO"),
    (("--logfile",), "logfile", "LOCUST_LOGFILE", None),
    (("--show-task-ratio",), "show_task_ratio", None, False),
    (("--show-task-ratio-json",), "show_task_ratio_json", None, False),
    (("--exit-code-on-error",), "exit_code_on_error", "LOCUST_EXIT_CODE_ON_ERROR", 1),
    (("-s", "--stop-timeout"), "stop_timeout", "LOCUST_STOP_TIMEOUT", "0"),
    (("--equal-weights",), "equal_weights", None, False),
    (("--profile",), "profile", None, None),
    (("--otel",), "otel", "LOCUST_ENABLE_OPENTELEMETRY", False),
]


def test_every_option_of_locust_2_47_is_there_and_no_other_but_our_own() -> None:
    ours = [
        (option.flags, option.dest, option.env_var, option.default)
        for option in OPTIONS
        if option.flags and option.kind not in ("help", "version") and not option.is_own
    ]

    assert ours == UPSTREAM


@pytest.mark.parametrize("attribute", ["dest", "env_var", "help"])
def test_no_two_options_share_a_name_a_variable_or_a_text(attribute: str) -> None:
    counts = Counter(getattr(option, attribute) for option in OPTIONS)

    del counts[None]

    assert [value for value, count in counts.items() if count > 1] == []


def test_every_option_stands_under_a_heading_that_is_shown() -> None:
    assert {option.group for option in OPTIONS} == set(GROUPS)


def test_workers_take_over_what_upstreams_do() -> None:
    assert {option.dest for option in OPTIONS if option.goes_to_workers} == {"expect_workers", "tags", "exclude_tags"}


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("20", 20), ("3m", 180), ("1h20m", 4800), ("3h30m10s", 12610)])
def test_a_time_span_is_read_as_seconds(text: str, seconds: int) -> None:
    assert timespan(text) == seconds


@pytest.mark.parametrize("text", ["1d", "-1", "1.5", "s", "ten"])
def test_a_malformed_time_span_says_what_is_valid(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        timespan(text)

    assert str(refusal.value) == "Invalid time span format. Valid formats: 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "Invalid --expect-workers argument (0), must be a positive number"),
        ("-1", "Invalid --expect-workers argument (-1), must be a positive number"),
        ("x", "invalid int value: 'x'"),
    ],
)
def test_a_number_of_workers_is_positive(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        positive_integer(text)

    assert str(refusal.value) == message
    assert positive_integer("3") == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "must be > 0"),
        ("-1", "must be > 0"),
        ("inf", "must be a finite number"),
        ("nan", "must be a finite number"),
    ],
)
def test_a_rate_is_finite_and_above_zero(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        gt_zero(float)(text)

    assert str(refusal.value) == message
    assert gt_zero(float)("1.5") == 1.5


def test_user_settings_are_read_from_text_and_from_files(tmp_path) -> None:
    settings = {"user_class_name": "Visitor", "host": "http://a"}
    file = tmp_path / "users.json"
    file.write_text(json.dumps([settings, settings]))

    assert json_user_config(json.dumps(settings)) == [settings]
    assert json_user_config(str(file)) == [settings, settings]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{bad", "The --config-users argument must be a valid JSON string or file: Expecting property name"),
        ("{}", "The user config must specify a user_class_name"),
        ("5", "The user config must specify a user_class_name"),
        ("nowhere.json", "[Errno 2] No such file or directory: 'nowhere.json'"),
    ],
)
def test_user_settings_that_make_no_sense_are_refused(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        json_user_config(text)

    assert str(refusal.value).startswith(message)


def test_the_version_names_the_place_and_the_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_options, "__version__", "3.1.4")

    words = version_text().split(" ")

    assert words[:3] == ["locust", "3.1.4", "from"]
    assert words[-2] == "(Python"
