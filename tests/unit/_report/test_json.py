from __future__ import annotations

import json
from pathlib import Path

import pytest

from locust import stats
from locust.stats import RequestStats


@pytest.fixture
def request_stats(monkeypatch: pytest.MonkeyPatch) -> RequestStats:
    monkeypatch.setattr(stats.time, "time", lambda: 1000.5)
    request_stats = RequestStats()
    request_stats.log_request("GET", "/a", 250.7, 3)
    request_stats.log_error("GET", "/a", "no")
    request_stats.get("/silent", "GET")
    return request_stats


REPORT = """\
[
    {
        "name": "/a",
        "method": "GET",
        "last_request_timestamp": 1000.5,
        "start_time": 1000.5,
        "num_requests": 1,
        "num_none_requests": 0,
        "num_failures": 1,
        "total_response_time": 250.7,
        "max_response_time": 250.7,
        "min_response_time": 250.7,
        "total_content_length": 3,
        "response_times": {
            "250": 1
        },
        "num_reqs_per_sec": {
            "1000": 1
        },
        "num_fail_per_sec": {
            "1000": 1
        }
    }
]"""


def test_the_report_is_printed(request_stats: RequestStats, capsys: pytest.CaptureFixture[str]) -> None:
    stats.print_stats_json(request_stats)

    assert capsys.readouterr().out == REPORT + "\n"


def test_the_report_is_saved_with_its_suffix(request_stats: RequestStats, tmp_path: Path) -> None:
    stats.save_stats_json(request_stats, str(tmp_path / "out.json"))

    assert json.loads((tmp_path / "out.json.json").read_text()) == json.loads(REPORT)
