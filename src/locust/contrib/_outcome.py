"""What the clients of databases of vectors give instead of raising."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

Outcome = dict[str, Any]
"""`success`, `response_time` in milliseconds, and `result` or `exception`."""


def timed(operation: Callable[[], Any]) -> Outcome:
    """Carries out an operation of a client's library."""
    started = time.perf_counter()
    try:
        found = {"success": True, "result": operation()}
    except Exception as error:
        found = {"success": False, "exception": error}
    return {**found, "response_time": (time.perf_counter() - started) * 1000}
