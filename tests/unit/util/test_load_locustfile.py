"""Importing a locustfile and finding what it defines."""

from __future__ import annotations

import sys

import pytest

from locust import HttpUser, LoadTestShape, TaskSet, User
from locust.util.load_locustfile import is_shape_class, is_user_class, load_locustfile

LOCUSTFILE = """
from locust import HttpUser, LoadTestShape, User

class Shopper(User):
    tasks = [print]

class _Private(Shopper): ...

class Base(HttpUser):
    abstract = True

Alias = Shopper

class Steps(LoadTestShape):
    def tick(self): ...

class BaseShape(LoadTestShape):
    abstract = True
"""


class Concrete(User): ...


class Abstract(User):
    abstract = True


class Shape(LoadTestShape):
    def tick(self): ...


class Lookalike:
    abstract = False
    tasks = [print]


@pytest.fixture(autouse=True)
def import_state(monkeypatch):
    """Modules and paths that loading leaves behind go away again."""
    modules = set(sys.modules)
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="locustfile.py"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write_file


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (Concrete, True),
        (Abstract, False),
        (User, False),
        (HttpUser, False),
        (TaskSet, False),
        (Lookalike, False),
        (5, False),
    ],
)
def test_a_user_class_is_one_that_can_run(item, answer):
    assert is_user_class(item) is answer


@pytest.mark.parametrize(
    ("item", "answer"), [(Shape, True), (LoadTestShape, False), (Shape(), False), (Lookalike, False), (5, False)]
)
def test_a_shape_class_is_one_that_can_run(item, answer):
    assert is_shape_class(item) is answer


def test_users_are_found_by_the_names_they_have_in_the_file_and_shapes_are_made(write):
    user_classes, shapes = load_locustfile(write(LOCUSTFILE))

    assert {name: found.__name__ for name, found in user_classes.items()} == {
        "Shopper": "Shopper",
        "_Private": "_Private",
        "Alias": "Shopper",
    }
    assert [type(shape).__name__ for shape in shapes] == ["Steps"]


def test_a_locust_py_does_not_hide_the_package(write):
    user_classes, _ = load_locustfile(write(LOCUSTFILE, "locust.py"))

    assert user_classes["Shopper"].__module__ == "locustfile"
    assert sys.modules["locust"].User is User


def test_a_name_that_is_no_identifier_will_do(write):
    user_classes, _ = load_locustfile(write(LOCUSTFILE, "my-load.test.py"))

    assert user_classes["Shopper"].__module__ == "my-load.test"


def test_modules_beside_the_file_can_be_imported_by_it(write):
    write("from locust import User\nclass Shared(User): ...", "common_users_of_this_test.py")

    user_classes, _ = load_locustfile(write("from common_users_of_this_test import Shared"))

    assert list(user_classes) == ["Shared"]


def test_the_folder_leaves_the_path_the_current_one_stays(write, tmp_path, monkeypatch):
    current = tmp_path / "current"
    current.mkdir()
    monkeypatch.chdir(current)
    before = sys.path[:]

    load_locustfile(write(LOCUSTFILE))

    assert sys.path == [str(current), *before]


@pytest.mark.parametrize(
    ("text", "error"),
    [("raise KeyError('x')", KeyError), ("def (", SyntaxError), ("import not_there_at_all", ImportError)],
)
def test_what_the_file_raises_is_raised_and_the_path_is_clean(write, tmp_path, text, error):
    with pytest.raises(error):
        load_locustfile(write(text))

    assert str(tmp_path) not in sys.path


def test_no_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_locustfile(str(tmp_path / "none.py"))
