"""The order and the places of users, in examples."""

from __future__ import annotations

from itertools import islice

import pytest

from locust._plan import Pace, Plan, UserKind, pace, rest_of_wait, weighted_order, worker_order


def order_of(*weights, length):
    names = [(chr(ord("A") + index), weight) for index, weight in enumerate(weights)]
    return "".join(islice(weighted_order(names), length))


def kinds(**weights):
    return [UserKind(name, weight) for name, weight in weights.items()]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((1, 1, 1), "ABCABCABC"),
        ((5, 1), "AABAAAAABAAAAAB"),
        ((1, 2, 3), "CBACBCCBAC"),
        ((3, 1), "ABAAABAAAB"),
        ((0.5, 0.1), "AABAAAAABAAAAAB"),
        ((3, 7, 4), "BCABBCABCBBACB"),
        ((2,), "AAAA"),
        ((0, 1), "BBB"),
        ((0, 0), ""),
    ],
)
def test_classes_follow_each_other_as_in_locust_2_47(weights, expected):
    assert order_of(*weights, length=len(expected) or 5) == expected


def test_neighbours_in_the_round_of_workers_are_on_different_hosts():
    assert worker_order(["b_1", "a_2", "a_1", "b_2", "c_x", "d"]) == ["a_1", "b_1", "c_x", "d", "a_2", "b_2"]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.5, Pace(1, 2.0)), (1, Pace(1, 1.0)), (1.6, Pace(1, 0.625)), (2.5, Pace(2, 0.8)), (100, Pace(100, 1.0))],
)
def test_a_rate_becomes_whole_users_about_every_second(rate, expected):
    assert pace(rate) == expected


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_is_not_positive_is_refused(rate):
    with pytest.raises(ValueError, match="spawn_rate must be > 0"):
        pace(rate)


def test_the_rest_of_a_wait_is_never_negative():
    assert (rest_of_wait(1.0, 0.25), rest_of_wait(1.0, 3.0)) == (0.75, 0.0)


def test_users_go_to_the_workers_in_turn_and_leave_youngest_first():
    plan = Plan(kinds(A=1, B=1), ["1", "2", "3"])

    plan.add(4)
    plan.remove(2)
    plan.add(1)

    assert plan.snapshot() == {"1": {"A": 1, "B": 0}, "2": {"A": 1, "B": 1}, "3": {"A": 0, "B": 0}}
    assert list(plan.placed) == [("1", "A"), ("2", "B"), ("2", "A")]


def test_fixed_counts_are_filled_first_and_again_after_users_left():
    plan = Plan([UserKind("A", 1), UserKind("F", 1, fixed_count=2)], ["1"])
    plan.add(5)
    filled = dict(plan.counts_by_class)

    plan.remove(4)
    plan.add(2)

    assert filled == {"A": 3, "F": 2}
    assert plan.counts_by_class == {"A": 1, "F": 2}


def test_a_plan_with_nobody_to_add_says_how_many_it_added():
    plan = Plan([UserKind("F", 1, fixed_count=2)], ["1"])

    assert (plan.add(5), plan.add(1), plan.user_count) == (2, 0, 2)


def test_spreading_keeps_the_number_of_users_and_leaves_the_old_plan_alone():
    plan = Plan(kinds(A=1, B=3), ["1"])
    plan.add(8)

    wider = plan.spread(["1", "2"], kinds(A=1, B=3), plan.user_count)

    assert wider.snapshot() == {"1": {"A": 0, "B": 4}, "2": {"A": 2, "B": 2}}
    assert plan.snapshot() == {"1": {"A": 2, "B": 6}}
