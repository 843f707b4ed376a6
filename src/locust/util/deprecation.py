"""What Locust renamed at 1.0: says so instead of failing obscurely."""

from __future__ import annotations

import sys
import warnings
from typing import Any

_CHANGELOG = "https://docs.locust.io/en/latest/changelog.html#changelog-1-0"


def check_for_deprecated_task_set_attribute(class_dict: dict[str, Any]) -> None:
    """Warns about a User class that sets `task_set`, the `tasks` of before 1.0."""
    task_set = class_dict.get("task_set")
    if isinstance(task_set, type) and hasattr(task_set, "execute_next_task"):
        with warnings.catch_warnings():
            if not sys.warnoptions:
                # Python hides it outside of __main__, and a locustfile is no __main__.
                warnings.simplefilter("always", DeprecationWarning)
            warnings.warn(
                "Usage of User.task_set is deprecated since version 1.0. Set the tasks attribute instead "
                f"(tasks = [{task_set.__name__}])",
                DeprecationWarning,
                stacklevel=3,
            )


class _Renamed(type):
    """Of a tombstone: its subclasses are refused with an `ImportError`."""

    def __new__(mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]) -> _Renamed:
        for base in bases:
            raise ImportError(base.__doc__)
        return super().__new__(mcs, classname, bases, class_dict)


class DeprecatedLocustClass(metaclass=_Renamed):
    __doc__ = f"The Locust class has been renamed to User in version 1.0. For more info see: {_CHANGELOG}"


class DeprecatedHttpLocustClass(metaclass=_Renamed):
    __doc__ = f"The HttpLocust class has been renamed to HttpUser in version 1.0. For more info see: {_CHANGELOG}"


class DeprecatedFastHttpLocustClass(metaclass=_Renamed):
    __doc__ = (
        f"The FastHttpLocust class has been renamed to FastHttpUser in version 1.0. For more info see: {_CHANGELOG}"
    )
