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
    """Writes the report to `filename` with `.json` added.

    Raises:
        OSError: it can't be written there.
    """
    # Opened first: making the report empties the statistics.
    with Path(f"{filename}.json").open("w", encoding="utf-8") as file:
        file.write(json_report(stats))
