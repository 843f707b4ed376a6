"""What Locust renamed at 1.0: says so instead of failing obscurely."""

from __future__ import annotations

import warnings
from typing import Any

_CHANGELOG = "https://docs.locust.io/en/latest/changelog.html#changelog-1-0"


def check_for_deprecated_task_set_attribute(class_dict: dict[str, Any]) -> None:
    """Warns about a User class that sets `task_set`, the `tasks` of before 1.0."""
    task_set = class_dict.get("task_set")
    if isinstance(task_set, type) and hasattr(task_set, "execute_next_task"):
        warnings.warn(
            "Usage of User.task_set is deprecated since version 1.0. Set the tasks attribute instead "
            f"(tasks = [{task_set.__name__}])",
            DeprecationWarning,
            stacklevel=3,
        )


def deprecated_locust_meta_class(deprecation_message: str) -> type[type]:
    """A metaclass that lets the tombstone itself be made, and refuses its subclasses with an `ImportError`."""

    class Tombstone(type):
        def __new__(mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]) -> Tombstone:
            if bases:
                raise ImportError(deprecation_message)
            return super().__new__(mcs, classname, bases, class_dict)

    return Tombstone


def _renamed(old: str, new: str) -> str:
    return f"The {old} class has been renamed to {new} in version 1.0. For more info see: {_CHANGELOG}"


class DeprecatedLocustClass(metaclass=deprecated_locust_meta_class(_renamed("Locust", "User"))):
    """`locust.Locust`."""


class DeprecatedHttpLocustClass(metaclass=deprecated_locust_meta_class(_renamed("HttpLocust", "HttpUser"))):
    """`locust.HttpLocust`."""


class DeprecatedFastHttpLocustClass(metaclass=deprecated_locust_meta_class(_renamed("FastHttpLocust", "FastHttpUser"))):
    """`locust.contrib.fasthttp.FastHttpLocust`."""
