"""The JSON report: an array with one object for each entry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locust.stats import RequestStats


def json_report(stats: RequestStats) -> str:
    """All entries that have counted something. As upstream does, sets them back to zero."""
    return json.dumps(stats.serialize_stats(), indent=4)


def print_stats_json(stats: RequestStats) -> None:
    """Writes the report to the standard output."""
    print(json_report(stats))  # noqa: T201


def save_stats_json(stats: RequestStats, filename: str) -> None:
    """Writes the report to `filename` with `.json` added."""
    Path(f"{filename}.json").write_text(json_report(stats), encoding="utf-8")
