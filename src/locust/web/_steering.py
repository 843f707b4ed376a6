"""Starts, changes and stops tests, for upstream's routes and `/api/v2` alike, by orders that are checked already."""

from __future__ import annotations

import enum
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import gevent

from locust._course.facts import is_under_way
from locust.log import greenlet_exception_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from locust.env import Environment
    from locust.runners import Runner
    from locust.user.users import User
    from locust.web import WebUI

logger = logging.getLogger("locust.web")


class Keep(enum.Enum):
    """The type of `KEEP`."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""As it is; where None says something else."""


@dataclass
class Order:
    """What a test is to be like.

    Attributes:
        user_count: users of all classes; None with a shape that decides on them.
        spawn_rate: users started a second.
        host: goes before those of the classes; None for theirs.
        run_time_s: after so many seconds it is stopped, 0: never.
        user_classes: names of the classes to run.
        shape: name of the shape to follow, None for none.
        options: further options, by their names.
    """

    user_count: int | None = None
    spawn_rate: float | None = None
    host: str | Keep | None = KEEP
    run_time_s: float | Keep = KEEP
    user_classes: list[str] | Keep = KEEP
    shape: str | Keep | None = KEEP
    options: dict[str, Any] = field(default_factory=dict)


class RunTimer:
    """Stops a test after its time."""

    def __init__(self) -> None:
        self.seconds: float | None = None
        self._greenlet: gevent.Greenlet[..., Any] | None = None

    def set(self, seconds: float, action: Callable[[], None]) -> None:
        self.cancel()
        self.seconds = seconds
        self._greenlet = gevent.spawn_later(seconds, self._reach, action)
        self._greenlet.link_exception(greenlet_exception_logger(logger))

    def cancel(self) -> None:
        self.seconds = None
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is not None and greenlet is not gevent.getcurrent():
            greenlet.kill(block=False)

    def _reach(self, action: Callable[[], None]) -> None:
        # Nobody may kill what stops the test, not even the stopping.
        self._greenlet = None
        action()


def follow(order: Order, web_ui: WebUI, runner: Runner) -> None:
    """Starts a test, or changes the one that goes on; returns before its users are there."""
    environment = web_ui.environment
    web_ui.runs.spawn_rate = order.spawn_rate
    web_ui.runs.is_paused = False
    _set_options(order, environment)
    if not isinstance(order.user_classes, Keep):
        _choose_classes(order.user_classes, environment)
    if not isinstance(order.shape, Keep):
        _choose_shape(order.shape, environment)
    if not isinstance(order.run_time_s, Keep):
        web_ui.run_timer.cancel()
    if environment.shape_class is not None:
        runner.start_shape()
    else:
        assert order.user_count is not None
        assert order.spawn_rate is not None
        spawn_start(web_ui, runner, order.user_count, order.spawn_rate)
    uses_run_time = environment.shape_class is None or environment.shape_class.use_common_options
    if order.run_time_s and not isinstance(order.run_time_s, Keep) and uses_run_time:
        web_ui.run_timer.set(order.run_time_s, lambda: _reach_time_limit(runner))


def spawn_start(
    web_ui: WebUI,
    runner: Runner,
    user_count: int,
    spawn_rate: float,
    user_classes: list[type[User]] | None = None,
) -> None:
    """Starts in a greenlet of its own: a master's `start` returns only when its users are there."""
    web_ui._swarm_greenlet = gevent.spawn(runner.start, user_count, spawn_rate, user_classes=user_classes)
    web_ui._swarm_greenlet.link_exception(greenlet_exception_logger(logger))
    # So that the state is a new one when the caller asks for it.
    gevent.sleep(0)


def stop(web_ui: WebUI) -> None:
    """Stops the test, and waits for that."""
    web_ui.run_timer.cancel()
    greenlet, web_ui._swarm_greenlet = web_ui._swarm_greenlet, None
    if greenlet is not None:
        greenlet.kill(block=True)
    if web_ui.environment.runner is not None:
        web_ui.environment.runner.stop()


def reset(web_ui: WebUI) -> None:
    """Sets all statistics to zero."""
    environment = web_ui.environment
    environment.events.reset_stats.fire()
    if environment.runner is not None:
        environment.runner.stats.reset_all()
        environment.runner.exceptions = {}
        web_ui.runs.note_reset()


def _reach_time_limit(runner: Runner) -> None:
    logger.info("--run-time limit reached, stopping test")
    runner.stop()


def _set_options(order: Order, environment: Environment) -> None:
    if not isinstance(order.host, Keep):
        environment.host = order.host
    options = environment.parsed_options
    changes = dict(order.options)
    if not isinstance(order.host, Keep):
        changes["host"] = order.host
    if "tags" in changes:
        environment.tags = _tags(changes["tags"])
    if "exclude_tags" in changes:
        environment.exclude_tags = _tags(changes["exclude_tags"])
    if order.user_count is not None:
        changes["num_users"] = order.user_count
    if order.spawn_rate is not None:
        changes["spawn_rate"] = order.spawn_rate
    if not isinstance(order.run_time_s, Keep):
        changes["run_time"] = order.run_time_s or None
    if "profile" in changes:
        environment.profile = changes["profile"]
    if options is not None:
        for name, value in changes.items():
            setattr(options, name, value)


def _tags(value: str | list[str] | None) -> list[str] | None:
    """Tags as the runner takes them; None without any."""
    names = value.replace(",", " ").split() if isinstance(value, str) else value
    return names or None


def _choose_classes(names: list[str], environment: Environment) -> None:
    available = environment.available_user_classes or {}
    environment.user_classes = [user_class for name, user_class in available.items() if name in names]
    environment._remove_user_classes_with_weight_zero()
    if not is_under_way(environment.runner):
        # The next test has another mixture.
        environment.runner._users_dispatcher = None  # type: ignore[union-attr]  # there is one, or it isn't under way


def _choose_shape(name: str | None, environment: Environment) -> None:
    environment.shape_class = None if name is None else (environment.available_shape_classes or {})[name]
    if environment.shape_class is not None:
        environment.shape_class.runner = environment.runner
