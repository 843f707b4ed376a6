"""Remembering what is dear to compute."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from locust.util import cache
from locust.util.cache import memoize


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(cache, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def counting(clock):
    """Makes a memoized function that counts its calls, each of which takes `seconds`."""

    def make(seconds=0.0, **settings):
        calls = []

        @memoize(**settings)
        def count(*args):
            calls.append(args)
            clock.now += seconds
            return len(calls)

        return count

    return make


def answers_after(function, clock, *seconds):
    answers = []
    for each in seconds:
        clock.now += each
        answers.append(function())
    return answers


def test_the_last_answer_stands_until_the_timeout(counting, clock):
    assert answers_after(counting(timeout=2), clock, 0, 1, 0.5, 0.5, 1) == [1, 1, 1, 2, 2]


def test_it_stands_whatever_the_arguments(counting):
    function = counting(timeout=2)

    assert (function(1), function(2)) == (1, 1)


def test_it_can_be_forgotten(counting):
    function = counting(timeout=2)
    function()
    function.clear_cache()

    assert function() == 2


def test_a_dynamic_timeout_doubles_while_the_answer_takes_longer(counting, clock):
    function = counting(seconds=3, timeout=2, dynamic_timeout=True)

    assert answers_after(function, clock, 0, 3, 1, 3.5, 0.5) == [1, 1, 2, 2, 3]


def test_a_dynamic_timeout_shrinks_again_when_the_answer_is_quick(clock):
    costs = iter([3, 0, 0, 0])

    @memoize(timeout=2, dynamic_timeout=True)
    def function():
        clock.now += next(costs)
        return clock.now

    first, second, third = answers_after(function, clock, 0, 4, 2)

    assert (second - first, third - second) == (4, 2)


def test_the_function_keeps_its_name():
    @memoize(timeout=1)
    def total() -> int:
        return 1

    assert total.__name__ == "total"
