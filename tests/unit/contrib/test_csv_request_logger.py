"""CsvRequestLogger: what a line has, and what happens when the file can't be written."""

from __future__ import annotations

import errno
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from locust.contrib.csv_request_logger import CSV_COLUMNS, CsvRequestLogger
from locust.env import Environment

HEAD = ",".join(CSV_COLUMNS) + "\n"


@pytest.fixture
def environment() -> Environment:
    return Environment()


def fire(environment: Environment, **changed: Any) -> None:
    report = {"request_type": "GET", "name": "/", "response_time": 1.236, "response_length": 3, "start_time": 1.25}
    environment.events.request.fire(**{**report, "exception": None, "context": {}, **changed})


def test_a_line_has_what_upstream_s_has(environment: Environment, tmp_path: Path) -> None:
    path = tmp_path / "requests.csv"
    CsvRequestLogger(str(path)).register(environment)

    fire(environment, response=SimpleNamespace(status_code=404), exception=ValueError("no"))
    fire(environment, name='a,"b"\n', response=None, response_time=None)

    assert path.read_text() == HEAD + '1.25,GET,/,1.24,3,404,no\n1.25,GET,"a,""b""\n",,3,0,\n'


def test_lines_come_in_bundles_when_asked_for(environment: Environment, tmp_path: Path) -> None:
    path = tmp_path / "requests.csv"
    CsvRequestLogger(str(path), flush_interval=2).register(environment)

    fire(environment)
    first = path.read_text()
    fire(environment)

    assert (first, path.read_text().count("\n")) == (HEAD, 3)


def test_it_ends_when_the_environment_quits(environment: Environment, tmp_path: Path) -> None:
    path = tmp_path / "requests.csv"
    logger = CsvRequestLogger(str(path), flush_interval=10)
    logger.register(environment)
    fire(environment)

    environment.events.quitting.fire(environment=environment)
    fire(environment)
    logger.close()

    assert path.read_text().count("\n") == 2


def test_a_folder_that_is_not_there_is_raised(environment: Environment, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CsvRequestLogger(str(tmp_path / "no" / "requests.csv")).register(environment)


def test_a_full_disk_is_told_once_and_the_test_goes_on(
    environment: Environment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logger = CsvRequestLogger(str(tmp_path / "requests.csv"))
    logger.register(environment)
    full = mock.Mock()
    full.write.side_effect = full.close.side_effect = OSError(errno.ENOSPC, "No space left on device")
    logger._file = full

    with caplog.at_level(logging.ERROR):
        fire(environment)
        fire(environment)

    assert [record.message.partition(":")[2] for record in caplog.records] == [" No space left on device"]
