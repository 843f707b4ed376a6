"""Whatever is asked of a local runner, in whatever order and from wherever: it ends where it should."""

from __future__ import annotations

from itertools import pairwise

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runner_kit import DEADLINE_SECONDS, Idle, user_class

from locust import runners
from locust.env import Environment

COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.integers(0, 12), st.sampled_from([3, 1000])),
        st.tuples(st.just("stop")),
        st.tuples(st.just("kill a user")),
        st.tuples(st.just("switch"), st.integers(1, 5)),
    ),
    max_size=12,
)
CALLERS = st.sampled_from(["directly", "in a greenlet", "in a user"])


def call(runner, how, function, *arguments):
    """Ask for something as a door, a timer or a task would."""
    users = [greenlet.args[0] for greenlet in runner.user_greenlets if greenlet.args]
    if how == "directly":
        function(*arguments)
    elif how == "in a user" and users:
        users[0].wish = lambda: function(*arguments)
    else:
        gevent.spawn(function, *arguments)


class Wisher(Idle):
    """Does what the test put into `wish`, from its own greenlet."""

    wish = None

    def wait_time(self):
        return 0.0005

    def on_stop(self):
        gevent.sleep(0)

    def run(self):
        self.tasks = [self.do_wish]
        super().run()

    def do_wish(self, *_):
        wish, self.wish = self.wish, None
        if wish is not None:
            wish()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data(), COMMANDS)
def test_a_runner_settles_at_what_was_asked_last(data, commands):
    environment = Environment(user_classes=[user_class("A", Wisher), user_class("B", Wisher, weight=2)])
    runner, events = environment.create_local_runner(), []
    environment.events.test_start.add_listener(lambda **_: events.append("start"))
    environment.events.test_stop.add_listener(lambda **_: events.append("stop"))

    with gevent.Timeout(DEADLINE_SECONDS):
        for name, *arguments in commands:
            if name == "start":
                runner.start(*arguments)
            elif name == "stop":
                call(runner, data.draw(CALLERS), runner.stop)
            elif name == "kill a user":
                for greenlet in list(runner.user_greenlets)[:1]:
                    greenlet.kill(block=False)
            else:
                for _ in range(arguments[0]):
                    gevent.sleep(0.0005)
        gevent.sleep(0.01)
        runner.start(4, 1000)
        runner.spawning_greenlet.join()
        gevent.sleep(0.01)
        settled = (runner.state, runner.user_count)
        call(runner, data.draw(CALLERS), runner.quit)
        if not runner.greenlet.join(timeout=0.1):
            runner.quit()  # the user with the wish did not live to do it
        runner.greenlet.join()

    assert settled == (runners.STATE_RUNNING, 4)
    assert (runner.state, runner.user_count, runner.user_classes_count) == (
        runners.STATE_STOPPED,
        0,
        {"A": 0, "B": 0},
    )
    assert events.count("start") <= events.count("stop")
    assert [pair for pair in pairwise(events) if pair == ("start", "start")] == []
