"""From locustfiles to what a run is made of."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from locust._cli.locustfile import Content, choose_user_classes, load
from locust.exception import LocustError
from locust.shape import LoadTestShape
from locust.user.users import User


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """Makes a module of a file, as importing a locustfile does."""

    def make(name: str, path: str) -> ModuleType:
        made = ModuleType(name)
        made.__file__ = path
        monkeypatch.setitem(sys.modules, name, made)
        return made

    return make


def user_class(name: str, module: ModuleType) -> type[User]:
    return type(name, (User,), {"__module__": module.__name__})


def no_tests(path: str) -> dict[str, type[User]]:
    raise AssertionError("there are User classes")


class Steps(LoadTestShape):
    def tick(self) -> None:
        return None


def test_files_are_put_together(module) -> None:
    visitor = user_class("Visitor", module("one", "/one.py"))
    member = user_class("Member", module("two", "/two.py"))
    first, second = Steps(), Steps()
    files = {"/one.py": ({"Visitor": visitor}, [first]), "/two.py": ({"Member": member}, [second])}

    content = load(files, files.__getitem__, no_tests)

    assert content.user_classes == {"Visitor": visitor, "Member": member}
    assert content.tasks == {"Visitor": [], "Member": []}
    assert content.first_shape is second


def test_one_name_in_two_files_is_refused_as_upstream_does(module) -> None:
    one, two = (user_class("Visitor", module(name, f"/{name}.py")) for name in ("one", "two"))
    files = {"/one.py": ({"Visitor": one}, []), "/two.py": ({"Visitor": two}, [])}

    with pytest.raises(LocustError) as refusal:
        load(files, files.__getitem__, no_tests)

    # Locust 2.47.0 says so.
    assert str(refusal.value) == "Duplicate user class names: Visitor is defined in both /one.py and /two.py"


def test_the_same_file_twice_is_fine(module) -> None:
    again = [user_class("Visitor", module("one", "/one.py")) for _ in range(2)]

    content = load(["/one.py", "/one.py"], lambda _: ({"Visitor": again.pop()}, []), no_tests)

    assert list(content.user_classes) == ["Visitor"]


def test_without_names_all_classes_run(module) -> None:
    classes = {name: user_class(name, module("one", "/one.py")) for name in ("Visitor", "Member", "Robot")}

    assert choose_user_classes(classes, []) == list(classes.values())
    assert choose_user_classes(classes, ["Robot", "Visitor", "Robot"]) == [classes["Robot"], classes["Visitor"]]


def test_names_that_no_class_has_are_refused(module) -> None:
    classes = {"Visitor": user_class("Visitor", module("one", "/one.py"))}

    with pytest.raises(LocustError) as refusal:
        choose_user_classes(classes, ["Gamma", "Visitor", "Delta"])

    assert str(refusal.value) == "Unknown User(s): Gamma, Delta\n"


def test_a_locustfile_without_users_is_refused() -> None:
    with pytest.raises(LocustError, match=r"^No User class found!$"):
        choose_user_classes({}, [])


def test_nothing_has_no_shape() -> None:
    assert Content().first_shape is None


def test_files_without_users_are_collected_as_tests(module) -> None:
    tests = {"/one.py": {"test_a": user_class("test_a", module("one", "/one.py"))}, "/two.py": {}}

    assert load(tests, lambda _: ({}, []), tests.__getitem__).user_classes == tests["/one.py"]


def test_tests_that_can_not_be_run_are_refused() -> None:
    def load_tests(path: str) -> dict[str, type[User]]:
        raise ValueError(f"{path}: no")

    with pytest.raises(LocustError, match=r"/one\.py: no"):
        load(["/one.py"], lambda _: ({}, []), load_tests)
