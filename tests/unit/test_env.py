"""Environment: what it accepts, refuses and hands on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from locust import LoadTestShape, TaskSet, User, tag, task
from locust.dispatch import UsersDispatcher
from locust.env import Environment
from locust.event import Events


def user_class(name="A", **attributes):
    return type(name, (User,), {"tasks": [lambda user: None], "__module__": "locustfile", **attributes})


class Shape(LoadTestShape):
    def tick(self):
        return None


def test_an_environment_without_anything_has_defaults():
    environment = Environment()

    assert environment.user_classes == []
    assert (environment.stop_timeout, environment.reset_stats, environment.catch_exceptions) == (0.0, False, True)
    assert environment.dispatcher_class is UsersDispatcher
    assert isinstance(environment.events, Events)
    nothing = [
        "runner",
        "web_ui",
        "process_exit_code",
        "locustfile",
        "shape_class",
        "tags",
        "exclude_tags",
        "host",
        "profile",
        "parsed_options",
        "parsed_locustfiles",
        "available_user_classes",
        "available_shape_classes",
        "available_user_tasks",
    ]
    assert {name: getattr(environment, name) for name in nothing} == dict.fromkeys(nothing)


def test_arguments_have_to_be_named():
    with pytest.raises(TypeError):
        Environment([user_class()])


def test_classes_are_found_by_name():
    first, second = user_class("A"), user_class("B")

    environment = Environment(user_classes=[first, second])

    assert environment.user_classes_by_name == {"A": first, "B": second}


def test_classes_of_one_name_are_refused():
    twins = [user_class("A"), user_class("A", __module__="other"), user_class("B")]

    with pytest.raises(
        ValueError, match=r"^The following user classes have the same class name: locustfile\.A, other\.A$"
    ):
        Environment(user_classes=twins)


def test_classes_of_weight_zero_are_left_out():
    kept, left_out, fixed = user_class("A"), user_class("B", weight=0), user_class("C", weight=0, fixed_count=1)

    environment = Environment(user_classes=[kept, left_out, fixed])

    assert environment.user_classes == [kept, fixed]


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(ValueError, match=r"^There are no users with weight > 0\.$"):
        Environment(user_classes=[user_class(weight=0)])


def test_a_shape_has_to_be_an_instance():
    with pytest.raises(ValueError, match="shape_class should be instance of LoadTestShape or subclass LoadTestShape"):
        Environment(shape_class=Shape)


def test_a_shape_learns_its_runner():
    shape = Shape()
    environment = Environment(user_classes=[user_class()], shape_class=shape)

    runner = environment.create_local_runner()

    assert shape.runner is runner is environment.runner
    runner.quit()


def test_tags_choose_tasks_once():
    class Tagged(User):
        @tag("a")
        @task
        def first(self):
            pass

        @tag("a", "b")
        @task
        def second(self):
            pass

        @task
        def third(self):
            pass

    first, second, third = Tagged.tasks
    environment = Environment(user_classes=[Tagged], tags=["a"], exclude_tags=["b"])
    before = list(Tagged.tasks)

    environment._filter_tasks_by_tags()
    chosen = list(Tagged.tasks)
    Tagged.tasks = [second]
    environment._filter_tasks_by_tags()

    assert (before, chosen, Tagged.tasks) == ([first, second, third], [first], [second])


def test_equal_weights_give_each_distinct_task_the_same_chance():
    def outer(user):
        pass

    def shared(user):
        pass

    class Nested(TaskSet):
        tasks = [shared, shared]

        @task(5)
        def inner(self):
            pass

    heavy = user_class(weight=7, tasks=[outer, outer, shared, Nested])
    environment = Environment(user_classes=[heavy])

    environment.assign_equal_weights()

    assert (heavy.weight, heavy.tasks) == (1, [outer, shared, Nested.inner])


def named_tasks():
    def first(user):
        pass

    def second(user):
        pass

    return first, second


def test_a_class_is_changed_by_name():
    first, second = named_tasks()
    changed, other = user_class("A", tasks=[first, first, second]), user_class("B")
    environment = Environment(
        user_classes=[other],
        available_user_classes={"A": changed, "B": other},
        available_user_tasks={"A": list(changed.tasks), "B": list(other.tasks)},
    )
    settings = {"user_class_name": "A", "host": "http://h", "weight": 3, "tasks": ["second"], "extra": 1}

    environment.update_user_class(settings)
    narrow = list(changed.tasks)
    environment.update_user_class({"user_class_name": "A", "tasks": ["second", "first"]})

    assert (narrow, changed.tasks) == ([second], [first, first, second])
    assert (changed.host, changed.weight, changed.extra) == ("http://h", 3, 1)
    assert "user_class_name" in settings


def test_a_class_is_changed_without_a_list_of_available_ones():
    changed = user_class("A")

    Environment(user_classes=[changed]).update_user_class({"user_class_name": "A", "fixed_count": 2})

    assert changed.fixed_count == 2


def test_a_class_that_is_not_there_cannot_be_changed():
    with pytest.raises(KeyError, match="Nobody"):
        Environment(user_classes=[user_class()]).update_user_class({"user_class_name": "Nobody"})


def test_the_last_log_lines_of_each_worker_are_kept():
    environment = Environment()

    for report in ({"worker_id": "w", "logs": ["a"]}, {"worker_id": "w", "logs": ["b"]}, {"logs": ["c"]}):
        environment.update_worker_logs(report)

    assert environment.worker_logs == {"w": ["b"]}


@pytest.mark.slow
def test_importing_starts_nothing_and_loads_nothing_heavy():
    code = (
        "import sys, threading, locust.env, locust.runners\n"
        "from locust.runners import LocalRunner\n"
        "print(sorted({'psutil', 'zmq', 'flask', 'msgpack', 'requests'} & set(sys.modules)), threading.active_count())"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["[]", "1"]
