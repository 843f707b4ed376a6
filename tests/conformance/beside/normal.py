"""Takes out of a program's output what no two runs share: times, paths, ports, process ids, measured numbers."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE_TITLES = ("Type     Name", "Response time percentiles (approximated)", "Error report")
LOG_LINE = re.compile(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [^/]+/(?=[A-Z]+/)", re.MULTILINE)
TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:(?:[ \t].*)?\n)+")
CHAINED = re.compile(
    r"(?:Traceback: .*\n+(?:During handling of the above exception, another exception occurred|"
    r"The above exception was the direct cause of the following exception):\n+)+"
)
# What gevent's hub says beside the log.
HUB = re.compile(
    r"^(?:KeyboardInterrupt\n\d{4}-\d\d-\d\dT[\d:]{8}Z$|\d{4}-\d\d-\d\dT[\d:]{8}Z .* failed with \w+$)\n*", re.MULTILINE
)
SUBSTITUTES = (
    (re.compile(r"0x[0-9a-f]{6,}"), "<address>"),
    (re.compile(r"(Unhandled exception in greenlet: ).*"), r"\1<greenlet>"),
    (re.compile(r"(Starting Locust) \S+"), r"\1 <version>"),
    (re.compile(r"locust \d\S* from \S+ \(Python \S+\)"), "locust <version> from <path> (Python <version>)"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:<port>"),
    (re.compile(r"\bport \d+"), "port <port>"),
    (re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\(pid \d+\)"), "(pid <pid>)"),
    # A row of run_single_user's table.
    (re.compile(r"^(\w+\t.*?\t)\d+ *\t", re.MULTILINE), r"\1#\t"),
)
# A figure of a table, with its unit: its last column stays where it is.
FIGURE = re.compile(r"(?<![\w/])\d[\d.]*(?:\([\d.]+%\))?(?![\w/])")


class Tidy:
    """Makes texts comparable."""

    def __init__(self, folder: Path, places: Mapping[str, str]) -> None:
        self.substitutes = [
            (str(folder), "<folder>"),
            *((url, f"<{name}>") for name, url in places.items()),
            (socket.gethostname(), "<host>"),
        ]

    def __call__(self, text: str) -> str:
        text = LOG_LINE.sub("", text)
        text = TRACEBACK.sub("Traceback: ", text)
        text = HUB.sub("", text)
        text = CHAINED.sub("", text)
        for old, new in self.substitutes:
            text = text.replace(old, new)
        for pattern, replacement in SUBSTITUTES:
            text = pattern.sub(replacement, text)
        return text

    def json(self, text: str) -> str:
        """JSON without its numbers; what is around it stays as it is."""
        start = min((at for at in (text.find("["), text.find("{")) if at >= 0), default=-1)
        if start < 0:
            return self(text)
        try:
            value, length = json.JSONDecoder().raw_decode(text[start:])
        except ValueError:
            return self(text)
        shape = json.dumps(json_shape(value), indent=1)
        return self(text[:start]) + shape + self(text[start + length :])

    def file(self, path: Path) -> str:
        """A file's content as its suffix asks for."""
        text = path.read_text(errors="replace")
        if path.suffix == ".json":
            return self.json(text)
        if path.suffix == ".csv":
            return csv_shape(self(text))
        if path.suffix == ".html":
            return "<html>" if "<html" in text else text[:100]
        return self(text)


def json_shape(value: Any) -> Any:
    """Numbers become "#", and so do keys that are numbers; equal neighbours of a list become one."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return "#"
    if isinstance(value, list):
        items = [json_shape(item) for item in value]
        return [item for at, item in enumerate(items) if at == 0 or item != items[at - 1]]
    return {re.sub(r"^[\d.]+$", "#", key): json_shape(item) for key, item in value.items()}


def csv_shape(text: str) -> str:
    """Figures become "#", equal neighbours one."""
    lines = [re.sub(r"(?<![\w/])\d+(?:\.\d+)?(?![\w/])", "#", line) for line in text.splitlines()]
    return "\n".join(line for at, line in enumerate(lines) if at == 0 or line != lines[at - 1])


def _as_wide_at_left(figure: re.Match[str]) -> str:
    return "#".ljust(len(figure[0]))


def _as_wide(figure: re.Match[str]) -> str:
    return "#".rjust(len(figure[0]))


def split_tables(stderr: str) -> tuple[str, str]:
    """Gives what isn't a table, and the tables: their layout to the column, and each only once in a row."""
    rest: list[str] = []
    tables: list[list[str]] = []
    inside = False
    for line in stderr.splitlines():
        if line.startswith(TABLE_TITLES) and not (inside and len(tables[-1]) == 1):
            inside = True
            tables.append([])
        if not inside:
            rest.append(line)
        elif not line:
            inside = False
        else:
            # The table of errors has its count at the left.
            line = re.sub(r"^\d+", _as_wide_at_left, line)
            tables[-1].append(line if line.startswith("Type ") else FIGURE.sub(_as_wide, line))
    shapes = ["\n".join(table) for table in tables]
    return "\n".join(rest), (os.linesep * 2).join(
        shape for at, shape in enumerate(shapes) if at == 0 or shape != shapes[at - 1]
    )
