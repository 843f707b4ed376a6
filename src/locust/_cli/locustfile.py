"""From locustfiles to what a run is made of: User classes, shapes and tasks by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locust.exception import LocustError

if TYPE_CHECKING:
    from locust.shape import LoadTestShape
    from locust.user.users import User

    LoadFile = Callable[[str], tuple[dict[str, type[User]], list[LoadTestShape]]]
    LoadTests = Callable[[str], dict[str, type[User]]]


@dataclass(frozen=True, slots=True)
class Content:
    """What the locustfiles define."""

    user_classes: dict[str, type[User]] = field(default_factory=dict)
    shapes: dict[str, LoadTestShape] = field(default_factory=dict)

    @property
    def tasks(self) -> dict[str, list[Any]]:
        """Tasks of each class, as often as their weight says."""
        return {name: list(user_class.tasks) for name, user_class in self.user_classes.items()}

    @property
    def first_shape(self) -> LoadTestShape | None:
        return next(iter(self.shapes.values()), None)


def load(paths: Collection[str], load_file: LoadFile, load_tests: LoadTests) -> Content:
    """Imports the files, as pytest's when none has a User class; what their code raises comes out.

    Raises:
        LocustError: two files define different User classes of one name, or tests can't be run as users.
    """
    content = Content()
    for path in paths:
        user_classes, shapes = load_file(path)
        for name, user_class in user_classes.items():
            other = content.user_classes.get(name)
            files = (_file_of(other or user_class), _file_of(user_class))
            if files[0] != files[1]:
                raise LocustError(f"Duplicate user class names: {name} is defined in both {files[0]} and {files[1]}")
            content.user_classes[name] = user_class
        for shape in shapes:
            content.shapes[type(shape).__name__] = shape
    if not content.user_classes:
        for path in paths:
            try:
                content.user_classes.update(load_tests(path))
            except ValueError as error:
                raise LocustError(str(error)) from error
    return content


def choose_user_classes(available: Mapping[str, type[User]], names: list[str]) -> list[type[User]]:
    """Gives the classes named, or all.

    Raises:
        LocustError: there are none, or not those.
    """
    if not available:
        raise LocustError("No User class found!")
    if unknown := [name for name in dict.fromkeys(names) if name not in available]:
        raise LocustError(f"Unknown User(s): {', '.join(unknown)}\n")
    return [available[name] for name in dict.fromkeys(names)] if names else list(available.values())


def _file_of(user_class: type[User]) -> str:
    """Where a class comes from; the same file loaded twice gives the same name."""
    module = sys.modules.get(user_class.__module__)
    return str(getattr(module, "__file__", None) or user_class.__module__)
