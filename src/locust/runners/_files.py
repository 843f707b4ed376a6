"""Locustfiles on their way from a master to its workers (`-f -`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locust.env import Environment


def for_workers(environment: Environment) -> dict[str, Any]:
    """The answer to a worker that asks for the locustfile: names and contents, or why not."""
    paths = environment.parsed_locustfiles
    if not paths:
        return {"error": "The master was started by a program, without a locustfile: give the worker its own with -f"}
    try:
        files = [{"filename": Path(path).name, "contents": Path(path).read_text("utf-8")} for path in paths]
    except (OSError, UnicodeDecodeError) as error:
        return {"error": f"The master can't read its locustfile: {error}"}
    return {"locustfiles": files}
