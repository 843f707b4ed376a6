"""The users of a lost worker start elsewhere, at the spawn rate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from locust.runners._handover import steps

counts = st.dictionaries(st.sampled_from("ABC"), st.integers(0, 9), min_size=3, max_size=3)
distributions = st.fixed_dictionaries({"w1": counts, "w2": counts})


def total(distribution) -> int:
    return sum(sum(by_class.values()) for by_class in distribution.values())


def test_what_is_missing_starts_a_step_at_a_time_on_all_workers():
    now = {"w1": {"A": 3}, "w2": {"A": 3}}
    goal = {"w1": {"A": 5}, "w2": {"A": 5}}

    assert list(steps(now, goal, 2)) == [{"w1": {"A": 4}, "w2": {"A": 4}}, goal]


def test_users_that_move_between_workers_do_so_at_once():
    now = {"w1": {"A": 8}, "w2": {"A": 0}}
    goal = {"w1": {"A": 4}, "w2": {"A": 4}}

    assert list(steps(now, goal, 1)) == [goal]


def test_a_worker_that_just_came_starts_from_nothing():
    assert list(steps({}, {"w": {"A": 2}}, 1)) == [{"w": {"A": 1}}, {"w": {"A": 2}}]


@given(distributions, distributions, st.integers(1, 5))
def test_no_step_starts_more_than_it_may_and_the_last_is_the_goal(now, goal, users_per_step):
    before = total(now)
    for step in steps(now, goal, users_per_step):
        assert total(step) - before <= users_per_step
        assert all(count >= 0 for by_class in step.values() for count in by_class.values())
        before = total(step)

    assert step == goal
