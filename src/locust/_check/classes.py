"""What can be told from the classes of a locustfile once it is imported."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any

from locust._check.findings import Finding
from locust.user.task import TaskSet, is_markov_taskset
from locust.user.users import PytestUser, User

# What leaves a task set, or ends the user.
_WAYS_OUT = frozenset({"interrupt", "InterruptTaskSet", "StopUser", "StopTest", "GreenletExit", "quit"})


def check_classes(user_classes: Sequence[type[User]], paths: Iterable[str], num_users: int | None) -> list[Finding]:
    """Applies the rules that look at classes.

    Args:
        user_classes: those that would run, their tasks chosen by the tags.
        paths: of the locustfiles; findings are of these.
        num_users: how many users were asked for; None when the command line leaves it open.
    """
    modules = [module for path in paths if (module := _module_of(path)) is not None]
    findings: list[Finding] = []
    for user_class in user_classes:
        findings += _check_user_class(user_class)
    findings += _check_unreached(user_classes, modules)
    classes = [each for each in user_classes if not each.fixed_count]
    if num_users is not None and user_classes and num_users < len(user_classes):
        path, line = place_of(user_classes[0])
        findings.append(
            Finding(path, line, "too-few-users", f"{num_users} users can't run {len(user_classes)} classes: raise -u")
        )
    if classes and all(each.weight == 0 for each in classes):
        path, line = place_of(classes[0])
        findings.append(Finding(path, line, "unreachable-task", "all classes have weight 0: none would run"))
    return findings


def task_sets_below(tasks: Iterable[Any]) -> Iterator[type[TaskSet]]:
    """Task sets among the tasks, and those within them; each once."""
    seen: set[Any] = set()
    waiting = [each for each in tasks if isinstance(each, type)]
    while waiting:
        each = waiting.pop(0)
        if each not in seen:
            seen.add(each)
            yield each
            waiting += [nested for nested in getattr(each, "tasks", []) if isinstance(nested, type)]


def tasks_of(holder: type) -> list[Any]:
    """The distinct tasks of a user or task set class, in order."""
    if is_markov_taskset(holder):
        # Once each: `current` is one of them too.
        return list(dict.fromkeys(member for member in vars(holder).values() if "transitions" in dir(member)))
    return list(dict.fromkeys(getattr(holder, "tasks", [])))


def _check_user_class(user_class: type[User]) -> Iterator[Finding]:
    if issubclass(user_class, PytestUser):
        return  # tests are no tasks, and wait by themselves
    path, line = place_of(user_class)
    if user_class.wait_time is User.wait_time and not (user_class.min_wait or user_class.wait_function):
        yield Finding(
            path,
            line,
            "no-wait-time",
            f"{user_class.__name__} has no wait_time: its users repeat their tasks as fast as the target answers. "
            "Add wait_time = between(1, 5), or constant(0) if that is meant",
        )
    if not user_class.tasks:
        yield Finding(path, line, "no-tasks", f"{user_class.__name__} has no tasks: decorate a method with @task")
    for task_set in task_sets_below(user_class.tasks):
        where, at = place_of(task_set)
        if not tasks_of(task_set):
            yield Finding(where, at, "no-tasks", f"{task_set.__name__} has no tasks: decorate a method with @task")
    for holder in [user_class, *task_sets_below(user_class.tasks)]:
        yield from _check_ways_out(holder)


def _check_ways_out(holder: type) -> Iterator[Finding]:
    tasks = tasks_of(holder)
    for nested in tasks:
        if isinstance(nested, type) and len(tasks) > 1 and not _has_way_out(nested):
            path, line = place_of(nested)
            yield Finding(
                path,
                line,
                "never-leaves",
                f"nothing in {nested.__name__} calls self.interrupt(): once there, a user never comes back to the "
                f"other tasks of {holder.__name__}",
            )


def _check_unreached(user_classes: Iterable[type[User]], modules: Iterable[ModuleType]) -> Iterator[Finding]:
    """Tasks that are declared and never run: in a task set that nobody uses, of weight 0, left out by tags."""
    reached: set[Any] = set()
    for user_class in user_classes:
        for holder in [user_class, *task_sets_below(user_class.tasks)]:
            reached.update(tasks_of(holder))
    chosen = set(user_classes)
    for module in modules:
        for holder in _classes_in(vars(module), module.__name__):
            if issubclass(holder, User) and holder not in chosen and not holder.abstract:
                continue  # left out by name: asked for
            for name, member in vars(holder).items():
                if "locust_task_weight" not in dir(member) or member in reached:
                    continue
                weight = member.locust_task_weight
                reason = (
                    "its weight is 0" if weight == 0 else f"nobody runs {holder.__name__}'s tasks, or tags leave it out"
                )
                path, line = place_of(member)
                yield Finding(path, line, "unreachable-task", f"'{name}' never runs: {reason}")


def _classes_in(names: dict[str, Any], module: str) -> Iterator[type]:
    for member in list(names.values()):
        if isinstance(member, type) and member.__module__ == module:
            yield member
            yield from _classes_in(dict(vars(member)), module)


def _has_way_out(task_set: type) -> bool:
    """Whether its code, or that of its own bases, mentions a way out."""
    for base in task_set.__mro__:
        if base.__module__.split(".")[0] in ("locust", "builtins"):
            continue
        try:
            text = textwrap.dedent(inspect.getsource(base))
        except (OSError, TypeError):
            return True  # no text to look at: it has the benefit of the doubt
        for node in ast.walk(ast.parse(text)):
            if (getattr(node, "attr", None) or getattr(node, "id", None)) in _WAYS_OUT:
                return True
    return False


def _module_of(path: str) -> ModuleType | None:
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == path:
            return module
    return None


def place_of(code: Any) -> tuple[str, int]:
    """File and line of a class or function."""
    if isinstance(code, type) and issubclass(code, PytestUser) and code.functions:
        code = code.functions[0].obj
    try:
        unwrapped = inspect.unwrap(code)
        return inspect.getsourcefile(unwrapped) or "", max(inspect.getsourcelines(unwrapped)[1], 1)
    except (OSError, TypeError):
        return "", 1
