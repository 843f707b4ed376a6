"""Values put into an HTML page, as a block of JSON that a script of the page reads."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from locust.util.finite import without_infinities

# They end a script, begin a comment, or end a line where JavaScript doesn't want it.
_UNSAFE = "<>&\u2028\u2029"


def data_block(values: object, block_id: str, *, most_letters: int | None = None) -> str:
    """A `<script>` that isn't run, with the values as JSON; no text in them can break out of it.

    Args:
        values: what JSON has words for, sets, and objects that are shown as text.
        block_id: the element's id.
        most_letters: a longer JSON is compressed (gzip, in base64); its type says so.
    """
    try:
        text = json.dumps(values, default=_plain, allow_nan=False)
    except ValueError:
        text = json.dumps(without_infinities(values), default=_plain)
    if most_letters is not None and len(text) > most_letters:
        packed = base64.b64encode(gzip.compress(text.encode(), compresslevel=6)).decode()
        return f'<script type="application/gzip" id="{block_id}">{packed}</script>'
    for character in _UNSAFE:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{block_id}">{text}</script>'


def _plain(value: object) -> Any:
    """What JSON has no word for: sets are lists, other things text."""
    return without_infinities(list(value)) if isinstance(value, set | frozenset) else str(value)
