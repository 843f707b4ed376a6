"""The built user interface: its pages with their arguments in them, and what is said when it isn't built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

PLACEHOLDER: Final = "<!--locust:template-args-->"
MISSING: Final = (
    "<!doctype html><title>Locust</title><h1>The web UI is not built</h1>"
    "<p>Make it with <code>make ui</code>, then load this page again. The HTTP API works without it.</p>"
)


def data_block(values: dict[str, Any], block_id: str) -> str:
    """JSON for a page, that no text in it can break out of."""
    text = json.dumps(values, default=str)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{block_id}">{text}</script>'


def page(folders: list[Path], name: str, values: dict[str, Any], block_id: str) -> str:
    """A page of the first folder that has it, with its arguments."""
    for folder in folders:
        file = folder / name
        if file.is_file():
            return file.read_text(encoding="utf-8").replace(PLACEHOLDER, data_block(values, block_id))
    return MISSING + data_block(values, block_id)
