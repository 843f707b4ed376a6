"""How a runner plays a LoadTestShape."""

from __future__ import annotations

import logging
from argparse import Namespace

import pytest
from runner_kit import user_class

from locust import LoadTestShape, runners
from locust.runners import _shape
from locust.runners._shape import Target, target_of


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch):
    monkeypatch.setattr(_shape, "TICK_SECONDS", 0.01)


class Listed(LoadTestShape):
    """Gives one answer after the other."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = iter(answers)
        self.user_counts = []

    def tick(self):
        self.user_counts.append(self.get_current_user_count())
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("tick", "expected"),
    [((1, 2), Target(1, 2)), ([1, 2.5], Target(1, 2.5)), ((1, 2, [int]), Target(1, 2, [int]))],
)
def test_a_tick_is_two_or_three_values(tick, expected):
    assert target_of(tick) == expected


@pytest.mark.parametrize("tick", [(1,), (1, 2, [], 4), 5, "ab"])
def test_another_tick_is_refused(tick):
    if tick == "ab":
        tick = object()
    with pytest.raises(ValueError, match="must return"):
        target_of(tick)


def test_a_shape_steers_the_number_of_users_until_it_ends(make_runner, until, caplog):
    caplog.set_level(logging.INFO, logger="locust.runners")
    first, second = user_class("A"), user_class("B")
    shape = Listed((2, 1000), (2, 1000), (3, 1000, [second]), (1, 1000, [second]), (1, 1000, [second]), None)
    runner = make_runner(first, second, shape_class=shape)

    runner.start_shape()
    shape_greenlet = runner.shape_greenlet
    shape_greenlet.join(timeout=5)

    assert shape.user_counts == [0, 2, 2, 3, 1, 1]
    assert (runner.state, runner.user_count) == (runners.STATE_STOPPED, 0)
    assert (runner.shape_greenlet, runner.shape_last_tick) == (None, None)
    messages = [record.getMessage() for record in caplog.records]
    assert [message for message in messages if "hape" in message] == [
        "Shape test starting.",
        "Shape worker starting",
        "Shape test updating to 2 users at 1000.00 spawn rate",
        "Shape test updating to 3 users at 1000.00 spawn rate",
        "Shape test updating to 1 users at 1000.00 spawn rate",
        "Shape test stopping",
    ]


@pytest.mark.parametrize(("headless", "has_quit"), [(True, True), (False, False)])
def test_the_runner_quits_after_a_shape_if_nobody_can_start_another(make_runner, until, headless, has_quit):
    runner = make_runner(shape_class=Listed((1, 1000), None), parsed_options=Namespace(headless=headless))

    runner.start_shape()
    until(lambda: runner.state == runners.STATE_STOPPED)

    assert (runner.greenlet.join(timeout=0.1) or False) is has_quit


def test_a_shape_that_plays_is_not_started_again(make_runner, caplog):
    caplog.set_level(logging.INFO, logger="locust.runners")
    runner = make_runner(shape_class=Listed(*[(1, 1)] * 1000))
    runner.start_shape()
    first = runner.shape_greenlet

    runner.start_shape()

    assert runner.shape_greenlet is first
    assert "There is an ongoing shape test running. Editing is disabled" in caplog.text


def test_stopping_ends_the_shape(make_runner, until):
    runner = make_runner(shape_class=Listed(*[(1, 1000)] * 1000))
    runner.start_shape()
    until(lambda: runner.user_count == 1)

    runner.stop()

    assert (runner.shape_greenlet, runner.state) == (None, runners.STATE_STOPPED)


def test_a_shape_can_be_played_again(make_runner, until):
    runner = make_runner(shape_class=Listed((1, 1000), None, (2, 1000), (2, 1000), None))
    runner.start_shape()
    until(lambda: runner.state == runners.STATE_STOPPED)

    runner.start_shape()
    until(lambda: runner.user_count == 2)

    until(lambda: runner.state == runners.STATE_STOPPED)


def test_a_shape_may_quit_the_runner(make_runner):
    class Quitter(LoadTestShape):
        def tick(self):
            self.runner.quit()

    runner = make_runner(shape_class=Quitter())

    runner.start_shape()

    assert runner.greenlet.join(timeout=5)
    assert runner.state == runners.STATE_STOPPED


@pytest.mark.parametrize("answer", [ZeroDivisionError("oops"), (1, 2, [], 4)])
def test_a_shape_that_fails_ends_the_test(make_runner, until, caplog, answer):
    # Locust 2.47 goes on for ever with the users it has.
    runner = make_runner(shape_class=Listed((1, 1000), answer))

    runner.start_shape()
    until(lambda: runner.state == runners.STATE_STOPPED)

    assert "Unhandled exception in greenlet: " in caplog.text
