"""What a run would do: its classes, their share and tasks, and where each option comes from."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from locust import wait_time
from locust.dispatch import UsersDispatcher
from locust.user.inspectuser import get_ratio
from locust.user.users import User


@dataclass(frozen=True, slots=True)
class PlannedClass:
    """A user class and what its users would do.

    Attributes:
        share: of all users.
        users: how many of the users asked for; None when that is left open.
        tasks: as `locust.user.inspectuser.get_ratio` gives them: ratio of the parent, and tasks within.
    """

    name: str
    weight: float
    fixed_count: int
    share: float
    users: int | None
    host: str | None
    wait_time: str
    tasks: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EffectiveOption:
    """An option, what it is and who says so."""

    name: str
    value: Any
    origin: str


def plan_classes(user_classes: Sequence[type[User]], host: str | None, num_users: int | None) -> list[PlannedClass]:
    """What would run.

    Args:
        user_classes: to run.
        host: that goes before those of the classes.
        num_users: how many users.
    """
    counts = _distribute(user_classes, num_users or 1000)
    ratios = get_ratio(user_classes, counts, total=False)
    return [
        PlannedClass(
            name=user_class.__name__,
            weight=user_class.weight,
            fixed_count=user_class.fixed_count,
            share=ratios[user_class.__name__]["ratio"],
            users=counts[user_class.__name__] if num_users else None,
            host=host or user_class.host,
            wait_time=describe_wait_time(user_class),
            tasks=ratios[user_class.__name__]["tasks"],
        )
        for user_class in user_classes
    ]


def _distribute(user_classes: Sequence[type[User]], num_users: int) -> dict[str, int]:
    """How many users of each class run, all spawned."""
    dispatcher = UsersDispatcher([_Node()], user_classes)
    dispatcher.new_dispatch(target_user_count=num_users, spawn_rate=num_users)
    counts = {user_class.__name__: 0 for user_class in user_classes}
    for step in dispatcher:
        counts.update(step[_Node.id])
    return counts


class _Node:
    """The one process that all users are given to."""

    id = "local"


def describe_wait_time(user_class: type[User]) -> str:
    """As it was written: `between(min_wait=1, max_wait=5)`; or the name of a function of the locustfile."""
    waits = user_class.wait_time
    if waits is User.wait_time:
        return "none"
    name = getattr(waits, "__qualname__", type(waits).__name__).split(".")[0]
    maker = getattr(wait_time, name, None)
    if maker is None or getattr(waits, "__module__", None) != wait_time.__name__:
        return getattr(waits, "__qualname__", repr(waits))
    values = inspect.getclosurevars(waits).nonlocals
    arguments = [f"{each}={values[each]:g}" for each in inspect.signature(maker).parameters if each in values]
    return f"{name}({', '.join(arguments)})"


def as_json(classes: Sequence[PlannedClass], options: Sequence[EffectiveOption]) -> dict[str, Any]:
    """The plan as `locust check --json` shows it."""
    return {"classes": [asdict(each) for each in classes], "options": [asdict(each) for each in options]}
