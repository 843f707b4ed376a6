"""Importing a locustfile and finding what it defines."""

from __future__ import annotations

import inspect
import os
import sys
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import TYPE_CHECKING, Any

from locust.util.borrowed import borrowed

if TYPE_CHECKING:
    from locust.shape import LoadTestShape
    from locust.user.users import User


def is_user_class(item: Any) -> bool:
    """Whether `item` is a User class that can run: not abstract."""
    return _descends_from(item, "locust.user.users.User") and not item.abstract


def is_shape_class(item: Any) -> bool:
    """Whether `item` is a load shape that can run: a subclass of `LoadTestShape`, not abstract."""
    shape = "locust.shape.LoadTestShape"
    return _descends_from(item, shape) and _full_name(item) != shape and not getattr(item, "abstract", False)


def load_locustfile(path: str) -> tuple[dict[str, type[User]], list[LoadTestShape]]:
    """Imports the file at `path`; gives its User classes by the names they have there, and an instance of each shape.

    While it is imported, its folder comes first on `sys.path`; the current folder stays there. The module is named
    after the file; a `locust.py` is named `locustfile`, so as not to hide the package. What the file raises is raised.
    """
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    module = _import_file(os.path.abspath(path))
    found = vars(module).items()
    user_classes = {name: item for name, item in found if is_user_class(item)}
    return user_classes, [item() for _, item in found if is_shape_class(item)]


def load_locustfile_pytest(path: str) -> dict[str, type[User]]:
    """Has pytest collect the file at `path`; gives a User class for each of its tests, by the test's name.

    Raises:
        ValueError: pytest can't collect it, or a test needs what there is only under pytest.
    """
    import pytest

    collected = _Collected()
    # Without the options of the project's own test runs, which may want reports or other processes.
    arguments = ["-p", "no:terminal", "-p", "no:cacheprovider", "-o", "addopts=", "-s", "--collect-only", path]
    pytest.main(arguments, plugins=[collected])
    if collected.problems:
        raise ValueError(f"pytest can't collect '{path}':\n" + "\n".join(collected.problems))
    users = import_module("locust.user.users")
    fixtures = import_module("locust.user._fixtures")
    classes: dict[str, type[User]] = {}
    for function in collected.items:
        if not isinstance(function, pytest.Function) or function.get_closest_marker("skip"):
            continue
        fixtures.check(function)
        name = f"{function.cls.__name__}.{function.name}" if function.cls else function.name
        namespace = {"functions": [function], "__module__": function.module.__name__}
        classes[name] = type(name, (users.PytestUser,), namespace)
    return classes


class _Collected:
    """A plugin of pytest that keeps what was collected."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.problems: list[str] = []

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr))

    def pytest_collection_finish(self, session: Any) -> None:
        self.items = list(session.items)


def _import_file(path: str) -> ModuleType:
    folder, file = os.path.split(path)
    name = os.path.splitext(file)[0]
    if name == "locust":
        name = "locustfile"
    spec = spec_from_file_location(name, path, loader=SourceFileLoader(name, path))
    assert spec is not None  # only without a loader
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    finally:
        if folder in sys.path:  # the file may have changed it
            sys.path.remove(folder)
    return module


def _descends_from(item: Any, full_name: str) -> bool:
    # By name: the users are a layer above.
    return inspect.isclass(item) and any(_full_name(base) == full_name for base in item.__mro__)


def _full_name(item: type) -> str:
    return f"{item.__module__}.{item.__qualname__}"


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "LoadTestShape": "locust.shape",
            "PytestUser": "locust.user.users",
            "User": "locust.user.users",
        },
    )
