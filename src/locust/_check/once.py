"""One pass of each task of each user class: the dry run that meets the target."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gevent

from locust._check.classes import tasks_of
from locust.exception import (
    InterruptTaskSet,
    LocustError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
from locust.user.task import LOCUST_STATE_RUNNING, DefaultTaskSet, TaskSet
from locust.user.users import User

if TYPE_CHECKING:
    from locust.env import Environment

_FLOW = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser, StopTest, gevent.GreenletExit)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that a task made, as the `request` event tells of it."""

    method: str
    name: str
    elapsed_ms: float | None
    error: str | None


@dataclass(slots=True)
class Pass:
    """One task, run once.

    Attributes:
        task: `Class.task`, with the task sets on the way.
        error: what it raised, or that it took too long; None if it went well.
    """

    task: str
    elapsed_ms: float = 0.0
    requests: list[Request] = field(default_factory=list)
    error: str | None = None

    @property
    def is_good(self) -> bool:
        return self.error is None and not any(request.error for request in self.requests)


def run_once(environment: Environment, user_classes: Sequence[type[User]], timeout_sec: float) -> Iterator[Pass]:
    """Runs each task once, one after another, without waiting between them.

    Args:
        environment: with a runner; `test_start` and `test_stop` are fired around it all.
        user_classes: a user of each is made.
        timeout_sec: after which a task is given up.
    """
    if environment.host:
        for user_class in user_classes:
            user_class.host = environment.host
    environment.events.test_start.fire(environment=environment)
    for user_class in user_classes:
        yield from _run_user(environment, user_class, timeout_sec)
    environment.events.test_stop.fire(environment=environment)


def _run_user(environment: Environment, user_class: type[User], timeout_sec: float) -> Iterator[Pass]:
    name = user_class.__name__
    made: list[User] = []

    def start() -> None:
        try:
            user = user_class(environment)
        except StopTest as error:  # no host
            raise LocustError(str(error)) from error
        user._state = LOCUST_STATE_RUNNING
        user._taskset_instance = DefaultTaskSet(user)
        made.append(user)
        user.on_start()

    started = _run(environment, f"{name}.on_start", start, timeout_sec)
    if not made or not started.is_good or user_class.on_start is not User.on_start:
        yield started
    if not made:
        return
    user = made[0]
    for task in tasks_of(user_class):
        yield from _run_task(environment, name, user._taskset_instance, task, timeout_sec)
    stopped = _run(environment, f"{name}.on_stop", user.on_stop, timeout_sec)
    if not stopped.is_good or user_class.on_stop is not User.on_stop:
        yield stopped


def _run_task(environment: Environment, path: str, holder: TaskSet, task: Any, timeout_sec: float) -> Iterator[Pass]:
    name = f"{path}.{getattr(task, '__name__', task)}"
    if not isinstance(task, type):
        yield _run(environment, name, lambda: holder.execute_task(task), timeout_sec)
        return
    task_set: type[TaskSet] = task
    made: list[TaskSet] = []

    def enter() -> None:
        made.append(task_set(holder.user if isinstance(holder, DefaultTaskSet) else holder))
        made[0].on_start()

    entered = _run(environment, f"{name}.on_start", enter, timeout_sec)
    if not made or not entered.is_good or task_set.on_start is not TaskSet.on_start:
        yield entered
    if not made:
        return
    nested = made[0]
    for each in tasks_of(task_set):
        yield from _run_task(environment, name, nested, each, timeout_sec)
    left = _run(environment, f"{name}.on_stop", nested.on_stop, timeout_sec)
    if not left.is_good or task_set.on_stop is not TaskSet.on_stop:
        yield left


def _run(environment: Environment, name: str, function: Callable[[], object], timeout_sec: float) -> Pass:
    """Runs something of a user in a greenlet of its own, as a user would."""
    done = Pass(name)

    def note(request_type: str, name: str, response_time: Any, exception: Any = None, **_others: Any) -> None:
        done.requests.append(Request(request_type, name, response_time, None if exception is None else str(exception)))

    def run() -> None:
        try:
            function()
        except _FLOW:
            pass
        except LocustError as error:
            done.error = str(error)
        except Exception as error:
            done.error = "".join(traceback.format_exception(error)[-2:]).strip()

    environment.events.request.add_listener(note)
    started = time.monotonic()
    greenlet: gevent.Greenlet[..., Any] = gevent.spawn(run)
    greenlet.join(timeout_sec)
    if not greenlet.dead:
        done.error = f"not done after {timeout_sec:g} s: given up"
        greenlet.kill()
    done.elapsed_ms = (time.monotonic() - started) * 1000
    environment.events.request.remove_listener(note)
    return done
