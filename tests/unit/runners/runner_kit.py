"""Users that do nothing, and starting them."""

from __future__ import annotations

from locust import User, constant, task

DEADLINE_SECONDS = 5


class Idle(User):
    """Waits for ever after one task."""

    wait_time = constant(1000)

    @task
    def nothing(self):
        pass


def user_class(name="A", base=Idle, **attributes):
    return type(name, (base,), attributes)


def start(runner, user_count, spawn_rate=1000, **more):
    """Start and wait until all users are there."""
    runner.start(user_count, spawn_rate, **more)
    runner.spawning_greenlet.join(timeout=DEADLINE_SECONDS)
    assert runner.spawning_greenlet.dead
