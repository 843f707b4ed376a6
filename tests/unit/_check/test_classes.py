"""The rules that look at classes."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from locust import User
from locust._check.classes import check_classes, tasks_of
from locust._check.findings import Finding
from locust._check.plan import plan_classes
from locust.util.load_locustfile import load_locustfile

HEAD = "from locust import MarkovTaskSet, SequentialTaskSet, TaskSet, User, between, constant, task, transition\n"


@pytest.fixture
def load(tmp_path: Path) -> Any:
    """Gives the classes and the path of a locustfile with this text."""
    loaded: list[ModuleType] = []

    def load(text: str) -> tuple[list[type[User]], str]:
        path = tmp_path / f"checked_{len(loaded)}.py"
        path.write_text(HEAD + text)
        classes, _ = load_locustfile(str(path))
        loaded.append(sys.modules[path.stem])
        return list(classes.values()), str(path)

    yield load
    for module in loaded:
        del sys.modules[module.__name__]


def check(loaded: tuple[list[type[User]], str], num_users: int | None = None) -> list[tuple[str, int]]:
    classes, path = loaded
    found: list[Finding] = check_classes(classes, [path], num_users)
    return [(each.rule, each.line) for each in found]


GOOD = "class A(User):\n    wait_time = constant(1)\n    @task\n    def go(self): pass\n"


def test_a_good_file_has_no_findings(load: Any) -> None:
    assert check(load(GOOD)) == []


def test_a_user_without_a_wait_time_is_found(load: Any) -> None:
    assert check(load("class A(User):\n    @task\n    def go(self): pass\n")) == [("no-wait-time", 2)]


@pytest.mark.parametrize("declared", ["wait_time = constant(0)", "min_wait = 100", "def wait_time(self): return 1"])
def test_any_way_to_say_it_is_a_wait_time(load: Any, declared: str) -> None:
    assert check(load(f"class A(User):\n    {declared}\n    @task\n    def go(self): pass\n")) == []


def test_a_user_and_a_task_set_without_tasks_are_found(load: Any) -> None:
    text = "class S(TaskSet): pass\nclass A(User):\n    wait_time = constant(1)\n"

    assert check(load(text)) == [("no-tasks", 3)]
    assert check(load(text + "    tasks = [S]\n")) == [("no-tasks", 2)]


def test_a_task_set_that_nobody_uses_is_unreachable(load: Any) -> None:
    assert check(load("class S(TaskSet):\n    @task\n    def lost(self): pass\n" + GOOD)) == [("unreachable-task", 3)]


def test_a_task_of_weight_zero_is_unreachable(load: Any) -> None:
    assert check(load(GOOD + "    @task(0)\n    def never(self): pass\n")) == [("unreachable-task", 6)]


def test_inherited_and_mixed_in_tasks_are_reached(load: Any) -> None:
    text = """
class Base(User):
    abstract = True
    wait_time = constant(1)
    @task
    def inherited(self): pass

class Mixin:
    @task
    def mixed_in(self): pass

class A(Mixin, Base):
    tasks = list(Base.tasks) + [Mixin.mixed_in]
"""
    assert check(load(text)) == []


def test_a_nested_task_set_that_nothing_leaves_is_found_beside_others(load: Any) -> None:
    nested = "    @task\n    class S(TaskSet):\n        @task\n        def stay(self): {}\n"

    assert check(load(GOOD + nested.format("pass"))) == [("never-leaves", 6)]
    assert check(load(GOOD + nested.format("self.interrupt()"))) == []


def test_a_lone_task_set_may_keep_its_users(load: Any) -> None:
    task_set = "class S(TaskSet):\n    @task\n    def stay(self): pass\n"

    assert check(load(task_set + "class A(User):\n    tasks = [S]\n    wait_time = constant(1)\n")) == []


def test_fewer_users_than_classes_are_told(load: Any) -> None:
    two = load(GOOD + GOOD.replace("class A", "class B"))

    assert check(two, num_users=1) == [("too-few-users", 2)]
    assert check(two, num_users=2) == []
    assert check(two) == []


def test_the_tasks_of_a_chain_are_its_members(load: Any) -> None:
    text = """
class Chain(MarkovTaskSet):
    @transition("b")
    def a(self): pass
    @transition("a")
    def b(self): self.interrupt()

class A(User):
    wait_time = constant(1)
    tasks = [Chain]
"""
    classes, path = load(text)

    assert check_classes(classes, [path], None) == []
    assert [task.__name__ for task in tasks_of(classes[0].tasks[0])] == ["a", "b"]


def test_the_plan_says_who_runs_how_often_and_how_they_wait(load: Any) -> None:
    text = GOOD.replace("constant(1)", "between(1, 5)") + "    weight = 3\n" + GOOD.replace("class A", "class B")
    classes, _ = load(text.replace("constant(1)", "between(1, 5)"))

    a, b = plan_classes(classes, "http://x", 8)

    assert (a.users, b.users) == (6, 2)
    assert (a.share, b.share) == (0.75, 0.25)
    assert (a.host, a.wait_time) == ("http://x", "between(min_wait=1, max_wait=5)")
    assert a.tasks == {"go": {"ratio": 1.0}}


def test_the_plan_names_a_wait_time_of_the_locustfile(load: Any) -> None:
    (user,), _ = load("class A(User):\n    def wait_time(self): return 1\n    @task\n    def go(self): pass\n")

    assert plan_classes([user], None, None)[0].wait_time == "A.wait_time"
