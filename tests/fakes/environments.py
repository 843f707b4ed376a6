"""Environments of library use, that end with their test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from locust import User
from locust.env import Environment
from locust.event import Events

MakeEnvironment = Callable[..., Environment]


@contextlib.contextmanager
def environments() -> Iterator[MakeEnvironment]:
    """Gives what makes an environment with a local runner, of user classes and further settings."""
    made: list[Environment] = []

    def make(*user_classes: type[User], **settings: Any) -> Environment:
        environment = Environment(user_classes=list(user_classes), events=Events(), **settings)
        environment.create_local_runner()
        made.append(environment)
        return environment

    yield make
    for environment in made:
        environment.runner.quit()
