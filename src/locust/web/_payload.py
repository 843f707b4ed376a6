"""Upstream's JSON, made of environment and runner."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from locust import runners, stats
from locust.user.inspectuser import get_ratio

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners import Runner
    from locust.runners._nodes import WorkerNode

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
    if is_distributed(runner):
        payload["workers"] = [
            {
                "id": node.id,
                "state": node.state,
                "user_count": node.user_count,
                "cpu_usage": node.cpu_usage,
                "memory_usage": node.memory_usage,
            }
            for node in worker_nodes(runner)
        ]
        payload["worker_count"] = worker_count(environment)
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


def exceptions(environment: Environment) -> list[dict[str, Any]]:
    """`/exceptions`."""
    rows = environment.runner.exceptions.values() if environment.runner else ()
    return [{**row, "nodes": ", ".join(sorted(row["nodes"]))} for row in rows]


def tasks(environment: Environment) -> dict[str, Any]:
    """`/tasks`, by the users that run now."""
    counts = users_by_class(environment.runner)
    return {
        "per_class": get_ratio(environment.user_classes, counts, False),
        "total": get_ratio(environment.user_classes, counts, True),
    }


def expected_tasks(environment: Environment) -> dict[str, Any]:
    """As `tasks`, but by the classes' weights when nobody runs."""
    counts: dict[str, Any] = dict(users_by_class(environment.runner))
    if not any(counts.values()):
        fixed = {each.__name__: each.fixed_count for each in environment.user_classes if each.fixed_count}
        counts = fixed or {each.__name__: each.weight for each in environment.user_classes}
    return {
        "per_class": get_ratio(environment.user_classes, counts, False),
        "total": get_ratio(environment.user_classes, counts, True),
    }


def users_by_class(runner: Runner | None) -> dict[str, int]:
    """Users that run now, on all nodes."""
    if runner is None:
        return {}
    return dict(getattr(runner, "reported_user_classes_count", None) or runner.user_classes_count)


def is_distributed(runner: Runner | None) -> bool:
    """Whether it is a master."""
    return hasattr(runner, "clients")


def worker_nodes(runner: Runner | None) -> list[WorkerNode]:
    """A master's workers; none of other runners."""
    return list(getattr(runner, "clients", {}).values())


def worker_count(environment: Environment) -> int:
    """Workers of a master; 0 for other runners."""
    runner = environment.runner
    return int(getattr(runner, "worker_count", 0)) if is_distributed(runner) else 0
