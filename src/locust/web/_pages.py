"""The built user interface: its pages with their arguments in them, and what is said when it isn't built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from flask import Response, render_template_string

from locust.web import _gate

# Where our own pages get their arguments; those of `--build-path` are Jinja templates, as upstream's.
PLACEHOLDER: Final = "<!--locust:template-args-->"
MISSING: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Locust</title><h1>The web UI is not built</h1>'
    "<p>Make it with <code>make ui</code> (it needs Node.js), then load this page again. The HTTP API works without "
    f"it.</p>{PLACEHOLDER}</html>"
)


def data_block(values: dict[str, Any], block_id: str) -> str:
    """JSON for a page, that no text in it can break out of."""
    text = json.dumps(values, default=str)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{block_id}">{text}</script>'


def page(folders: list[Path], name: str, values: dict[str, Any], *, variable: str) -> Response:
    """A page of the first folder that has it, with its arguments.

    Args:
        folders: where to look.
        name: of the file.
        values: what the page is to know.
        variable: what a template calls the values; a block of data has dashes in place of underscores.
    """
    file = next((folder / name for folder in folders if (folder / name).is_file()), None)
    source = MISSING if file is None else file.read_text(encoding="utf-8")
    if PLACEHOLDER in source:
        text = source.replace(PLACEHOLDER, data_block(values, variable.replace("_", "-")))
    else:
        text = render_template_string(source, **{variable: values})
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _gate.content_policy(text)
    return response
