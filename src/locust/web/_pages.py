"""The built user interface: its pages with their arguments in them, and what is said when it isn't built."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flask import Response, render_template_string

from locust.util.page import assigning_script, json_text
from locust.web import _gate

# Where our own pages get their arguments; those of `--build-path` are Jinja templates, as upstream's.
PLACEHOLDER: Final = "<!--locust:template-args-->"
MISSING: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Locust</title><h1>The web UI is not built</h1>'
    "<p>Make it with <code>make ui</code> (it needs Node.js), then load this page again. The HTTP API works without "
    f"it.</p>{PLACEHOLDER}</html>"
)


# What upstream's pages call their arguments in the browser.
IN_BROWSER: Final = {"template_args": "templateArgs", "auth_args": "authArgs"}


def page(folders: list[Path], name: str, values: dict[str, Any], *, variable: str) -> Response:
    """A page of the first folder that has it, with its arguments.

    Args:
        folders: where to look.
        name: of the file.
        values: what the page is to know.
        variable: what a template calls the values.
    """
    file = next((folder / name for folder in folders if (folder / name).is_file()), None)
    source = MISSING if file is None else file.read_text(encoding="utf-8")
    if PLACEHOLDER in source:
        text = source.replace(PLACEHOLDER, assigning_script({IN_BROWSER[variable]: json_text(values)}))
    else:
        text = render_template_string(source, **{variable: values})
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _gate.content_policy(text)
    return response
