"""Values put into an HTML page, as a block of JSON that a script of the page reads."""

from __future__ import annotations

import json
from typing import Any

from locust.util.finite import without_infinities

# They end a script, begin a comment, or end a line where JavaScript doesn't want it.
_UNSAFE = "<>&\u2028\u2029"


def data_block(values: object, block_id: str) -> str:
    """A `<script>` that isn't run, with the values as JSON; no text in them can break out of it."""
    try:
        text = json.dumps(values, default=_plain, allow_nan=False)
    except ValueError:
        text = json.dumps(without_infinities(values), default=_plain)
    for character in _UNSAFE:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{block_id}">{text}</script>'


def _plain(value: object) -> Any:
    """What JSON has no word for: sets are lists, other things text."""
    return without_infinities(list(value)) if isinstance(value, set | frozenset) else str(value)
