"""Values put into an HTML page, as a block of JSON that a script of the page reads."""

from __future__ import annotations

import json
import math
from typing import Any

# They end a script, begin a comment, or end a line where JavaScript doesn't want it.
_UNSAFE = "<>&\u2028\u2029"


def data_block(values: object, block_id: str) -> str:
    """A `<script>` that isn't run, with the values as JSON; no text in them can break out of it."""
    try:
        text = json.dumps(values, default=_plain, allow_nan=False)
    except ValueError:
        text = json.dumps(_plain(values), default=str)
    for character in _UNSAFE:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{block_id}">{text}</script>'


def _plain(value: object) -> Any:
    """Without numbers that JSON has no word for: they become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int) else str(value)
