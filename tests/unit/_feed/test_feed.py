"""`locust.feed` as a locustfile uses it, in one process."""

from __future__ import annotations

import logging

import pytest

import locust
from locust import _feed
from locust.exception import FeedError, StopUser


@pytest.fixture(autouse=True)
def no_feeds(monkeypatch):
    """A registry of its own for each test; it's the test that fires events, not a run."""
    monkeypatch.setattr(_feed, "_feeds", _feed._Feeds())
    for hook in ("init", "test_start", "quitting"):
        monkeypatch.setattr(getattr(locust.events, hook), "_handlers", [])


def test_a_feed_gives_the_rows_of_a_file(tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("user\nann\nbob\n")
    users = locust.feed(path)

    assert [next(users), next(users)] == [{"user": "ann"}, {"user": "bob"}]


def test_a_user_that_asks_an_empty_feed_stops_and_the_log_says_so_once(caplog):
    users = locust.feed(["ann"], name="users")
    next(users)

    with caplog.at_level(logging.WARNING, "locust.feed"):
        for _ in range(2):
            with pytest.raises(StopUser):
                next(users)

    assert caplog.messages == ["Feed users is empty: users that ask for a row stop"]


def test_an_empty_feed_can_be_an_error_of_the_task():
    users = locust.feed(["ann"], on_empty="error", name="users")
    next(users)

    with pytest.raises(FeedError, match="Feed users is empty: all its rows were handed out"):
        next(users)


def test_each_start_of_a_test_begins_at_the_first_row(caplog):
    users = locust.feed(["ann", "bob"])
    next(users)

    locust.events.test_start.fire(environment=None)

    assert next(users) == "ann"


def test_feeds_of_one_source_get_names_of_their_own():
    assert [locust.feed(["ann"], mode).name for mode in ("unique", "random", "shuffle")] == [
        "list",
        "list #2",
        "list #3",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "once"}, "A feed's mode is one of unique, circular, shuffle, random; found 'once'."),
        ({"on_empty": "die"}, "A feed's on_empty is one of stop, wrap, error; found 'die'."),
    ],
)
def test_a_wrong_argument_is_refused_with_what_is_possible(arguments, message):
    with pytest.raises(FeedError) as caught:
        locust.feed(["ann"], **arguments)
    assert str(caught.value) == message
