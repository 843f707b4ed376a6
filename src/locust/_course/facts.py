"""What is asked of every kind of runner alike, for those who show a run."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from locust import stats
from locust.runners._state import UNDER_WAY
from locust.user.inspectuser import get_ratio

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners import Runner
    from locust.runners._nodes import WorkerNode

TOTAL: Final = "total"
"""Stands for all endpoints together."""


def is_under_way(runner: Runner | None) -> bool:
    """Whether a test goes on."""
    return runner is not None and runner.state in UNDER_WAY


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


def users_by_class(runner: Runner | None) -> dict[str, int]:
    """Users that run now, on all nodes."""
    if runner is None:
        return {}
    return dict(getattr(runner, "reported_user_classes_count", None) or runner.user_classes_count)


def task_ratios(environment: Environment, counts: dict[str, int]) -> dict[str, Any]:
    """How so many users of each class share their tasks, by class and in all; in upstream's form."""
    return {
        "per_class": get_ratio(environment.user_classes, counts, False),
        "total": get_ratio(environment.user_classes, counts, True),
    }


def exceptions(runner: Runner | None) -> list[dict[str, Any]]:
    """Where user code raised, in upstream's form."""
    rows = runner.exceptions.values() if runner is not None else ()
    return [{**row, "nodes": ", ".join(sorted(row["nodes"]))} for row in rows]


def shape_name(environment: Environment) -> str | None:
    """Of the shape that steers the run, or will."""
    return None if environment.shape_class is None else type(environment.shape_class).__name__


def endpoint_id(method: str, name: str) -> str:
    """Stands for a method and name, the same in all sessions."""
    return blake2b(f"{method}\0{name}".encode(errors="surrogatepass"), digest_size=8).hexdigest()


def shown_percentiles() -> list[float]:
    """Which percentiles every row and point has."""
    return sorted({0.5, *stats.PERCENTILES_TO_STATISTICS, *stats.PERCENTILES_TO_CHART})
