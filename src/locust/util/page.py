"""Values put into an HTML page, where a script of the page finds them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from locust.util.finite import without_infinities

PLACEHOLDER: Final = "<!--locust:template-args-->"
"""Where our own pages get their arguments; those of `--build-path` are Jinja templates, as upstream's."""
# What upstream's pages call their arguments in the browser.
_IN_BROWSER: Final = {"template_args": "templateArgs", "auth_args": "authArgs", "theme": "theme"}
# They end a script, begin a comment, or end a line where JavaScript doesn't want it.
_UNSAFE = "<>&\u2028\u2029"


def json_text(values: object) -> str:
    """JSON of what it has words for, of sets as lists, and of other objects as text; it's safe inside a script."""
    try:
        text = json.dumps(values, default=_plain, allow_nan=False)
    except ValueError:
        text = json.dumps(without_infinities(values), default=_plain)
    for character in _UNSAFE:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def arguments_script(**values: Any) -> str:
    """The script that tells a page what it is rendered with, under upstream's names; nothing of what is empty."""
    texts = {_IN_BROWSER[name]: json_text(given) for name, given in values.items() if given and name in _IN_BROWSER}
    return f"<script>{assignments(texts)}</script>"


def assignments(texts: Mapping[str, str]) -> str:
    """A script's code that sets variables of the window to values, given as `json_text`.

    Who reads upstream's pages looks for the text `window.templateArgs = {` in them.
    """
    return "".join(f"\nwindow.{name} = {text}" for name, text in texts.items()) + "\n"


def packed_block(text: str, block_id: str) -> str:
    """A `<script>` that isn't run, with a `json_text` in it, compressed (gzip, in base64)."""
    packed = base64.b64encode(gzip.compress(text.encode(), compresslevel=6)).decode()
    return f'<script type="application/gzip" id="{block_id}">{packed}</script>'


def script_source(code: str) -> str:
    """What a Content-Security-Policy says to let this script run: the digest of what is between its tags."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def _plain(value: object) -> Any:
    """What JSON has no word for: sets are lists, other things text."""
    return without_infinities(list(value)) if isinstance(value, set | frozenset) else str(value)
