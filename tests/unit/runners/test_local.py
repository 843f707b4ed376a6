"""A local run: starting, editing, stopping, counting; as Locust 2.47 does where nothing else is said."""

from __future__ import annotations

import logging
from argparse import Namespace

import gevent
import pytest
from runner_kit import DEADLINE_SECONDS, Idle, start, user_class

from locust import User, constant, runners, task
from locust.exception import LocustError, RunnerAlreadyExistsError, StopTest

TEST_EVENTS = ("test_start", "spawning_complete", "test_stopping", "test_stop")


def test_a_new_runner_is_ready_and_has_nobody(make_runner):
    runner = make_runner(user_class("A"), user_class("B"))

    assert runner.state == runners.STATE_INIT
    assert (runner.user_count, runner.user_classes_count) == (0, {"A": 0, "B": 0})
    assert (runner.worker_index, runner.worker_count, runner.target_user_count) == (0, 1, 0)
    assert (runner.spawning_greenlet, runner.shape_greenlet, runner.shape_last_tick) == (None, None, None)


def test_a_test_goes_through_its_events_in_order(make_runner, heard):
    runner = make_runner()
    notes = heard(runner, *TEST_EVENTS)

    start(runner, 2)
    runner.stop()

    assert notes == [
        ("test_start", "ready", 0),
        ("spawning_complete", "running", 2),
        ("test_stopping", "running", 2),
        ("test_stop", "stopped", 0),
    ]


def test_starting_returns_at_once(make_runner):
    runner = make_runner()

    runner.start(3, 1000)

    assert (runner.state, runner.user_count) == (runners.STATE_INIT, 0)


def test_users_are_spread_over_the_classes_by_weight(make_runner):
    runner = make_runner(user_class("A", weight=1), user_class("B", weight=2), user_class("C", fixed_count=1))

    start(runner, 7)

    assert runner.user_classes_count == {"A": 2, "B": 4, "C": 1}
    assert runner.target_user_classes_count == {"A": 2, "B": 4, "C": 1}
    assert runner.target_user_count == 7


def test_the_log_says_what_scripts_look_for(make_runner, caplog):
    caplog.set_level(logging.INFO, logger="locust.runners")
    runner = make_runner(user_class("B"), user_class("A"))

    start(runner, 3, 2.5 * 1000)

    messages = [record.getMessage() for record in caplog.records if record.name == "locust.runners"]
    assert messages == [
        "Ramping to 3 users at a rate of 2500.00 per second",
        'All users spawned: {"A": 2, "B": 1} (3 total users)',
    ]


def test_the_number_of_users_is_edited_while_the_test_runs(make_runner, heard):
    runner = make_runner()
    notes = heard(runner, *TEST_EVENTS)

    start(runner, 4)
    start(runner, 1)
    start(runner, 2)

    assert runner.user_count == 2
    assert [name for name, _, _ in notes] == ["test_start", *["spawning_complete"] * 3]


def test_the_environments_host_goes_before_those_of_the_classes(make_runner):
    own, none = user_class("A", host="http://own"), user_class("B")
    runner = make_runner(own, none)
    start(runner, 2)
    without = (own.host, none.host)
    runner.stop()

    runner.environment.events.test_start.add_listener(
        lambda environment, **_: setattr(environment, "host", "http://from-listener")
    )
    start(runner, 2)

    assert without == ("http://own", None)
    assert [greenlet.args[0].host for greenlet in runner.user_greenlets] == ["http://from-listener"] * 2


def test_another_start_ends_the_ramp_that_is_going_on(make_runner, until):
    runner = make_runner()
    runner.start(1000, 1)
    until(lambda: runner.user_count == 1)
    first = runner.spawning_greenlet

    start(runner, 3)

    assert first.dead
    assert (runner.state, runner.user_count) == (runners.STATE_RUNNING, 3)


def test_a_start_with_some_classes_starts_users_of_those(make_runner):
    first, second = user_class("A"), user_class("B")
    runner = make_runner(first, second)

    start(runner, 3, user_classes=[second])
    start(runner, 4)

    assert runner.user_classes_count == {"A": 0, "B": 4}


@pytest.mark.parametrize(("user_count", "spawn_rate"), [(-1, 1), (1, 0), (1, -2)])
def test_a_start_that_makes_no_sense_is_refused(make_runner, user_count, spawn_rate):
    runner = make_runner()

    with pytest.raises(ValueError, match="must be >"):
        runner.start(user_count, spawn_rate)

    assert runner.spawning_greenlet is None


def test_waiting_for_users_that_do_not_start_in_one_step_is_refused(make_runner):
    with pytest.raises(ValueError, match="greater than the spawn rate"):
        make_runner().start(2, 1, wait=True)


def test_a_new_test_forgets_the_last_one(make_runner):
    runner = make_runner()
    start(runner, 1)
    runner.stats.log_request("GET", "/", 1, 1)
    runner.log_exception("local", "text", "traceback")
    runner.cpu_warning_emitted = True
    runner.stop()
    kept = (runner.stats.total.num_requests, len(runner.exceptions))

    start(runner, 1)

    assert kept == (1, 1)
    assert (runner.stats.total.num_requests, runner.exceptions, runner.cpu_warning_emitted) == (0, {}, False)


def test_an_edit_keeps_statistics(make_runner):
    runner = make_runner()
    start(runner, 1)
    runner.stats.log_request("GET", "/", 1, 1)

    start(runner, 2)

    assert runner.stats.total.num_requests == 1


def test_what_test_start_listeners_count_is_kept(make_runner):
    runner = make_runner()
    runner.environment.events.test_start.add_listener(lambda **_: runner.stats.log_request("GET", "/", 1, 1))

    start(runner, 1)

    assert runner.stats.total.num_requests == 1


@pytest.mark.parametrize(("reset_stats", "kept"), [(False, 1), (True, 0)])
def test_statistics_are_reset_when_all_users_are_there_if_wanted(make_runner, reset_stats, kept):
    runner = make_runner(reset_stats=reset_stats)
    runner.environment.events.test_start.add_listener(lambda **_: runner.stats.log_request("GET", "/", 1, 1))

    start(runner, 1)

    assert runner.stats.total.num_requests == kept


def test_requests_are_counted_by_the_recorder(make_runner):
    runner = make_runner()

    assert runner.environment.stats.recorder in runner.environment.events.request._handlers


def test_stopping_ends_users_with_on_stop(make_runner, until):
    stopped = []
    runner = make_runner(user_class(on_stop=lambda user: stopped.append(user)))
    start(runner, 3)
    until(lambda: all(greenlet.started for greenlet in runner.user_greenlets))
    gevent.sleep(0)

    runner.stop()

    assert (runner.state, runner.user_count, len(stopped)) == (runners.STATE_STOPPED, 0, 3)
    assert runner.final_user_classes_count == {"A": 3}


def test_stopping_again_changes_nothing(make_runner, heard):
    runner = make_runner()
    start(runner, 1)
    runner.stop()
    notes = heard(runner, *TEST_EVENTS)

    runner.stop()

    assert notes == []


def test_stopping_what_was_never_started_tells_listeners(make_runner, heard):
    runner = make_runner()
    notes = heard(runner, *TEST_EVENTS)

    runner.stop()

    assert [name for name, _, _ in notes] == ["test_stopping", "test_stop"]


def test_stopping_ends_a_ramp(make_runner, until):
    runner = make_runner()
    runner.start(1000, 1)
    until(lambda: runner.user_count == 1)

    runner.stop()

    assert (runner.state, runner.user_count, runner.spawning_greenlet.dead) == (runners.STATE_STOPPED, 0, True)


def test_a_stop_that_comes_before_the_start_took_effect_wins(make_runner):
    runner = make_runner()
    runner.start(2, 1000)

    runner.stop()
    gevent.sleep(0)

    assert (runner.state, runner.user_count) == (runners.STATE_STOPPED, 0)


def test_a_start_during_a_stop_comes_after_it(make_runner, until, heard):
    runner = make_runner(user_class(on_stop=lambda user: gevent.sleep(0.01)))
    start(runner, 1)
    gevent.sleep(0)
    notes = heard(runner, *TEST_EVENTS)
    stopping = gevent.spawn(runner.stop)
    until(lambda: runner.state == runners.STATE_CLEANUP)

    start(runner, 2)
    stopping.join(timeout=DEADLINE_SECONDS)

    assert [name for name, _, _ in notes] == ["test_stopping", "test_stop", "test_start", "spawning_complete"]
    assert (runner.state, runner.user_count) == (runners.STATE_RUNNING, 2)


def test_two_stops_at_once_are_one(make_runner, heard):
    runner = make_runner(user_class(on_stop=lambda user: gevent.sleep(0.01)))
    start(runner, 1)
    gevent.sleep(0)
    notes = heard(runner, *TEST_EVENTS)

    gevent.joinall([gevent.spawn(runner.stop), gevent.spawn(runner.stop)], timeout=DEADLINE_SECONDS, raise_error=True)

    assert [name for name, _, _ in notes] == ["test_stopping", "test_stop"]
    assert runner.state == runners.STATE_STOPPED


class Slow(User):
    """A task that takes `seconds`, and notes how it ended."""

    seconds = 0.05
    ends: list[str]

    @task
    def work(self):
        try:
            gevent.sleep(self.seconds)
            self.ends.append("finished")
        except gevent.GreenletExit:
            self.ends.append("killed")
            raise


@pytest.mark.parametrize(
    ("stop_timeout", "seconds", "expected"), [(None, 0.05, "killed"), (5, 0.05, "finished"), (0.01, 5, "killed")]
)
def test_tasks_finish_within_the_stop_timeout(make_runner, until, stop_timeout, seconds, expected):
    ends = []
    runner = make_runner(user_class("Slow", Slow, seconds=seconds, ends=ends), stop_timeout=stop_timeout)
    start(runner, 2)
    gevent.sleep(0)

    runner.stop()

    assert (ends, runner.user_count) == ([expected] * 2, 0)


def test_users_that_wait_stop_at_once_whatever_the_stop_timeout(make_runner):
    runner = make_runner(stop_timeout=1000)
    start(runner, 2)
    gevent.sleep(0)

    with gevent.Timeout(DEADLINE_SECONDS):
        runner.stop()

    assert runner.user_count == 0


def test_a_user_that_cannot_stop_is_stopped(make_runner):
    def fail(user, force=False):
        raise RuntimeError("cannot stop")

    runner = make_runner(user_class(stop=fail))
    start(runner, 1)
    gevent.sleep(0)

    with gevent.Timeout(DEADLINE_SECONDS):
        runner.stop()

    assert runner.user_count == 0


def test_late_users_are_told_of(make_runner, caplog):
    caplog.set_level(logging.INFO, logger="locust.runners")
    runner = make_runner(user_class("Slow", Slow, seconds=5, ends=[]), stop_timeout=0.01)
    start(runner, 1)
    gevent.sleep(0)

    runner.stop()

    assert "Not all users finished their tasks & terminated in 0.01 seconds. Stopping them..." in caplog.text


def test_quitting_ends_the_runner(make_runner):
    runner = make_runner()
    start(runner, 1)

    runner.quit()

    assert (runner.state, runner.user_count, len(runner.greenlet)) == (runners.STATE_STOPPED, 0, 0)
    assert runner.greenlet.join(timeout=0)


@pytest.mark.parametrize("stop_timeout", [None, 5])
@pytest.mark.parametrize("way", ["stop", "quit"])
def test_a_task_may_end_the_test(make_runner, heard, way, stop_timeout):
    # Locust 2.47 kills the user that asks before the test has stopped, and never comes to an end.
    class Ender(User):
        wait_time = constant(1000)

        @task
        def end(self):
            getattr(self.environment.runner, way)()
            gevent.sleep(0.001)

    runner = make_runner(Ender, user_class("Idle"), stop_timeout=stop_timeout)
    notes = heard(runner, "test_stop", "spawning_complete")

    start(runner, 2)
    with gevent.Timeout(DEADLINE_SECONDS):
        while runner.state != runners.STATE_STOPPED:
            gevent.sleep(0.001)

    assert notes[-1] == ("test_stop", "stopped", 0)
    if way == "quit":
        assert runner.greenlet.join(timeout=DEADLINE_SECONDS)


@pytest.mark.parametrize("event", ["test_start", "spawning_complete", "test_stopping", "test_stop"])
def test_a_listener_may_quit(make_runner, event):
    runner = make_runner()
    getattr(runner.environment.events, event).add_listener(lambda **_: runner.quit())

    runner.start(2, 1000)
    if event in ("test_stopping", "test_stop"):
        runner.spawning_greenlet.join(timeout=DEADLINE_SECONDS)
        runner.stop()

    assert runner.greenlet.join(timeout=DEADLINE_SECONDS)
    assert (runner.state, runner.user_count) == (runners.STATE_STOPPED, 0)


def test_users_are_started_and_stopped_one_class_at_a_time(make_runner):
    runner = make_runner(user_class("A"), user_class("B"))

    new_users = runner.spawn_users({"A": 2, "B": 1})
    counts = runner.user_classes_count
    runner.stop_users({"A": 1, "B": 7})

    assert [type(user).__name__ for user in new_users] == ["A", "A", "B"]
    assert counts == {"A": 2, "B": 1}
    assert runner.user_classes_count == {"A": 1, "B": 0}
    assert runner.state == runners.STATE_SPAWNING


def test_users_started_by_hand_are_taken_into_a_test_that_is_going_on(make_runner, heard):
    runner = make_runner()
    notes = heard(runner, *TEST_EVENTS)
    by_hand = runner.spawn_users({"A": 2})

    start(runner, 3)

    assert runner.user_count == 3
    assert {greenlet.args[0] for greenlet in runner.user_greenlets} > set(by_hand)
    assert [name for name, _, _ in notes] == ["spawning_complete"]


def test_spawning_a_class_that_is_not_there_is_an_error(make_runner):
    with pytest.raises(KeyError):
        make_runner().spawn_users({"Nobody": 1})


def test_spawning_may_wait_until_the_users_are_gone(make_runner):
    runner = make_runner(user_class("Brief", Idle, on_start=lambda user: user.stop(force=True)))

    with gevent.Timeout(DEADLINE_SECONDS):
        runner.spawn_users({"Brief": 2}, wait=True)

    assert runner.user_count == 0


def test_the_greenlets_hold_their_users(make_runner):
    runner = make_runner()

    users = runner.spawn_users({"A": 2})

    assert {greenlet.args[0] for greenlet in runner.user_greenlets} == set(users)


def test_a_user_that_dies_does_not_stop_the_others(make_runner, until):
    def fail(user):
        raise RuntimeError("born dead")

    runner = make_runner(user_class("Dead", on_start=fail), user_class("Idle"))

    start(runner, 4)
    until(lambda: runner.user_count == 2)

    assert (runner.state, runner.user_classes_count) == (runners.STATE_RUNNING, {"Dead": 0, "Idle": 2})
    (row,) = runner.exceptions.values()
    assert (row["count"], row["msg"], row["nodes"]) == (2, "born dead", {"local"})
    assert "in fail" in row["traceback"]


def test_a_user_that_died_is_replaced_by_the_next_start(make_runner, until):
    runner = make_runner()
    start(runner, 2)
    next(iter(runner.user_greenlets)).kill()
    until(lambda: runner.user_count == 1)

    start(runner, 3)

    assert runner.user_count == 3


def test_exceptions_are_counted_by_traceback(make_runner):
    runner = make_runner()

    for node, traceback in (("local", "one"), ("other", "one"), ("local", "two")):
        runner.log_exception(node, "text", traceback)

    assert list(runner.exceptions.values()) == [
        {"count": 2, "msg": "text", "traceback": "one", "nodes": {"local", "other"}},
        {"count": 1, "msg": "text", "traceback": "two", "nodes": {"local"}},
    ]
    assert all(isinstance(key, int) for key in runner.exceptions)


@pytest.mark.parametrize(
    ("options", "has_quit"), [(None, False), (Namespace(headless=False), False), (Namespace(headless=True), True)]
)
def test_a_user_class_that_cannot_run_stops_the_test(make_runner, until, caplog, options, has_quit):
    def refuse(user, environment):
        raise StopTest("You must specify the base host.")

    runner = make_runner(user_class(__init__=refuse), parsed_options=options)

    runner.start(1, 1)
    until(lambda: runner.state == runners.STATE_STOPPED and (not has_quit or len(runner.greenlet) == 0))

    messages = [(record.levelname, record.getMessage()) for record in caplog.records if record.levelno > logging.INFO]
    assert messages == [("ERROR", "You must specify the base host."), ("WARNING", "Stopping Locust...")]
    assert (len(runner.greenlet) == 0) is has_quit


def test_messages_come_to_ones_own_listener(make_runner):
    runner, messages = make_runner(), []
    runner.register_message("hello", lambda environment, msg: messages.append((environment, msg)))

    runner.send_message("hello", {"a": 1})
    runner.send_message("hello", client_id="other")

    assert [environment for environment, _ in messages] == [runner.environment] * 2
    assert [(msg.type, msg.data, msg.node_id) for _, msg in messages] == [
        ("hello", {"a": 1}, "local"),
        ("hello", None, "local"),
    ]


def test_a_message_has_one_listener(make_runner):
    runner = make_runner()
    runner.register_message("hello", print)

    with pytest.raises(
        LocustError, match="Tried to register listener method for hello, but it already had a listener!"
    ):
        runner.register_message("hello", print)


def test_a_message_that_nobody_knows_is_told_of(make_runner, caplog):
    make_runner().send_message("hello")

    assert "Unknown message type received: hello" in caplog.text


def test_an_environment_has_one_runner(make_runner):
    runner = make_runner()

    with pytest.raises(RunnerAlreadyExistsError, match="runner already exists"):
        runner.environment.create_local_runner()


def test_locustfiles_may_ask_what_runner_it_is(make_runner):
    runner = make_runner()

    assert isinstance(runner, runners.LocalRunner)
    assert not isinstance(runner, runners.MasterRunner | runners.WorkerRunner | runners.DistributedRunner)
