"""The rows of `/api/v2`, made of the run's numbers: pure, and typed by `schemas/web-api.yaml`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from locust._course import facts
from locust._course.facts import TOTAL, endpoint_id
from locust.util.finite import without_infinities

if TYPE_CHECKING:
    from locust.runners import ExceptionDict, Runner
    from locust.stats import RequestStats, StatsEntry, StatsError

# A page shows so many; the CSV files have all.
MAX_ERRORS: Final = 500
MAX_EXCEPTIONS: Final = 200
MAX_TEXT: Final = 20_000

_encoder = json.JSONEncoder(separators=(",", ":"), default=str, allow_nan=False)


def encode(value: Any) -> str:
    """JSON without a line break, so that it can be an event's data."""
    try:
        return _encoder.encode(value)
    except ValueError:
        # A plugin's numbers may be infinite, which JSON has no word for.
        return _encoder.encode(without_infinities(value))


def stats_row(entry: StatsEntry, row_id: str, percentiles: Sequence[float]) -> dict[str, Any]:
    """The numbers of one method and name, or of all."""
    # Both rates by one look.
    current_rps, current_failures_per_s = entry._current()
    return {
        "id": row_id,
        "method": entry.method or "",
        "name": entry.name,
        "requests": entry.num_requests,
        "failures": entry.num_failures,
        "average_ms": entry.avg_response_time,
        "min_ms": entry.min_response_time or 0,
        "max_ms": entry.max_response_time,
        "percentiles_ms": [entry.get_response_time_percentile(percentile) for percentile in percentiles],
        "average_bytes": entry.avg_content_length,
        "current_rps": current_rps,
        "current_failures_per_s": current_failures_per_s,
        "total_rps": entry.total_rps,
        "total_failures_per_s": entry.total_fail_per_sec,
    }


def total_row(run_stats: RequestStats, percentiles: Sequence[float]) -> dict[str, Any]:
    """The numbers of all requests together."""
    return {**stats_row(run_stats.total, TOTAL, percentiles), "method": "", "name": "Aggregated"}


def error_row(key: str, error: StatsError) -> dict[str, Any]:
    """How often one error came."""
    return {
        "id": blake2b(key.encode(errors="surrogatepass"), digest_size=8).hexdigest(),
        "endpoint": endpoint_id(error.method, error.name),
        "method": error.method,
        "name": error.name,
        "error": str(error.to_dict()["error"])[:MAX_TEXT],
        "occurrences": error.occurrences,
        "first_seen": error.first_seen,
        "last_seen": error.last_seen,
    }


def exception_row(key: object, row: ExceptionDict) -> dict[str, Any]:
    """How often user code raised at one place."""
    return {
        "id": str(key),
        "count": row["count"],
        "message": str(row["msg"])[:MAX_TEXT],
        "traceback": str(row["traceback"])[:MAX_TEXT],
        "nodes": sorted(map(str, row["nodes"])),
    }


def worker_rows(runner: Runner | None) -> list[dict[str, Any]]:
    """The nodes that run users; the process itself when there are no others."""
    if runner is None:
        return []
    if not facts.is_distributed(runner):
        return [
            {
                "id": "local",
                "index": 0,
                "state": runner.state,
                "user_count": runner.user_count,
                "users_by_class": facts.users_by_class(runner),
                "cpu_percent": runner.current_cpu_usage,
                "memory_bytes": runner.current_memory_usage,
            }
        ]
    indexes = getattr(runner, "worker_indexes", {})
    return [
        {
            "id": node.id,
            "index": indexes.get(node.id),
            "state": node.state,
            "user_count": node.user_count,
            "users_by_class": dict(node.user_classes_count),
            "cpu_percent": node.cpu_usage,
            "memory_bytes": node.memory_usage,
        }
        for node in facts.worker_nodes(runner)
    ]


def warnings(runner: Runner) -> list[str]:
    """What may make the numbers worse than they look."""
    found = []
    if runner.cpu_warning_emitted:
        found.append(
            "This process had too little processor time: response times may have been measured too long. Spread the "
            "load over more processes or machines."
        )
    if runner.worker_cpu_warning_emitted:
        found.append(
            "A worker had too little processor time: response times may have been measured too long. Add workers."
        )
    recorder = runner.stats.recorder
    if recorder.has_more_entries:
        found.append(
            f"There are more than {recorder.max_entries:,} names: further ones are counted together as (more names). "
            "Give requests whose URLs differ in an id the same name."
        )
    if recorder.has_more_errors:
        found.append(f"There are more than {recorder.max_errors:,} different errors: further ones are (more errors).")
    return found
