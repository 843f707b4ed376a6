"""Rows out of files, databases and iterables; and what is said when there are none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from locust._feed._source import source_of
from locust.exception import FeedError


def rows_of(path: Path, text: str | bytes, query: str | None = None):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(source_of(str(path), query=query).rows())


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        (
            "users.csv",
            "user,password\nann,1\n\nbob,2\n",
            [{"user": "ann", "password": "1"}, {"user": "bob", "password": "2"}],
        ),
        ("users.csv", "\ufeffuser\r\nann\r\n", [{"user": "ann"}]),
        (
            "users.csv",
            'user,note\nann,"two\nlines, and ""quotes"""\n',
            [{"user": "ann", "note": 'two\nlines, and "quotes"'}],
        ),
        ("users.TSV", "user\tcity\nann\tUlm, south\n", [{"user": "ann", "city": "Ulm, south"}]),
        ("users.jsonl", '{"user": "ann"}\n\n["any", 1]\n', [{"user": "ann"}, ["any", 1]]),
        ("users.ndjson", "1\n", [1]),
        ("users.json", '[{"user": "ann"}, 2]', [{"user": "ann"}, 2]),
    ],
)
def test_a_file_is_read_row_by_row(tmp_path, name, text, rows):
    assert rows_of(tmp_path / name, text) == rows


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("u.csv", "a,b\n1\n", "line 2: 2 values were wanted (a, b), 1 found."),
        ("u.csv", "a,a\n1,2\n", "its first line should name each column once; found ['a', 'a']."),
        ("u.csv", "a,\n1,2\n", "its first line should name each column once; found ['a', '']."),
        ("u.csv", 'a\n"open\n', "line 2: unexpected end of data."),
        ("u.csv", b"a\n\xff\n", "isn't UTF-8 (invalid start byte at byte 2). Convert it."),
        (
            "u.jsonl",
            "1\n{\n",
            "line 2: not JSON (Expecting property name enclosed in double quotes: line 2 column 1 (char 2)).",
        ),
        ("u.json", "[", "not JSON (Expecting value: line 1 column 2 (char 1))."),
        ("u.json", "{}", "a list of rows was wanted, dict found."),
        ("u.db", "no database, by far, but long enough to be looked at" * 4, "can't be read: file is not a database."),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong_in_it(tmp_path, name, text, message):
    with pytest.raises(FeedError) as caught:
        rows_of(tmp_path / name, text)

    assert str(caught.value).startswith(f"Feed {tmp_path / name}")
    assert message in str(caught.value)


def test_a_missing_file_is_an_error_when_it_is_read_and_not_before(tmp_path):
    source = source_of(tmp_path / "none.csv", query=None)

    with pytest.raises(FeedError, match=r"none\.csv can't be read: No such file or directory\."):
        list(source.rows())


def test_a_database_gives_its_table_or_a_query(tmp_path):
    path = tmp_path / "users.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE users (user TEXT, age INTEGER)")
        database.executemany("INSERT INTO users VALUES (?, ?)", [("ann", 30), ("bob", 40)])

    assert list(source_of(path, query=None).rows()) == [{"user": "ann", "age": 30}, {"user": "bob", "age": 40}]
    assert list(source_of(path, query="SELECT user FROM users WHERE age > 35").rows()) == [{"user": "bob"}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, "one table was wanted, found a, b. Say which by query="),
        ("SELECT * FROM c", "can't be read: no such table: c."),
        ("DELETE FROM a", "can't be read: attempt to write a readonly database."),
    ],
)
def test_a_database_that_gives_no_rows_says_why(tmp_path, query, message):
    path = tmp_path / "users.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (x)")
        database.execute("CREATE TABLE b (x)")

    with pytest.raises(FeedError) as caught:
        list(source_of(path, query=query).rows())
    assert message in str(caught.value)


def test_a_database_that_is_missing_is_not_made(tmp_path):
    with pytest.raises(FeedError, match="unable to open database file"):
        list(source_of(tmp_path / "none.db", query="SELECT 1").rows())
    assert not (tmp_path / "none.db").exists()


def test_lists_and_functions_rewind_and_iterators_do_not():
    def generated():
        yield from (1, 2)

    listed, called, once = (source_of(given, query=None) for given in ([1, 2], generated, generated()))

    assert [list(source.rows()) for source in (listed, listed, called, called, once, once)] == [[1, 2]] * 5 + [[]]
    assert (listed.rewinds, called.rewinds, once.rewinds) == (True, True, False)


@pytest.mark.parametrize(
    ("given", "query", "message"),
    [
        ("users.xlsx", None, "its name should end in one of .csv, .db, .json"),
        ("users.csv", "SELECT 1", "query= is for SQLite databases, and the feed is users.csv"),
        ([1], "SELECT 1", "query= is for SQLite databases, and the feed is a list"),
        (5, None, "A feed needs a file name, an iterable or a function that returns one; found int."),
    ],
)
def test_what_can_not_be_a_source_is_refused_at_once(given, query, message):
    with pytest.raises(FeedError) as caught:
        source_of(given, query=query)
    assert message in str(caught.value)
