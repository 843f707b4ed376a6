"""A run on disk: what is found again after any end, and what is said of a file that won't do."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from locust.exception import JournalError
from locust.runners import _journal
from locust.runners._journal import Accepted, Journal, UnfinishedRun


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.journal"


def opened(path: Path, warnings: list[str] | None = None) -> Journal:
    return Journal(path, (warnings if warnings is not None else []).append)


def report(number: int, worker: str = "one") -> Accepted:
    return Accepted(worker, number, {"stats": {"response_times": {1: number}}})


def test_a_new_journal_has_no_run(path):
    assert opened(path).unfinished() is None


def test_state_and_reports_are_found_again_in_order(path):
    journal = opened(path)
    journal.checkpoint({"user_count": 5})
    journal.accept(report(1))
    journal.accept(report(1, "two"))
    assert journal.commit() == [report(1), report(1, "two")]
    journal.accept(report(2))
    journal.commit()
    journal.accept(report(3))  # not committed: its worker sends it again
    journal.close()

    assert opened(path).unfinished() == UnfinishedRun({"user_count": 5}, [report(1), report(1, "two"), report(2)])


def test_a_checkpoint_takes_the_place_of_the_reports_before_it(path, monkeypatch):
    monkeypatch.setattr(_journal, "REPORTS_OF_A_CHECKPOINT", 2)
    journal = opened(path)
    for number in (1, 2):
        assert not journal.wants_checkpoint
        journal.accept(report(number))
        journal.commit()
    assert journal.wants_checkpoint

    journal.checkpoint({"counted": 2})

    assert not journal.wants_checkpoint
    assert journal.unfinished() == UnfinishedRun({"counted": 2}, [])


def test_a_finished_run_is_not_taken_up(path):
    journal = opened(path)
    journal.checkpoint({"user_count": 5})
    journal.accept(report(1))
    journal.finish()
    journal.commit()
    journal.close()

    assert opened(path).unfinished() is None


def test_a_killed_process_leaves_all_that_it_committed(path):
    code = f"""
import itertools, sys
from pathlib import Path
from locust.runners._journal import Accepted, Journal
journal = Journal(Path({str(path)!r}), print)
journal.checkpoint({{}})
for number in itertools.count(1):
    journal.accept(Accepted("one", number, {{}}))
    journal.commit()
    print(number, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        while int(process.stdout.readline()) < 50:
            pass
        os.kill(process.pid, signal.SIGKILL)
        told = 50 + len(process.stdout.read().splitlines())

    numbers = [accepted.number for accepted in opened(path).unfinished().reports]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= told


def test_two_masters_can_not_share_a_journal(path):
    first = opened(path)

    with pytest.raises(JournalError, match="is in use by another master: give each its own file"):
        opened(path)
    first.close()
    opened(path)


def test_a_file_of_something_else_is_left_alone(path):
    path.write_text("this is no database, but it is dear to somebody" * 50)
    with pytest.raises(JournalError, match=r"file is not a database\. Give another file, or remove it"):
        opened(path)
    assert path.read_text().startswith("this is no database")


def test_a_database_of_something_else_is_left_alone(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE users (name)")
    with pytest.raises(JournalError, match="is a database of something else: give another file"):
        opened(path)


def test_a_journal_of_another_version_says_so(path):
    opened(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(JournalError, match="is of version 7, and this is Gregaria with version 1"):
        opened(path)


def test_a_folder_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(JournalError, match="can't be used: No such file or directory"):
        opened(tmp_path / "none" / "run.journal")


def test_a_damaged_state_is_an_error_with_what_to_do(path):
    journal = opened(path)
    journal.checkpoint({})
    journal._database.execute("UPDATE run SET state = x'c1'")

    with pytest.raises(JournalError, match=r"is damaged .*: remove it and start anew"):
        journal.unfinished()


def test_a_full_disk_is_said_once_and_made_good_by_a_checkpoint(path):
    warnings: list[str] = []
    journal = opened(path, warnings)
    journal.checkpoint({"counted": 0})
    pages = journal._database.execute("PRAGMA page_count").fetchone()[0]
    journal._database.execute(f"PRAGMA max_page_count = {pages + 2}")  # what SQLite says is what a full disk says

    counted = 0
    while not warnings:
        counted += 1
        journal.accept(Accepted("one", counted, {"padding": "x" * 1000}))
        assert [accepted.number for accepted in journal.commit()] == [counted]
    journal.accept(report(counted + 1))
    journal.commit()
    assert (len(warnings), journal.wants_checkpoint) == (1, True)
    assert "can't be written (database or disk is full). The run goes on" in warnings[0]

    journal._database.execute("PRAGMA max_page_count = 1000000")
    journal.checkpoint({"counted": counted + 1})

    assert journal.unfinished() == UnfinishedRun({"counted": counted + 1}, [])
    assert not journal.wants_checkpoint
