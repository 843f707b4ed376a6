"""Writes `web-api.yaml` as the JSON that the server gives at `/api/v2/openapi.json`: `python schemas/to_json.py`."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

SOURCE = Path(__file__).with_name("web-api.yaml")
RESULT = Path(__file__).parents[1] / "src" / "locust" / "web" / "openapi.json"


def as_json(source: Path = SOURCE) -> str:
    """The description as it is served."""
    return json.dumps(yaml.safe_load(source.read_text(encoding="utf-8")), indent=1) + "\n"


if __name__ == "__main__":
    RESULT.write_text(as_json(), encoding="utf-8")
