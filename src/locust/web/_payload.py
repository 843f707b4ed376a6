"""Upstream's JSON, made of environment and runner."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from locust import runners, stats
from locust._course import facts

if TYPE_CHECKING:
    from locust.env import Environment

MAX_ROWS = 500


def request_stats(environment: Environment) -> dict[str, Any]:
    """`/stats/requests`."""
    runner = environment.runner
    if runner is None:
        return _NO_RUNNER
    total = runner.stats.total
    rows = [entry.to_dict() for entry in islice(stats.sort_stats(runner.stats.entries), MAX_ROWS)]
    rows.append(total.to_dict())
    payload = {
        "stats": rows,
        "errors": [error.to_dict() for error in islice(runner.errors.values(), MAX_ROWS)],
        "total_rps": total.total_rps,
        "total_fail_per_sec": total.total_fail_per_sec,
        "current_rps": total.current_rps,
        "current_fail_per_sec": total.current_fail_per_sec,
        "fail_ratio": total.fail_ratio,
        "current_response_time_percentiles": {
            f"response_time_percentile_{percent}": total.get_current_response_time_percentile(percent)
            for percent in stats.PERCENTILES_TO_CHART
        },
        "state": runner.state,
        "user_count": runner.user_count,
    }
    if facts.is_distributed(runner):
        payload["workers"] = [
            {
                "id": node.id,
                "state": node.state,
                "user_count": node.user_count,
                "cpu_usage": node.cpu_usage,
                "memory_usage": node.memory_usage,
            }
            for node in facts.worker_nodes(runner)
        ]
        payload["worker_count"] = facts.worker_count(environment)
    return payload


# With the names that upstream has only here.
_NO_RUNNER = {
    "stats": [],
    "errors": [],
    "total_rps": 0.0,
    "total_fail_per_sec": 0.0,
    "fail_ratio": 0.0,
    "current_response_time_percentile_1": None,
    "current_response_time_percentile_2": None,
    "state": runners.STATE_MISSING,
    "user_count": 0,
}


def expected_tasks(environment: Environment) -> dict[str, Any]:
    """As `/tasks`, but by the classes' weights when nobody runs."""
    counts: dict[str, Any] = facts.users_by_class(environment.runner)
    if not any(counts.values()):
        fixed = {each.__name__: each.fixed_count for each in environment.user_classes if each.fixed_count}
        counts = fixed or {each.__name__: each.weight for each in environment.user_classes}
    return facts.task_ratios(environment, counts)
