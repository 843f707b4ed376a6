"""UsersDispatcher against what Locust 2.47 does, and its waits against a fake sleep."""

from __future__ import annotations

import json
import time
from pathlib import Path

import gevent
import pytest
from golden.dispatch_recorder import Node, play, user_class

from locust.dispatch import UsersDispatcher

RUNS = [json.loads(line) for line in (Path(__file__).parent / "golden" / "dispatch-2.47.0.jsonl").open()]


@pytest.fixture
def clock(monkeypatch):
    """Time that only sleeping and `clock.advance` move on."""

    class Clock:
        now = 0.0
        sleeps: list[float] = []

        def advance(self, seconds):
            self.now += seconds

        def sleep(self, seconds=0):
            self.sleeps.append(round(seconds, 6))
            self.now += seconds

    fake = Clock()
    fake.sleeps = []
    monkeypatch.setattr(gevent, "sleep", fake.sleep)
    monkeypatch.setattr(time, "perf_counter", lambda: fake.now)
    return fake


def dispatcher_of(*weights, workers=("1",)):
    classes = [user_class(chr(ord("A") + index), weight, 0) for index, weight in enumerate(weights)]
    return UsersDispatcher([Node(worker_id) for worker_id in workers], classes)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{len(run['workers'])}w-{len(run['classes'])}c")
def test_users_are_spread_as_locust_2_47_spreads_them(run):
    answers = play(UsersDispatcher, run)

    assert json.loads(json.dumps(answers)) == run["answers"]


def test_steps_come_at_the_spawn_rate_whatever_the_consumer_takes(clock):
    dispatcher = dispatcher_of(1)
    dispatcher.new_dispatch(target_user_count=6, spawn_rate=2.5)

    times = []
    for item in dispatcher:
        times.append((round(clock.now, 6), item["1"]["A"]))
        clock.advance(0.3)

    assert times == [(0.0, 2), (0.8, 4), (1.6, 6)]
    assert clock.sleeps == [0.5, 0.5]
    assert [round(seconds, 6) for seconds in dispatcher.dispatch_iteration_durations] == [0.3, 0.3, 0.3]


def test_a_consumer_slower_than_the_rate_is_not_waited_for(clock):
    dispatcher = dispatcher_of(1)
    dispatcher.new_dispatch(target_user_count=3, spawn_rate=1)

    for _ in dispatcher:
        clock.advance(5)

    assert clock.sleeps == [0, 0]


def test_a_target_that_is_reached_gives_one_item_and_no_wait(clock):
    dispatcher = dispatcher_of(1)
    dispatcher.new_dispatch(0, 1)

    items = list(dispatcher)

    assert items == [{"1": {"A": 0}}]
    assert clock.sleeps == []
    assert dispatcher.dispatch_in_progress is False


def test_a_dispatch_is_in_progress_from_its_first_item_to_its_end(clock):
    dispatcher = dispatcher_of(1)
    dispatcher.new_dispatch(2, 1)

    before = dispatcher.dispatch_in_progress
    next(dispatcher)
    between = dispatcher.dispatch_in_progress
    list(dispatcher)

    assert (before, between, dispatcher.dispatch_in_progress) == (False, True, False)


def test_an_item_does_not_change_with_the_ones_after_it(clock):
    dispatcher = dispatcher_of(1, 1, workers=("1", "2"))
    dispatcher.new_dispatch(4, 1)

    items = list(dispatcher)

    assert items[0] == {"1": {"A": 1, "B": 0}, "2": {"A": 0, "B": 0}}
    assert items[-1] == {"1": {"A": 2, "B": 0}, "2": {"A": 0, "B": 2}}


def test_a_dispatcher_without_a_dispatch_has_no_items():
    assert list(dispatcher_of(1)) == []


def test_without_a_worker_nobody_is_placed():
    dispatcher = dispatcher_of(1, workers=())
    dispatcher.new_dispatch(3, 1)

    assert list(dispatcher) == [{}]


@pytest.mark.parametrize(
    ("target", "rate", "text"),
    [(-1, 1, "target_user_count must be >= 0, got -1"), (1, 0, "spawn_rate must be > 0, got 0")],
)
def test_a_dispatch_that_makes_no_sense_is_refused(target, rate, text):
    with pytest.raises(ValueError, match=text):
        dispatcher_of(1).new_dispatch(target, rate)


def test_classes_with_a_fixed_count_get_their_users_after_a_change_of_classes(clock):
    # Locust 2.47 starts nobody here.
    weighted, fixed = user_class("A", 1, 0), user_class("B", 1, 2)
    dispatcher = UsersDispatcher([Node("1")], [weighted, fixed])
    dispatcher.new_dispatch(1, 1, user_classes=[weighted])
    list(dispatcher)

    dispatcher.new_dispatch(3, 10, user_classes=[fixed])

    assert list(dispatcher) == [{"1": {"A": 1, "B": 2}}]


def test_many_workers_that_join_at_once_cost_one_spreading(clock, monkeypatch):
    dispatcher = dispatcher_of(1)
    dispatcher.new_dispatch(1000, 1000)
    list(dispatcher)
    spread, spreadings = dispatcher._spread, []
    monkeypatch.setattr(dispatcher, "_spread", lambda count: spreadings.append(count) or spread(count))

    for number in range(2, 12):
        dispatcher.add_worker(Node(str(number)))
    dispatcher.new_dispatch(1000, 1000)
    list(dispatcher)

    assert spreadings == [1000]


def test_a_distribution_from_zero_tells_places_and_successors():
    dispatcher = dispatcher_of(1, 1, workers=("1", "2"))

    counts, classes_to_come, workers_to_come, places = dispatcher._distribute_users(3)

    assert counts == {"1": {"A": 2, "B": 0}, "2": {"A": 0, "B": 1}}
    assert [(node.id, name) for node, name in places] == [("1", "A"), ("2", "B"), ("1", "A")]
    assert next(classes_to_come) == "B"
    assert next(workers_to_come).id == "2"


@pytest.mark.parametrize("worker_count", [1, 1000])
@pytest.mark.slow
def test_a_million_users_are_dispatched_in_seconds(worker_count):
    dispatcher = dispatcher_of(1, 2.5, 7, workers=[f"h{number % 50}_{number}" for number in range(worker_count)])
    dispatcher.new_dispatch(1_000_000, 1000)
    dispatcher._wait_between_dispatch = 0
    began = time.process_time()

    for _ in dispatcher:
        pass

    assert dispatcher.get_current_user_count() == 1_000_000
    assert time.process_time() - began < 5
