"""The built user interface: its pages with their arguments in them, and what is said when it isn't built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, render_template_string
from jinja2 import BaseLoader, TemplateNotFound
from markupsafe import Markup

from locust.util.page import PLACEHOLDER, arguments_script

if TYPE_CHECKING:
    from jinja2 import Environment

MISSING: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Locust</title><h1>The web UI is not built</h1>'
    "<p>Make it with <code>make ui</code> (it needs Node.js), then load this page again. The HTTP API works without "
    f"it.</p>{PLACEHOLDER}</html>"
)


def page(folders: list[Path], name: str, values: dict[str, Any], *, variable: str) -> Response:
    """A page of the first folder that has it, with its arguments.

    Args:
        folders: where to look.
        name: of the file.
        values: what the page is to know.
        variable: what a template calls the values.
    """
    file = _find(folders, name)
    source = MISSING if file is None else file.read_text(encoding="utf-8")
    if PLACEHOLDER in source:
        text = source.replace(PLACEHOLDER, arguments_script(**{variable: values}))
    else:
        text = render_template_string(source, **{variable: values})
    return Response(text, content_type="text/html; charset=utf-8")


class PageLoader(BaseLoader):
    """Our pages as templates: `render_template("index.html", template_args={...})` in a locustfile's own route."""

    def __init__(self, folders: Callable[[], list[Path]]) -> None:
        self._folders = folders

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        file = _find(self._folders(), template) if Path(template).name == template else None
        if file is None:
            raise TemplateNotFound(template)
        source = file.read_text(encoding="utf-8")
        if PLACEHOLDER in source:
            around = (f"{{% raw %}}{part}{{% endraw %}}" for part in source.split(PLACEHOLDER))
            source = "{{ locust_arguments(template_args=template_args, auth_args=auth_args) }}".join(around)
        return source, str(file), lambda: False


def add_templates(app: Flask, folders: Callable[[], list[Path]]) -> None:
    """Lets routes of locustfiles render our pages with arguments of their own."""
    app.jinja_loader = PageLoader(folders)
    app.jinja_env.globals["locust_arguments"] = _arguments


def _arguments(**values: Any) -> Markup:
    """`arguments_script`, which is safe as it is; what a route left out is false."""
    return Markup(arguments_script(**values))


def _find(folders: list[Path], name: str) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
