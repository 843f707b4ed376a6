from __future__ import annotations

import json
import logging
from argparse import Namespace
from pathlib import Path

import pytest

from locust._cli.json_files import prepare_json, write_json
from locust.exception import LocustError
from locust.stats import RequestStats


@pytest.fixture
def request_stats() -> RequestStats:
    request_stats = RequestStats()
    request_stats.log_request("GET", "/a", 10, 3)
    return request_stats


def options(json_file: Path | None = None, is_printed: bool = False) -> Namespace:
    return Namespace(json=is_printed, json_file=json_file and str(json_file))


def names_in(text: str) -> list[str]:
    return [entry["name"] for entry in json.loads(text)]


def test_nothing_is_written_unasked(request_stats: RequestStats, capsys: pytest.CaptureFixture[str]) -> None:
    prepare_json(options())
    write_json(request_stats, options())

    assert capsys.readouterr().out == ""
    assert request_stats.entries[("/a", "GET")].num_requests == 1


def test_it_can_be_printed_and_written(
    request_stats: RequestStats, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = options(tmp_path / "folder" / "out", is_printed=True)

    prepare_json(asked)
    write_json(request_stats, asked)

    assert names_in(capsys.readouterr().out) == ["/a"]
    assert names_in((tmp_path / "folder" / "out.json").read_text()) == ["/a"]


def test_a_place_that_is_none_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.json").mkdir()

    with pytest.raises(LocustError, match="can't make the folder"):
        prepare_json(options(tmp_path / "file" / "out"))
    with pytest.raises(LocustError, match="is a folder"):
        prepare_json(options(tmp_path / "folder"))


def test_what_can_not_be_written_in_the_end_is_elsewhere(
    request_stats: RequestStats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "elsewhere"))
    (tmp_path / "out.json").symlink_to("/dev/full")

    write_json(request_stats, options(tmp_path / "out"))

    [written] = (tmp_path / "elsewhere").iterdir()
    assert names_in(written.read_text()) == ["/a"]
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert f"(No space left on device): the statistics are in {written}" in record.getMessage()
