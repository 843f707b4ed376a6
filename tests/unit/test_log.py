"""Logging: set-up, the lines kept, exceptions of greenlets."""

from __future__ import annotations

import json
import logging
import logging.config
import re
import sys
import warnings
from pathlib import Path

import gevent
import pytest

from locust import log


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch: pytest.MonkeyPatch):
    """Gives the loggers back as they were, and the exit code's flag."""
    monkeypatch.setattr(log, "unhandled_greenlet_exception", False)
    loggers = [logging.getLogger(name) for name in (None, "locust", "locust.stats_logger")]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers = []
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    yield
    logging.captureWarnings(False)
    vars(gevent.get_hub()).pop("print_exception", None)
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def test_lines_go_to_stderr_with_host_level_and_logger(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup_logging("info")
    logging.getLogger("locust.runners").info("All users spawned")
    logging.getLogger("mine").warning("two\nlines")
    logging.getLogger("locust.runners").debug("not at this level")
    logging.getLogger("locust.stats_logger").info("a table")

    lines = capsys.readouterr().err.splitlines()

    stamp = len("[2026-11-25 04:07:23,706] ")
    assert [line[stamp:] for line in lines[:2]] == [
        f"{log.HOSTNAME}/INFO/locust.runners: All users spawned",
        f"{log.HOSTNAME}/WARNING/mine: two",
    ]
    assert lines[2:] == ["lines", "a table"]


def test_a_log_file_takes_everything_but_the_tables(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "made" / "locust.log"

    log.setup_logging("INFO", str(file))
    logging.getLogger("locust.main").info("Starting")
    logging.getLogger("locust.stats_logger").info("a table")

    assert file.read_text().endswith("/INFO/locust.main: Starting\n")
    assert capsys.readouterr().err == "a table\n"


def test_a_log_file_that_can_not_be_opened_is_an_error_of_the_system(tmp_path) -> None:
    with pytest.raises(IsADirectoryError):
        log.setup_logging("INFO", str(tmp_path))


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="no log level 'loud'"):
        log.setup_logging("loud")


def test_loggers_that_a_locustfile_disabled_are_heard_again(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("locust.main")
    logging.config.dictConfig({"version": 1})
    assert logger.disabled

    log.setup_logging("INFO")
    logger.info("starting")

    assert "INFO/locust.main: starting" in capsys.readouterr().err


def test_the_last_500_lines_are_kept() -> None:
    assert log.get_logs() == []

    log.setup_logging("INFO")
    for number in range(510):
        logging.getLogger("locust.main").info("line %d", number)

    kept = log.get_logs()
    assert (len(kept), kept[0].split(": ")[1], kept[-1].split(": ")[1]) == (500, "line 10", "line 509")


def test_an_exception_in_a_greenlet_is_logged_and_makes_the_exit_code_2(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("oops")

    greenlet = gevent.spawn(fail)
    greenlet.link_exception(log.greenlet_exception_logger(logging.getLogger("mine")))
    greenlet.join()
    gevent.sleep(0)

    (record,) = caplog.records
    assert (record.name, record.levelname) == ("mine", "CRITICAL")
    assert record.getMessage().startswith("Unhandled exception in greenlet: <Greenlet")
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "oops"
    assert log.unhandled_greenlet_exception


def test_a_greenlet_that_exits_the_process_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    class Ended:
        def __init__(self) -> None:
            try:
                sys.exit(3)
            except SystemExit:
                self.exc_info = sys.exc_info()

    with caplog.at_level(logging.INFO, "mine"):
        log.greenlet_exception_logger(logging.getLogger("mine"))(Ended())

    assert [record.getMessage() for record in caplog.records] == [
        "sys.exit(3) called (use log level DEBUG for callstack)"
    ]
    assert not log.unhandled_greenlet_exception


def test_plugins_may_set_the_flag_themselves() -> None:
    assert not log.unhandled_greenlet_exception

    log.mark_unhandled_exception()

    assert log.unhandled_greenlet_exception


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_json_has_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup_json_logging("info")
    logging.getLogger("locust.main").info("Starting %s", "now")
    logging.getLogger("mine").warning("two\nlines, ä \udce4")
    logging.getLogger("locust.main").debug("not at this level")
    logging.getLogger("locust.stats_logger").info("a table")

    lines = lines_of(capsys)

    assert [(line["level"], line["logger"], line["message"]) for line in lines] == [
        ("INFO", "locust.main", "Starting now"),
        ("WARNING", "mine", "two\nlines, ä \udce4"),
        ("INFO", "locust.stats_logger", "a table"),
    ]
    assert set(lines[0]) == {"time", "level", "logger", "message", "host", "process"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lines[0]["time"])


@pytest.mark.parametrize("how", ["exc_info", "argument"])
def test_json_tells_exceptions_apart(capsys: pytest.CaptureFixture[str], how: str) -> None:
    log.setup_json_logging("info")
    try:
        raise ValueError("bad")
    except ValueError as error:
        if how == "exc_info":
            logging.exception("it broke")
        else:
            logging.error("it broke: %s", error)

    [line] = lines_of(capsys)

    assert (line["exception"]["type"], line["exception"]["message"]) == ("ValueError", "bad")
    assert line["exception"]["traceback"].endswith("ValueError: bad")
    assert 'raise ValueError("bad")' in line["exception"]["traceback"]


def test_json_has_what_callers_add(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup_json_logging("info")
    endless: list = []
    endless.append(endless)
    logging.info("m", extra={"order": 7, "at": Path("/a"), "level": "mine"})
    logging.info("m", extra={"share": float("nan"), "level": "mine"})
    logging.info("m", extra={"endless": endless}, stack_info=True)

    first, second, third = lines_of(capsys)

    assert (first["order"], first["at"], first["level"]) == (7, "/a", "INFO")
    assert (second["share"], second["level"]) == ("nan", "INFO")
    assert third["endless"] == "[[...]]"
    assert "test_log.py" in third["stack"]


def test_a_json_log_file_leaves_the_tables_as_they_are(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    log.setup_json_logging("INFO", str(tmp_path / "log"))
    logging.getLogger("locust.main").info("Starting")
    logging.getLogger("locust.stats_logger").info("a table")

    assert json.loads((tmp_path / "log").read_text())["message"] == "Starting"
    assert capsys.readouterr().err == "a table\n"
    assert [line.rpartition(": ")[2] for line in log.get_logs()] == ["Starting", "a table"]


def test_json_takes_in_warnings_and_what_nobody_catches(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup_json_logging("info")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("careful", stacklevel=1)
    gevent.spawn(lambda: 1 / 0).join()
    sys.excepthook(KeyError, KeyError("k"), None)

    first, second, third = lines_of(capsys)
    assert (first["logger"], first["level"]) == ("py.warnings", "WARNING")
    assert "careful" in first["message"]
    assert (second["level"], second["exception"]["type"]) == ("ERROR", "ZeroDivisionError")
    assert (third["level"], third["exception"]["type"]) == ("ERROR", "KeyError")


def test_a_full_disk_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    log.setup_logging("INFO", "/dev/full")

    logging.info("one")
    logging.info("two")

    assert capsys.readouterr().err == (
        "Can't log to '/dev/full' (No space left on device). The run goes on, and what can't be written there is lost\n"
    )


def test_other_mistakes_of_a_log_file_are_told_as_ever(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    log.setup_logging("INFO", str(tmp_path / "log"))

    logging.getLogger("locust").info("%d", "no number")

    assert capsys.readouterr().err.count("--- Logging error ---") == 1
    assert log.get_logs() == ["%d"]
