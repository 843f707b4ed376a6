"""What holds for every plan."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locust._plan import Plan, UserKind, weighted_order, worker_order

NO_FIXED = st.just(0)
WEIGHTS = st.one_of(st.integers(1, 50), st.floats(0.01, 100))
NAMES = st.lists(st.sampled_from("ABCDEFGH"), min_size=1, max_size=6, unique=True)
WORKERS = st.lists(st.from_regex(r"[ab]{1,2}(_[0-9]{1,2})?", fullmatch=True), min_size=1, max_size=8, unique=True)
STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=12)


@st.composite
def user_kinds(draw, fixed_counts=NO_FIXED):
    names = draw(NAMES)
    return [UserKind(name, draw(WEIGHTS), draw(fixed_counts)) for name in names]


def walk(plan, steps):
    for is_addition, user_count in steps:
        if is_addition:
            plan.add(user_count)
        else:
            plan.remove(user_count)


@given(user_kinds(st.integers(0, 5)), WORKERS, STEPS)
def test_all_counts_tell_the_same(kinds, workers, steps):
    plan = Plan(kinds, workers)

    walk(plan, steps)

    by_worker = plan.snapshot()
    assert by_worker == plan.counts
    assert sum(sum(counts.values()) for counts in by_worker.values()) == plan.user_count == len(plan.placed)
    for kind in kinds:
        assert plan.counts_by_class[kind.name] == sum(counts[kind.name] for counts in by_worker.values())


@given(user_kinds(), WORKERS, STEPS)
def test_the_number_of_users_is_what_was_added_less_what_was_removed(kinds, workers, steps):
    plan, expected = Plan(kinds, workers), 0

    for is_addition, user_count in steps:
        changed = plan.add(user_count) if is_addition else plan.remove(user_count)
        assert changed == (user_count if is_addition else min(user_count, expected))
        expected += changed if is_addition else -changed

    assert plan.user_count == expected


@given(user_kinds(), WORKERS, st.integers(0, 300))
def test_workers_differ_by_one_user_at_most(kinds, workers, user_count):
    plan = Plan(kinds, workers)

    plan.add(user_count)

    loads = [sum(counts.values()) for counts in plan.snapshot().values()]
    assert max(loads) - min(loads) <= 1


@given(user_kinds(st.integers(0, 6)), WORKERS, STEPS, st.integers(0, 60))
def test_fixed_classes_never_have_more_and_come_before_the_others(kinds, workers, steps, user_count):
    plan = Plan(kinds, workers)
    walk(plan, steps)

    plan.remove(plan.user_count)
    plan.add(user_count)

    fixed = {kind.name: kind.fixed_count for kind in kinds if kind.fixed_count}
    counts = plan.counts_by_class
    assert all(counts[name] <= limit for name, limit in fixed.items())
    assert sum(counts[name] for name in fixed) == min(user_count, sum(fixed.values()))


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_a_whole_cycle_meets_the_weights_exactly(weights):
    names = [(str(index), weight) for index, weight in enumerate(weights)]

    cycle = list(islice(weighted_order(names), sum(weights)))

    assert [cycle.count(name) for name, _ in names] == weights


@given(st.lists(WEIGHTS, min_size=1, max_size=6), st.integers(1, 400))
def test_every_prefix_is_near_the_weights(weights, length):
    names = [(str(index), weight) for index, weight in enumerate(weights)]

    prefix = list(islice(weighted_order(names), length))

    for name, weight in names:
        assert prefix.count(name) == pytest.approx(length * weight / sum(weights), abs=len(weights))


@given(WORKERS)
def test_the_round_holds_each_worker_once_and_spreads_hosts(workers):
    order = worker_order(workers)

    assert sorted(order) == sorted(workers)
    hosts = [worker_id.partition("_")[0] for worker_id in order]
    assert sorted(hosts[: len(set(hosts))]) == sorted(set(hosts))


@given(user_kinds(st.integers(0, 5)), WORKERS, WORKERS, st.integers(0, 100))
def test_spreading_over_other_workers_is_a_plan_from_zero(kinds, workers, others, user_count):
    plan = Plan(kinds, workers)
    plan.add(user_count)

    spread = plan.spread(others, kinds, plan.user_count)

    fresh = Plan(kinds, others)
    fresh.add(plan.user_count)
    assert spread.snapshot() == fresh.snapshot()
