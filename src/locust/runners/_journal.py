"""What a master must know again after it was killed: the run, and each report that it accepted since (`--journal`).

One SQLite file. A report counts as accepted when it's on disk; only then does its worker forget it. The file survives
the end of the process at any moment. From time to time a checkpoint takes the place of the reports before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # it has none

from locust.exception import JournalError

REPORTS_OF_A_CHECKPOINT = 2_000
"""After so many reports the state is worth writing anew."""

_APPLICATION_ID: Final = 0x4752_4A4C
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS run (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), state BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS report (
    place INTEGER PRIMARY KEY, worker TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A worker's report.

    Attributes:
        worker: its id.
        number: the worker's own count.
        content: what it said.
    """

    worker: str
    number: int
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run that its master didn't end.

    Attributes:
        state: as of the last checkpoint.
        reports: accepted since, in order.
    """

    state: dict[str, Any]
    reports: list[Accepted]


class Journal:
    """A file with one run.

    Args:
        path: made when it isn't there.
        warn: says what is wrong with the disk. The run goes on.

    Raises:
        JournalError: the file is something else, is in use, or can't be written.
    """

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self._path = path
        self._warn = warn
        self._pending: list[Accepted] = []
        self._since_checkpoint = 0
        self._has_gap = False
        try:
            # Of its owner alone: with --secure it holds what the fleet trusts in.
            path.touch(mode=0o600)
        except OSError as error:
            raise JournalError(f"--journal {path} can't be used: {error.strerror}. Give another file.") from error
        try:
            # Transactions are ours to begin and end.
            self._database = sqlite3.connect(path, isolation_level=None, timeout=0)
            self._open()
        except sqlite3.Error as error:
            if "locked" in str(error):
                raise JournalError(f"--journal {path} is in use by another master: give each its own file.") from error
            raise JournalError(f"--journal {path} can't be used: {error}. Give another file, or remove it.") from error

    def _open(self) -> None:
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("PRAGMA synchronous = NORMAL")
        found = self._database.execute("PRAGMA application_id").fetchone()[0]
        is_new = not self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if found != _APPLICATION_ID and not is_new:
            raise JournalError(f"--journal {self._path} is a database of something else: give another file.")
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if not is_new and version != _VERSION:
            raise JournalError(
                f"--journal {self._path} is of version {version}, and this is Gregaria with version {_VERSION}: "
                "end the run with the one that began it, or remove the file."
            )
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("BEGIN EXCLUSIVE")
        for statement in _SCHEMA.split(";"):
            self._database.execute(statement)
        self._database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        self._database.execute(f"PRAGMA user_version = {_VERSION}")
        self._database.execute("COMMIT")

    def unfinished(self) -> UnfinishedRun | None:
        """The run that is in the file, if any.

        Raises:
            JournalError: the file is damaged.
        """
        try:
            row = self._database.execute("SELECT state FROM run").fetchone()
            if row is None:
                return None
            reports = [
                Accepted(worker, number, _unpacked(content))
                for worker, number, content in self._database.execute(
                    "SELECT worker, number, content FROM report ORDER BY place"
                )
            ]
            return UnfinishedRun(_unpacked(row[0]), reports)
        except (sqlite3.Error, ValueError, msgpack.UnpackException) as error:
            raise JournalError(f"--journal {self._path} is damaged ({error}): remove it and start anew.") from error

    def accept(self, report: Accepted) -> None:
        """Takes a report in; it's on disk after the next `commit`."""
        self._pending.append(report)

    def commit(self) -> list[Accepted]:
        """Writes what was taken in. Returns those reports: their workers may forget them."""
        written, self._pending = self._pending, []
        if written and not self._has_gap:
            rows = [(report.worker, report.number, msgpack.packb(report.content)) for report in written]
            self._write(("INSERT INTO report (worker, number, content) VALUES (?, ?, ?)", rows))
            self._since_checkpoint += len(written)
        return written

    @property
    def wants_checkpoint(self) -> bool:
        """Whether the state should be written anew: many reports came since, or the disk refused some."""
        return self._has_gap or self._since_checkpoint >= REPORTS_OF_A_CHECKPOINT

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Writes the state in which all accepted reports are contained, and drops them."""
        packed = msgpack.packb(state)
        if self._write(("DELETE FROM report", [()]), ("INSERT OR REPLACE INTO run VALUES (1, ?)", [(packed,)])):
            self._since_checkpoint = 0
            self._has_gap = False

    def finish(self) -> None:
        """The run has ended: nothing is left to take up."""
        self._pending.clear()
        self._write(("DELETE FROM report", [()]), ("DELETE FROM run", [()]))

    def close(self) -> None:
        """Leaves the file."""
        self._database.close()

    def _write(self, *statements: tuple[str, list[tuple[Any, ...]]]) -> bool:
        try:
            self._database.execute("BEGIN")
            for statement, rows in statements:
                self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            if not self._has_gap:
                self._warn(
                    f"--journal {self._path} can't be written ({error}). The run goes on; if this master is killed "
                    "now, what was counted from here on is lost. Writing is tried again."
                )
            self._has_gap = True
            return False
        return True


def _unpacked(packed: bytes) -> dict[str, Any]:
    content = msgpack.unpackb(packed, strict_map_key=False)
    if not isinstance(content, dict):
        raise ValueError(f"a map was wanted, {type(content).__name__} found")
    return content
