"""A runner whose users do nothing, and waiting for what is to come."""

from __future__ import annotations

import gevent
import pytest
from runner_kit import DEADLINE_SECONDS, user_class

from locust.env import Environment


@pytest.fixture
def make_runner():
    """Makes local runners and quits them at the end."""
    runners = []

    def make(*user_classes, **settings):
        environment = Environment(user_classes=list(user_classes) or [user_class()], **settings)
        runners.append(environment.create_local_runner())
        return runners[-1]

    yield make
    for runner in runners:
        runner.quit()


@pytest.fixture
def until():
    """Lets other greenlets run until something holds."""

    def wait(holds):
        with gevent.Timeout(DEADLINE_SECONDS):
            while not holds():
                gevent.sleep(0.001)

    return wait


@pytest.fixture
def heard():
    """Notes what an environment's events say: (name, state, users)."""

    def listen(runner, *names):
        notes = []
        for name in names:

            def note(name=name, **_):
                notes.append((name, runner.state, runner.user_count))

            getattr(runner.environment.events, name).add_listener(note)
        return notes

    return listen
