"""An environment that keeps what it hears, and users that run in it to their end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest
from gevent.pool import Group

from locust.event import Events
from locust.user import _pace

DEADLINE_SECONDS = 5


@dataclass
class FakeEnvironment:
    """What users need of an environment. `errors` collects the arguments of `user_error`."""

    host: str | None = None
    catch_exceptions: bool = True
    runner: Any = None
    events: Events = field(default_factory=Events)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.events.user_error.add_listener(lambda **kwargs: self.errors.append(kwargs))


class FakeWaiter:
    """Waits for nothing but the others' turn; `waits` has the seconds asked for by any user."""

    waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        gevent.sleep(0)


@pytest.fixture
def environment():
    return FakeEnvironment()


@pytest.fixture
def waits(monkeypatch):
    """Users do not really wait; gives the seconds they would have."""
    monkeypatch.setattr(_pace, "Waiter", FakeWaiter)
    monkeypatch.setattr(FakeWaiter, "waits", [])
    return FakeWaiter.waits


@pytest.fixture
def start(environment):
    """Starts a user of a class in its greenlet; those still running at the end are killed."""
    group = Group()

    def start_user(user_class):
        user = user_class(environment)
        user.start(group)
        return user

    yield start_user
    group.kill(timeout=DEADLINE_SECONDS)


@pytest.fixture
def run(start, waits):
    """Runs a user of a class until it ends, its waits left out."""

    def run_user(user_class):
        user = start(user_class)
        user.greenlet.join(DEADLINE_SECONDS)
        assert user.greenlet.dead
        return user

    return run_user
