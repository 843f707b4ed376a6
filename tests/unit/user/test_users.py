"""Users: their class attributes, their life, their clients. What upstream does was seen in Locust 2.47."""

from __future__ import annotations

import subprocess
import sys

import gevent
import pytest
from gevent import Greenlet, GreenletExit
from gevent.pool import Group

from locust import HttpUser, TaskSet, User, constant, task
from locust.env import Environment
from locust.exception import RescheduleTask, StopTest, StopUser
from locust.user.users import PytestUser


class Idle(User):
    """Runs one task and waits for long."""

    wait_time = constant(1000)

    @task
    def nothing(self): ...


class TestClasses:
    def test_abstract_is_not_inherited(self):
        class Base(User):
            abstract = True

        class Derived(Base): ...

        assert [cls.abstract for cls in (User, HttpUser, PytestUser, Base, Derived)] == [True, True, True, True, False]

    def test_json_is_what_the_class_picker_shows(self):
        class Shopper(User):
            host = "http://shop.example"
            weight = 2.5
            fixed_count = 2

            @task(2)
            def buy(self): ...

            @task
            class Browse(TaskSet): ...

        assert Shopper.json() == {
            "host": "http://shop.example",
            "weight": 2.5,
            "fixed_count": 2,
            "tasks": ["buy", "buy", "Browse"],
        }

    def test_fullname_leaves_out_the_function_it_was_made_in(self):
        class Local(User): ...

        assert Local.fullname() == f"{__name__}.TestClasses.test_fullname_leaves_out_the_function_it_was_made_in.Local"

    def test_task_set_of_before_1_0_warns(self):
        class Tasks(TaskSet): ...

        with pytest.warns(DeprecationWarning, match=r"Set the tasks attribute instead \(tasks = \[Tasks\]\)"):

            class Old(User):
                task_set = Tasks

    def test_a_user_has_no_context_of_its_own(self, environment):
        assert User(environment).context() == {}


class TestLife:
    def test_a_user_is_the_first_argument_of_a_greenlet_in_the_group(self, environment):
        user, group = Idle(environment), Group()

        greenlet = user.start(group)

        assert type(greenlet) is Greenlet
        assert (greenlet.args[0], user.greenlet, user.group, greenlet in group) == (user, greenlet, group, True)
        group.kill()

    def test_a_waiting_user_stops_at_once(self, start):
        user = start(Idle)
        gevent.idle()

        assert (user._state, user.stop(), user.greenlet.dead) == ("waiting", True, True)

    def test_a_running_user_finishes_its_task(self, start):
        calls = []

        class Working(User):
            wait_time = constant(1000)

            @task
            def work(self):
                calls.append("begins")
                gevent.sleep(0.001)
                calls.append("ends")

            def on_stop(self):
                calls.append("stops")

        user = start(Working)
        gevent.idle()

        assert (user.stop(), user._state, user.stop()) == (False, "stopping", False)
        user.greenlet.join(5)
        assert calls == ["begins", "ends", "stops"]
        assert user.stop() is True

    def test_a_running_user_can_be_forced(self, start):
        calls = []

        class Working(User):
            @task
            class Nested(TaskSet):
                @task
                def work(self):
                    gevent.sleep(1000)

                def on_stop(self):
                    calls.append("nested stops")

            def on_stop(self):
                calls.append("user stops")

        user = start(Working)
        gevent.idle()

        assert user.stop(force=True) is True
        assert (calls, user.greenlet.dead) == (["nested stops", "user stops"], True)

    def test_a_user_that_has_not_begun_never_does(self, start):
        calls = []

        class Noted(Idle):
            def on_start(self):
                calls.append("starts")

        user = start(Noted)

        assert (user.stop(), user.greenlet.dead, calls) == (True, True, [])

    def test_a_user_stopped_in_on_start_runs_no_task(self, start):
        calls = []

        class LogsIn(User):
            def on_start(self):
                gevent.sleep(0.001)
                calls.append("started")

            def on_stop(self):
                calls.append("stopped")

            @task
            def work(self):
                calls.append("worked")

        user = start(LogsIn)
        gevent.idle()
        user.stop()
        user.greenlet.join(5)

        assert calls == ["started", "stopped"]

    def test_wait_is_a_point_to_stop_at(self, run):
        calls = []

        class Waits(User):
            @task
            def work(self):
                self._state = "stopping"
                self.wait()
                calls.append("not here")

        run(Waits)

        assert calls == []

    @pytest.mark.parametrize("error", [ValueError("no login"), RescheduleTask()])
    def test_an_exception_of_on_start_is_told_and_ends_the_user_without_on_stop(self, run, environment, caplog, error):
        calls = []

        class Fails(User):
            def on_start(self):
                raise error

            def on_stop(self):
                calls.append("stops")

        user = run(Fails)

        assert user.greenlet.exception is error
        assert (calls, [told["user_instance"] for told in environment.errors]) == ([], [user])
        assert caplog.records[0].name == "locust.user.users"

    @pytest.mark.parametrize("error", [StopUser(), StopTest(), GreenletExit()])
    def test_a_user_may_end_itself_in_on_start(self, run, environment, error):
        calls = []

        class Fails(User):
            def on_start(self):
                raise error

            def on_stop(self):
                calls.append("stops")

        user = run(Fails)

        assert (user.greenlet.exception, calls, environment.errors) == (None, ["stops"], [])

    def test_an_exception_of_on_stop_ends_the_greenlet(self, run):
        class Fails(User):
            @task
            def last(self):
                raise StopUser

            def on_stop(self):
                raise ValueError("late")

        assert isinstance(run(Fails).greenlet.exception, ValueError)

    def test_a_user_whose_init_forgot_ours_is_told_of(self, environment):
        class Forgetful(Idle):
            def __init__(self, environment): ...

        with pytest.raises(AssertionError, match=r"Attribute 'environment' is missing on user Forgetful\. Perhaps"):
            Forgetful(environment).start(Group())


class TestHttpUser:
    def test_no_host_is_no_user(self, environment):
        class Hostless(HttpUser): ...

        with pytest.raises(StopTest) as raised:
            Hostless(environment)

        assert str(raised.value) == (
            "You must specify the base host. Either in the host attribute in the User class, "
            "or on the command line using the --host option."
        )

    def test_the_client_is_a_session_at_the_host(self, environment):
        class Shopper(HttpUser):
            host = "http://shop.example"

        client = Shopper(environment).client

        assert (client.base_url, client.request_event, client.trust_env) == (
            "http://shop.example",
            environment.events.request,
            False,
        )

    def test_declaring_one_does_not_import_requests(self):
        code = "import sys; from locust.user.users import HttpUser; print('requests' in sys.modules)"

        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

        assert answer == "False\n"


class TestTombstones:
    @pytest.mark.parametrize(
        ("tombstone", "text"),
        [
            ("DeprecatedLocustClass", "The Locust class has been renamed to User in version 1.0."),
            ("DeprecatedHttpLocustClass", "The HttpLocust class has been renamed to HttpUser in version 1.0."),
            (
                "DeprecatedFastHttpLocustClass",
                "The FastHttpLocust class has been renamed to FastHttpUser in version 1.0.",
            ),
        ],
    )
    def test_subclassing_a_renamed_class_says_how_it_is_called_now(self, tombstone, text):
        from locust.util import deprecation

        with pytest.raises(ImportError) as raised:
            type("Mine", (getattr(deprecation, tombstone),), {})

        assert str(raised.value).startswith(text)


def test_a_user_that_ended_is_gone_before_the_next_one_looks() -> None:
    """Plugins quit when the last user but one has gone; two that end together must not miss it."""
    counts = []

    class Ending(User):
        @task
        def end(self) -> None:
            counts.append(len(self.group or ()))
            raise StopUser

    group = Group()
    environment = Environment(user_classes=[Ending])
    for _ in range(2):
        Ending(environment).start(group)
    group.join()

    assert counts == [2, 1]
