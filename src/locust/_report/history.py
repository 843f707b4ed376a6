"""The numbers of a run every few seconds: what charts are drawn from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import gevent

from locust import stats as tunables
from locust.util.date import format_utc_timestamp
from locust.util.rounding import proper_round

if TYPE_CHECKING:
    from locust.runners import Runner

_IDLE_STATES = ("ready", "stopped")


def stats_history(runner: Runner) -> None:
    """Adds to the history every `HISTORY_STATS_INTERVAL_SEC` seconds while a test is on. Runs until it is killed."""
    while True:
        if runner.state not in _IDLE_STATES:
            update_stats_history(runner)
        gevent.sleep(tunables.HISTORY_STATS_INTERVAL_SEC)


def update_stats_history(runner: Runner, timestamp: str | None = None) -> None:
    """Adds the numbers of now to `runner.stats.history`. Each value is a pair: when, what."""
    at = timestamp or format_utc_timestamp(time.time())
    total = runner.stats.total
    values: dict[str, Any] = {
        f"response_time_percentile_{percentile}": total.get_current_response_time_percentile(percentile) or 0
        for percentile in tunables.PERCENTILES_TO_CHART
    }
    values |= {
        "current_rps": total.current_rps or 0,
        "current_fail_per_sec": total.current_fail_per_sec or 0,
        "total_avg_response_time": proper_round(total.avg_response_time, digits=2),
        "user_count": runner.user_count or 0,
    }
    # Numbers that such a worker has are added when it's heard of again, or lost.
    if missing := len(getattr(getattr(runner, "clients", None), "missing", ())):
        values["missing_workers"] = missing
    runner.stats.history.append({**{name: [at, value] for name, value in values.items()}, "time": at})
