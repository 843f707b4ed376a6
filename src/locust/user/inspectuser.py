"""How often each task runs, in proportion."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from locust.util.borrowed import borrowed

if TYPE_CHECKING:
    from locust.user.users import User

Ratios = dict[str, dict[str, Any]]
"""Name to `ratio`, and `tasks` for those that have some: Ratios again."""


def print_task_ratio(user_classes: Sequence[type[User]], num_users: int | None, total: bool) -> None:
    """Prints the table of `--show-task-ratio`.

    Args:
        user_classes: the classes that would run.
        num_users: how many users would; `None` for as many as the weights say.
        total: percentages of everything, or of the parent.
    """
    ratios = get_ratio(user_classes, _calc_distribution(user_classes, num_users), total)
    _print_task_ratio(ratios)


def print_task_ratio_json(user_classes: Sequence[type[User]], num_users: int | None) -> None:
    """Prints both tables as JSON."""
    distribution = _calc_distribution(user_classes, num_users)
    ratios = {
        "per_class": get_ratio(user_classes, distribution, total=False),
        "total": get_ratio(user_classes, distribution, total=True),
    }
    print(json.dumps(ratios, indent=4))  # noqa: T201


def get_ratio(user_classes: Iterable[type[User]], user_spawned: dict[str, int], total: bool) -> Ratios:
    """The share of each User class among `user_spawned`, and of each task.

    Args:
        user_classes: the classes.
        user_spawned: how many users of each class run, by name.
        total: whether a task's ratio is its share of everything, or of its parent.
    """
    all_users = sum(user_spawned.values()) or 1
    ratios: Ratios = {}
    for user_class in user_classes:
        share = user_spawned.get(user_class.__name__, 0) / all_users
        ratios[user_class.__name__] = {"ratio": share, "tasks": _get_task_ratio(user_class.tasks, total, share)}
    return ratios


def _get_task_ratio(tasks: Sequence[Any], total: bool, parent_ratio: float) -> Ratios:
    parent = parent_ratio if total else 1.0
    ratios: Ratios = {}
    for task, count in Counter(tasks).items():
        share = count / len(tasks) * parent
        ratios[task.__name__] = {"ratio": share}
        if isinstance(task, type) and hasattr(task, "tasks"):
            ratios[task.__name__]["tasks"] = _get_task_ratio(task.tasks, total, share)
    return ratios


def _calc_distribution(user_classes: Sequence[type[User]], num_users: int | None) -> dict[str, int]:
    fixed_count = sum(user_class.fixed_count for user_class in user_classes)
    total_weight = sum(user_class.weight for user_class in user_classes if not user_class.fixed_count) or 1
    weighted_count = max(0, (num_users or fixed_count or total_weight) - fixed_count)
    return {
        user_class.__name__: user_class.fixed_count or round(user_class.weight / total_weight * weighted_count)
        for user_class in user_classes
    }


def _print_task_ratio(ratios: Ratios, level: int = 0) -> None:
    padding = "  " * level
    for name, entry in ratios.items():
        percentage = f"{padding}{entry['ratio'] * 100:<6.1f}"
        print(f" {percentage:<10} {padding + name:<50}")  # noqa: T201
        _print_task_ratio(entry.get("tasks", {}), level + 1)


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "TaskSet": "locust.user.task",
            "User": "locust.user.users",
        },
    )
