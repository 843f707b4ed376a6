"""How long users wait."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from locust import between, constant, constant_pacing, constant_throughput, poisson
from locust.user import wait_time


@pytest.fixture
def clock(monkeypatch):
    """A clock to be turned by hand: `clock.now` is what it shows."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(wait_time, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def user(clock):
    return SimpleNamespace(_cp_last_run=clock.now, _cp_last_wait_time=0)


def waits_after(tasks_seconds, wait, user, clock):
    """What the user waits after tasks of these lengths."""
    waits = []
    for task_seconds in tasks_seconds:
        clock.now += task_seconds
        waits.append(wait(user))
        clock.now += waits[-1]
    return waits


def test_constant_is_what_it_was_given():
    assert constant(1.5)(None) == 1.5


def test_between_stays_between():
    assert all(2 <= between(2, 4)(None) <= 4 for _ in range(100))


def test_between_two_equal_times_is_that_time():
    assert between(3, 3)(None) == 3


def test_pacing_starts_tasks_at_equal_distances(user, clock):
    assert waits_after([0.25, 0.5, 0.0], constant_pacing(1), user, clock) == [0.75, 0.5, 1.0]


def test_pacing_does_not_wait_after_a_task_that_took_too_long(user, clock):
    assert waits_after([1.5, 0.25], constant_pacing(1), user, clock) == [0, 0.75]


def test_throughput_is_pacing_by_the_inverse(user, clock):
    assert waits_after([0.125, 0.25], constant_throughput(2), user, clock) == [0.375, 0.25]


def test_poisson_waits_for_the_inverse_of_its_rate_on_average():
    wait = poisson(4)

    assert sum(wait(None) for _ in range(20_000)) / 20_000 == pytest.approx(0.25, rel=0.1)


@pytest.mark.parametrize("make", [constant_throughput, poisson])
@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_must_be_positive(make, rate):
    with pytest.raises(ValueError, match=rf"{make.__name__}\(\) requires a positive rate, got: {rate}"):
        make(rate)
