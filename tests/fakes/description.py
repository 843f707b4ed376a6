"""The description of `/api/v2`, and a check of values against its schemas."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

SERVED = Path(__file__).parents[2] / "src" / "locust" / "web" / "openapi.json"


@cache
def description() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SERVED.read_text(encoding="utf-8"))
    return loaded


@cache
def _validator(reference: str) -> jsonschema.Draft202012Validator:
    # The whole description around it, so that references inside are found.
    return jsonschema.Draft202012Validator({**description(), "$ref": reference})


def check_schema(value: Any, name: str) -> None:
    """Fails when a value isn't what `components.schemas.NAME` says."""
    _validator(f"#/components/schemas/{name}").validate(value)


def check_event(value: Any, event: str) -> None:
    """Fails when an event's data isn't what `StreamEvents` says."""
    _validator(f"#/components/schemas/StreamEvents/properties/{event}").validate(value)


def check_answer(value: Any, path: str, method: str, status: int) -> None:
    """Fails when an answer isn't among those of the description."""
    answers = description()["paths"][path][method]["responses"]
    key = str(status) if str(status) in answers else "default"
    pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in ("paths", path, method, "responses", key))
    answer = answers[key]
    if "$ref" in answer:
        pointer = answer["$ref"].removeprefix("#/")
        answer = description()["components"]["responses"][pointer.rsplit("/", 1)[1]]
    [media_type] = answer["content"]
    _validator(f"#/{pointer}/content/{media_type.replace('/', '~1')}/schema").validate(value)
