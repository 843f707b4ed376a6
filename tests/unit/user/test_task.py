"""Tasks: declaring, weighing, tagging and running them. What upstream does was seen in Locust 2.47."""

from __future__ import annotations

import logging

import gevent
import pytest
from gevent import GreenletExit

from locust import TaskSet, User, constant, tag, task
from locust.exception import (
    InterruptTaskSet,
    MissingWaitTimeError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
from locust.user.task import DefaultTaskSet, filter_tasks_by_tags


def first(user): ...


def second(user): ...


def named(tasks):
    return [each.__name__ for each in tasks]


def raising(*outcomes):
    """A task that raises these one after another; `None` is a task that goes well."""
    left = list(outcomes)

    def scripted(holder):
        outcome = left.pop(0)
        if outcome is not None:
            raise outcome

    return scripted


class TestGathering:
    def test_bases_come_first_then_tasks_then_methods(self):
        class Base(User):
            @task
            def a(self): ...

            @task(3)
            def b(self): ...

        class Derived(Base):
            @task(2)
            def c(self): ...

            tasks = [first, (second, 2)]

        assert named(Derived.tasks) == ["a", "b", "b", "b", "first", "second", "second", "c", "c"]

    def test_an_overridden_task_is_there_twice_as_upstream_has_it(self):
        class Base(User):
            @task
            def a(self): ...

        class Derived(Base):
            @task
            def a(self): ...

        assert Derived.tasks == [Base.a, Derived.a]

    @pytest.mark.parametrize(
        ("declared", "gathered"),
        [
            ({first: 2, second: 1}, [first, first, second]),
            ({first: 0, second: 1}, [second]),
            ([(first, 2), second], [first, first, second]),
            ((first, second), [first, second]),
            ([], []),
            (None, []),
        ],
    )
    def test_tasks_may_be_weighted_in_a_dict_or_a_list(self, declared, gathered):
        assert type("Weighted", (User,), {"tasks": declared}).tasks == gathered

    def test_a_weight_that_is_no_integer_is_refused(self):
        with pytest.raises(TypeError):
            type("Half", (User,), {"tasks": {first: 1.5}})

    def test_nested_task_sets_are_tasks_when_decorated(self):
        class Nesting(User):
            @task(2)
            class Inner(TaskSet): ...

            class Unused(TaskSet): ...

        assert Nesting.tasks == [Nesting.Inner, Nesting.Inner]

    def test_a_mock_in_the_class_body_is_no_task(self):
        class AnswersAll:
            def __getattr__(self, name):
                return 1

        assert type("Mocked", (User,), {"client": AnswersAll()}).tasks == []

    def test_run_is_no_task(self):
        with pytest.raises(Exception, match=r"User\.run\(\) is a method used internally by Locust"):

            class Wrong(User):
                @task
                def run(self): ...

    @pytest.mark.parametrize("name", ["on_start", "on_stop"])
    def test_a_decorated_on_start_or_on_stop_warns(self, name, caplog):
        def hook(self): ...

        hook.__name__ = name
        task(hook)

        assert caplog.messages == [
            "You have tagged your on_stop/start function with @task. "
            "This will make the method get called both as a task AND on stop/start."
        ]


class TestTags:
    def test_tags_add_up(self):
        assert tag("a", "b")(tag("c")(first_of())).locust_tag_set == {"a", "b", "c"}

    @pytest.mark.parametrize("tags", [(), (first,)])
    def test_a_tag_needs_a_name(self, tags):
        with pytest.raises(ValueError, match="No tag name was supplied"):
            tag(*tags)

    def test_a_tag_on_a_task_set_goes_to_the_tasks_within(self):
        @tag("outer")
        class Outer(TaskSet):
            @tag("own")
            @task
            def a(self): ...

            @task
            class Inner(TaskSet):
                @task
                def b(self): ...

        assert Outer.a.locust_tag_set == {"outer", "own"}
        assert Outer.Inner.b.locust_tag_set == {"outer"}
        assert not hasattr(Outer, "locust_tag_set")

    def test_a_task_set_within_itself_is_tagged_and_filtered_once(self):
        class Loop(TaskSet):
            @task
            def a(self): ...

        Loop.tasks.append(Loop)
        tag("x")(Loop)

        filter_tasks_by_tags(Loop, {"x"})

        assert Loop.tasks == [Loop.a, Loop]

    @pytest.mark.parametrize(
        ("tags", "exclude_tags", "kept"),
        [
            (None, None, ["a", "a", "ab", "plain", "Nested"]),
            ({"a"}, None, ["a", "a", "ab"]),
            (None, {"a"}, ["plain", "Nested"]),
            ({"a"}, {"b"}, ["a", "a"]),
            ({"n"}, None, ["Nested"]),
            (None, {"n"}, ["a", "a", "ab", "plain"]),
            ({"other"}, None, []),
            (set(), None, []),
        ],
    )
    def test_filtering_keeps_what_is_asked_for(self, tags, exclude_tags, kept):
        class Tagged(User):
            @tag("a")
            @task(2)
            def a(self): ...

            @tag("a", "b")
            @task
            def ab(self): ...

            @task
            def plain(self): ...

            @task
            class Nested(TaskSet):
                @tag("n")
                @task
                def n(self): ...

        filter_tasks_by_tags(Tagged, tags, exclude_tags)

        assert named(Tagged.tasks) == kept

    def test_a_class_left_without_tasks_warns(self, caplog):
        class Tagged(User):
            tasks = [first]

        filter_tasks_by_tags(Tagged, {"x"})

        assert caplog.messages == ["Tagged had no tasks left after filtering, instantiating it will fail!"]


def first_of():
    def fresh(user): ...

    return fresh


class TestPicking:
    def test_without_tasks_a_task_set_says_what_to_do(self, environment):
        class Empty(TaskSet): ...

        with pytest.raises(Exception, match=r"^No tasks") as raised:
            Empty(User(environment)).get_next_task()

        assert str(raised.value) == (
            "No tasks defined on Empty. use the @task decorator or set the 'tasks' attribute of the TaskSet"
        )

    def test_without_tasks_a_user_says_what_to_do(self, environment):
        class Empty(User): ...

        with pytest.raises(Exception, match=r"^No tasks") as raised:
            DefaultTaskSet(Empty(environment)).get_next_task()

        assert str(raised.value) == (
            "No tasks defined on Empty. Use the @task decorator or set the 'tasks' attribute of the User "
            "(or mark it as abstract = True if you only intend to subclass it)"
        )

    def test_a_task_attribute_is_pointed_out(self, environment):
        class Misspelt(User):
            task = [first]

        with pytest.raises(Exception, match=r"Misspelt, but you have set a 'task' attribute on your class - maybe"):
            DefaultTaskSet(Misspelt(environment)).get_next_task()

    def test_scheduled_tasks_run_before_picked_ones_and_first_ones_first(self, environment):
        ran = []
        tasks = TaskSet(User(environment))
        for name in ("b", "c"):
            tasks.schedule_task(lambda _, name=name: ran.append(name))
        tasks.schedule_task(lambda _: ran.append("a"), first=True)

        for _ in range(3):
            tasks.execute_next_task()

        assert ran == ["a", "b", "c"]

    def test_an_override_of_execute_next_task_finds_the_task_in_the_queue(self, run):
        seen = []

        class Peeking(User):
            @task
            class Inner(TaskSet):
                def execute_next_task(self):
                    seen.append(named(self._task_queue))
                    super().execute_next_task()

                @task
                def only(self):
                    raise StopUser

        run(Peeking)

        assert seen == [["only"]]


class TestExecuting:
    def test_a_users_task_gets_the_user(self, run):
        got = []

        class Plain(User):
            @task
            def only(self):
                got.append(self)
                raise StopUser

        user = run(Plain)

        assert got == [user]

    def test_a_task_sets_task_gets_the_task_set_as_function_or_bound_method(self, environment):
        got = []

        class Inner(TaskSet):
            def bound(self, *args):
                got.append((self, args))

        tasks = Inner(User(environment))

        tasks.execute_task(lambda holder: got.append((holder, ())))
        tasks.execute_task(tasks.bound)

        assert got == [(tasks, ()), (tasks, ())]

    def test_any_callable_is_a_task(self, environment):
        got = []

        TaskSet(User(environment)).execute_task(got.append)

        assert [type(each) for each in got] == [TaskSet]

    def test_a_replaced_execute_task_is_called(self, run, monkeypatch):
        executed = []
        original = DefaultTaskSet.execute_task
        monkeypatch.setattr(
            DefaultTaskSet, "execute_task", lambda self, each: (executed.append(each), original(self, each))
        )

        class Plain(User):
            tasks = [raising(StopUser())]

        run(Plain)

        assert executed == Plain.tasks

    def test_a_nested_task_set_knows_its_parent_user_and_client(self, environment):
        class Outer(TaskSet): ...

        user = User(environment)
        user.client = object()
        outer = Outer(user)

        inner = Outer(outer)

        assert (inner.parent, inner.user, inner.client) == (outer, user, user.client)


class TestLoop:
    """One user with one task set of one scripted task; what is called, in order."""

    @pytest.fixture
    def calls(self):
        return []

    @pytest.fixture
    def make_user(self, calls):
        def make(*outcomes, task_set_attributes=None):
            class Inner(TaskSet):
                tasks = [raising(*outcomes)]

                def on_start(self):
                    calls.append("inner starts")

                def on_stop(self):
                    calls.append("inner stops")

            for name, value in (task_set_attributes or {}).items():
                setattr(Inner, name, value)

            class Outer(User):
                tasks = [Inner]

                def on_start(self):
                    calls.append("user starts")

                def on_stop(self):
                    calls.append("user stops")

                def wait_time(self):
                    calls.append("waits")
                    return 0

            return Outer

        return make

    @pytest.mark.parametrize("end", [StopUser(), StopTest("enough"), GreenletExit()])
    def test_the_end_stops_everything_inside_out(self, run, make_user, calls, end):
        user = run(make_user(None, end))

        assert calls == ["user starts", "inner starts", "waits", "inner stops", "user stops"]
        assert user.greenlet.exception is None

    @pytest.mark.parametrize(
        ("outcome", "then"),
        [
            (RescheduleTask(), ["waits"]),
            (RescheduleTaskImmediately(), []),
            (InterruptTaskSet(), ["inner stops", "inner starts"]),
            (InterruptTaskSet(reschedule=False), ["inner stops", "waits", "inner starts"]),
        ],
    )
    def test_signals_steer_the_loop(self, run, make_user, calls, environment, outcome, then):
        run(make_user(outcome, StopUser()))

        assert calls == ["user starts", "inner starts", *then, "inner stops", "user stops"]
        assert environment.errors == []

    def test_an_exception_is_told_logged_and_waited_for(self, run, make_user, calls, environment, caplog):
        error = ValueError("broken")

        user = run(make_user(error, StopUser()))

        told = environment.errors[0]
        assert calls == ["user starts", "inner starts", "waits", "inner stops", "user stops"]
        assert (type(told["user_instance"]).__name__, told["exception"], told["tb"]) == (
            "Inner",
            error,
            error.__traceback__,
        )
        (record,) = caplog.records
        assert (record.name, record.levelno) == ("locust.user.task", logging.ERROR)
        assert record.getMessage().startswith("broken\nTraceback (most recent call last):\n")
        assert user.greenlet.exception is None

    def test_an_exception_kills_the_user_when_none_are_caught(self, run, make_user, calls, environment, caplog):
        environment.catch_exceptions = False
        error = ValueError("broken")

        user = run(make_user(error))

        assert user.greenlet.exception is error
        assert calls == ["user starts", "inner starts"]
        # upstream tells it of each task set that it passes
        assert [type(told["user_instance"]).__name__ for told in environment.errors] == ["Inner", "DefaultTaskSet"]
        assert caplog.records == []

    def test_a_listener_to_errors_may_stop_the_user(self, run, make_user, environment, calls):
        environment.events.user_error.add_listener(raising_listener(StopUser()))

        run(make_user(ValueError("broken")))

        # upstream leaves the task set without its on_stop here
        assert calls == ["user starts", "inner starts", "user stops"]

    def test_an_exception_of_on_stop_is_logged(self, run, make_user, caplog):
        user = run(make_user(StopUser(), task_set_attributes={"on_stop": raising(ValueError("late"))}))

        assert user.greenlet.exception is None
        assert caplog.messages[0].startswith("Uncaught exception in on_stop: \nTraceback")

    @pytest.mark.parametrize(
        ("outcome", "then"), [(InterruptTaskSet(), []), (InterruptTaskSet(reschedule=False), ["waits"])]
    )
    def test_an_interrupt_in_on_start_hands_over_at_once(self, run, make_user, calls, outcome, then):
        run(make_user(task_set_attributes={"on_start": raising(outcome, StopUser())}))

        assert calls == ["user starts", *then, "user stops"]

    def test_interrupt_leaves_the_task_set(self, environment):
        with pytest.raises(InterruptTaskSet) as raised:
            TaskSet(User(environment)).interrupt(reschedule=False)

        assert raised.value.reschedule is False

    def test_an_interrupt_of_the_users_own_tasks_kills_it_as_upstream_does(self, run):
        class Interrupted(User):
            tasks = [raising(InterruptTaskSet())]

        assert isinstance(run(Interrupted).greenlet.exception, RescheduleTaskImmediately)

    def test_the_user_waits_between_tasks_and_runs_in_them(self, run):
        states = []

        class Watched(User):
            tasks = [lambda user: (states.append(user._state), raising(None if len(states) < 2 else StopUser())(user))]

            def wait_time(self):
                states.append(self._state)
                return 0

        run(Watched)

        assert states == ["running", "waiting", "running"]


def raising_listener(error):
    def listen(**_):
        raise error

    return listen


class TestWaiting:
    def test_a_task_set_waits_as_its_user_says(self, environment):
        class Slow(User):
            wait_time = constant(7)

        assert TaskSet(TaskSet(Slow(environment))).wait_time() == 7

    def test_a_task_set_may_say_itself(self, environment):
        class Slow(User):
            wait_time = constant(7)

        class Quick(TaskSet):
            wait_time = constant(3)

        assert Quick(Slow(environment)).wait_time() == 3

    def test_min_and_max_wait_are_milliseconds_and_go_from_parent_to_child(self, environment):
        class Old(User):
            wait_time = None
            min_wait = max_wait = 1500

        assert TaskSet(TaskSet(Old(environment))).wait_time() == 1.5

    def test_nobody_says_how_long_to_wait(self, environment):
        class Old(User):
            wait_time = None

        with pytest.raises(MissingWaitTimeError, match="on either the Old or TaskSet class"):
            TaskSet(Old(environment)).wait_time()

    def test_the_seconds_go_to_the_waiter(self, run, waits):
        class Slow(User):
            wait_time = constant(2.5)
            tasks = [raising(None, None, StopUser())]

        run(Slow)

        assert waits == [2.5, 2.5]

    def test_an_override_of_sleep_is_called(self, run, waits):
        slept = []

        class Own(TaskSet):
            tasks = [raising(None, StopUser())]
            _sleep = lambda self, seconds: slept.append(seconds)  # noqa: E731

        class Slow(User):
            wait_time = constant(2.5)
            tasks = [Own]

        run(Slow)

        assert (slept, waits) == ([2.5], [])

    def test_the_engine_does_the_waiting(self, start):
        ran = []

        class Real(User):
            wait_time = constant(0.001)
            tasks = [lambda user: ran.append(1) if len(ran) < 3 else raising(StopUser())(user)]

        user = start(Real)
        user.greenlet.join(5)

        assert (len(ran), user.greenlet.dead) == (3, True)

    def test_a_waiting_user_lets_others_run(self, start):
        turns = []

        class Busy(User):
            tasks = [lambda user: turns.append(user) if len(turns) < 20 else raising(StopUser())(user)]

        users = {start(Busy), start(Busy)}
        gevent.joinall([user.greenlet for user in users], timeout=5)

        assert set(turns) == users
