"""Where the rows of a feed come from: files, databases, and anything that can be iterated.

A source is opened again for each round, and read row by row: a file of any size costs no memory.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from locust.exception import FeedError

Row: TypeAlias = Any
"""A row of a CSV file or of a database is a dict of its columns; a JSON line or an item is what it is."""


class Source:
    """Rows that can be read again.

    Attributes:
        name: how messages and nodes call it.
        rewinds: a second `rows()` begins at the first row; an iterator (a generator, an open file) only goes on.
    """

    def __init__(self, name: str, open_rows: Callable[[], Iterator[Row]], *, rewinds: bool = True) -> None:
        self.name = name
        self.rewinds = rewinds
        self._open_rows = open_rows

    def rows(self) -> Iterator[Row]:
        """The rows from the first one on. Raises `FeedError` when they can't be read."""
        return self._open_rows()


def source_of(given: str | Path | Iterable[Row] | Callable[[], Iterable[Row]], *, query: str | None) -> Source:
    """The source that `given` names. Reads nothing yet: a worker may not have the file, and never needs it.

    Raises:
        FeedError: a kind of file that can't be read, or a query for something that isn't a database.
    """
    if isinstance(given, (str, Path)):
        return _file(Path(given), query)
    if query is not None:
        raise FeedError(f"query= is for SQLite databases, and the feed is a {type(given).__name__}: leave it out.")
    if callable(given):
        return Source(getattr(given, "__name__", "rows"), lambda: iter(given()))
    if not isinstance(given, Iterable):
        raise FeedError(
            f"A feed needs a file name, an iterable or a function that returns one; found {type(given).__name__}."
        )
    return Source(type(given).__name__, lambda: iter(given), rewinds=iter(given) is not given)


def _file(path: Path, query: str | None) -> Source:
    kind = path.suffix.lower()
    if kind in _DATABASES:
        return Source(str(path), lambda: _database_rows(path, query))
    if query is not None:
        raise FeedError(f"query= is for SQLite databases, and the feed is {path}: leave it out.")
    if kind not in _FILES:
        known = ", ".join(sorted([*_FILES, *_DATABASES]))
        raise FeedError(
            f"Feed {path}: its name should end in one of {known}. Rename it, or give its rows as an iterable."
        )
    read = _FILES[kind]
    return Source(str(path), lambda: _read(path, read))


def _read(path: Path, parse: Callable[[Path, Iterable[str]], Iterator[Row]]) -> Iterator[Row]:
    try:
        # Excel writes a byte order mark; `newline=""` leaves line ends within quotes to the csv module.
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from parse(path, lines)
    except OSError as error:
        raise FeedError(f"Feed {path} can't be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise FeedError(f"Feed {path} isn't UTF-8 ({error.reason} at byte {error.start}). Convert it.") from error


def _csv_rows(path: Path, lines: Iterable[str], *, delimiter: str = ",") -> Iterator[dict[str, str]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        columns = next(reader, [])
        if len(set(columns)) != len(columns) or not all(columns):
            raise FeedError(f"Feed {path}: its first line should name each column once; found {columns}.")
        for values in reader:
            if not values:
                continue
            if len(values) != len(columns):
                raise FeedError(
                    f"Feed {path}, line {reader.line_num}: {len(columns)} values were wanted ({', '.join(columns)}), "
                    f"{len(values)} found."
                )
            yield dict(zip(columns, values, strict=True))
    except csv.Error as error:
        raise FeedError(f"Feed {path}, line {reader.line_num}: {error}.") from error


def _tsv_rows(path: Path, lines: Iterable[str]) -> Iterator[dict[str, str]]:
    return _csv_rows(path, lines, delimiter="\t")


def _json_lines(path: Path, lines: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise FeedError(f"Feed {path}, line {number}: not JSON ({error}).") from error


def _json_list(path: Path, lines: Iterable[str]) -> Iterator[Row]:
    try:
        rows = json.loads("".join(lines))
    except ValueError as error:
        raise FeedError(f"Feed {path}: not JSON ({error}).") from error
    if not isinstance(rows, list):
        raise FeedError(f"Feed {path}: a list of rows was wanted, {type(rows).__name__} found.")
    return iter(rows)


def _database_rows(path: Path, query: str | None) -> Iterator[dict[str, Any]]:
    try:
        # Read-only, so that a wrong name makes no empty database.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            cursor = database.execute(query or f'SELECT * FROM "{_only_table(path, database)}"')
            if cursor.description is None:
                raise FeedError(f"Feed {path}: the query returns no rows: {query}. Use a SELECT.")
            columns = [column[0] for column in cursor.description]
            for values in cursor:
                yield dict(zip(columns, values, strict=True))
    except sqlite3.Error as error:
        raise FeedError(f"Feed {path} can't be read: {error}.") from error


def _only_table(path: Path, database: sqlite3.Connection) -> str:
    tables = [
        name
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    if len(tables) != 1:
        found = ", ".join(tables) or "none"
        raise FeedError(f'Feed {path}: one table was wanted, found {found}. Say which by query="SELECT ... FROM ...".')
    return str(tables[0])


_FILES: dict[str, Callable[[Path, Iterable[str]], Iterator[Row]]] = {
    ".csv": _csv_rows,
    ".tsv": _tsv_rows,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_list,
}
_DATABASES = frozenset({".sqlite", ".sqlite3", ".db"})
