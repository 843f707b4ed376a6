"""Tasks that say which may follow them, and how likely."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Any, TypeVar

from locust.exception import LocustError
from locust.user.task import TaskSet, TaskSetMeta

Task = TypeVar("Task", bound=Callable[..., Any])


class NoMarkovTasksError(LocustError):
    """A MarkovTaskSet has no task with transitions."""


class InvalidTransitionError(LocustError):
    """A transition leads to a name that the class doesn't have."""


class NonMarkovTaskTransitionError(LocustError):
    """A transition leads to something that has no transitions of its own: the chain would end there."""


class MarkovTaskTagError(LocustError):
    """A task of a MarkovTaskSet has tags; leaving some out would break the chain."""


def transition(func_name: str, weight: int = 1) -> Callable[[Task], Task]:
    """Declares a method of a MarkovTaskSet to be a task that the task named `func_name` may follow.

    Args:
        func_name: the next task.
        weight: how likely, in proportion to this task's other transitions.
    """
    return transitions({func_name: weight})


def transitions(weights: dict[str, int] | list[tuple[str, int] | str]) -> Callable[[Task], Task]:
    """Declares several transitions at once.

    Args:
        weights: weights by name, or a list of names and (name, weight).
    """
    named = weights if isinstance(weights, dict) else dict(_with_weight(each) for each in weights)

    def declare(decorated: Task) -> Task:
        known = getattr(decorated, "transitions", {})
        decorated.transitions = {**known, **named}  # type: ignore[attr-defined]
        return decorated

    return declare


def _with_weight(target: tuple[str, int] | str) -> tuple[str, int]:
    return target if isinstance(target, tuple) else (target, 1)


class MarkovTaskSetMeta(TaskSetMeta):
    """Checks the chain of a MarkovTaskSet class, and starts it at the first task."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any], **kwargs: Any
    ) -> MarkovTaskSetMeta:
        class_dict.setdefault("abstract", False)
        if not class_dict["abstract"]:
            tasks = get_markov_tasks(class_dict)
            validate_markov_chain(tasks, class_dict, classname)
            class_dict["current"] = tasks[0]
            for each in tasks:
                each.successors = to_weighted_list(each.transitions)
        return type.__new__(mcs, classname, bases, class_dict, **kwargs)


class MarkovTaskSet(TaskSet, metaclass=MarkovTaskSetMeta):
    """A task set that goes from task to task as their transitions say, starting at the first.

        class Shop(MarkovTaskSet):
            @transition("search")
            def home(self): ...

            @transitions({"search": 3, "home": 1})
            def search(self): ...

    Tags can't be used on its tasks.
    """

    abstract: bool = True
    """Whether this class is there to be subclassed only. Not inherited."""

    current: Any
    """The task that is next."""

    def get_next_task(self) -> Any:
        """Gives the current task and moves on to one that may follow it."""
        current = self.current
        self.current = getattr(self, random.choice(current.successors))
        return current


def is_markov_task(task: Any) -> bool:
    """Whether `task` has transitions."""
    return "transitions" in dir(task)


def get_markov_tasks(class_dict: dict[str, Any]) -> list[Any]:
    """The members of a class about to be made that have transitions, in order."""
    return [member for member in class_dict.values() if is_markov_task(member)]


def to_weighted_list(transitions: dict[str, int]) -> list[str]:
    """The names, each as often as it weighs."""
    return [name for name, weight in transitions.items() for _ in range(weight)]


def validate_task_name(decorated_func: Callable[..., Any]) -> None:
    """Refuses `run`, warns about `on_start` and `on_stop`."""
    if decorated_func.__name__ in ("on_start", "on_stop"):
        logging.getLogger().warning(
            "You have tagged your on_stop/start function with @transition. "
            "This will make the method get called both as a step AND on stop/start."
        )
    if decorated_func.__name__ == "run":
        raise Exception(
            "TaskSet.run() is a method used internally by Locust, "
            "and you must not override it or annotate it with transitions"
        )


def validate_markov_chain(tasks: list[Any], class_dict: dict[str, Any], classname: str) -> None:
    """Raises, or warns, when the chain can't be walked for ever."""
    validate_has_markov_tasks(tasks, classname)
    validate_transitions(tasks, class_dict, classname)
    validate_no_unreachable_tasks(tasks, class_dict, classname)


def validate_has_markov_tasks(tasks: list[Any], classname: str) -> None:
    """Raises `NoMarkovTasksError` when there are none."""
    if not tasks:
        raise NoMarkovTasksError(
            f"No Markov tasks defined in class {classname}. Use the @transition(s) decorators to define some."
        )


def validate_transitions(tasks: list[Any], class_dict: dict[str, Any], classname: str) -> None:
    """Raises unless each transition leads to a task that has transitions too, no task has tags and none is `run`."""
    for each in tasks:
        validate_task_name(each)
        for target in each.transitions:
            if target not in class_dict:
                raise InvalidTransitionError(
                    f"Transition to {target} from {each.__name__} is invalid "
                    f"since no such element exists on class {classname}"
                )
            if not is_markov_task(class_dict[target]):
                # upstream leaves out the blank between the sentences
                raise NonMarkovTaskTransitionError(
                    f"{classname}.{target} cannot be used as a target for a transition "
                    "since it does not define any transitions of its own."
                    f"Used as a transition from {each.__name__}."
                )
        validate_no_tags(each, classname)


def validate_no_tags(task: Any, classname: str) -> None:
    """Raises `MarkovTaskTagError` when `task` has tags."""
    if "locust_tag_set" in dir(task):
        raise MarkovTaskTagError(
            "Tags are unsupported for MarkovTaskSet since they can make the markov chain invalid. "
            f"Tags detected on {classname}.{task.__name__}: {task.locust_tag_set}"
        )


def validate_no_unreachable_tasks(tasks: list[Any], class_dict: dict[str, Any], classname: str) -> None:
    """Warns about tasks that no way leads to from the first."""
    reached: set[int] = set()
    to_visit = [tasks[0]]
    while to_visit:
        visited = to_visit.pop()
        if id(visited) not in reached:
            reached.add(id(visited))
            to_visit.extend(class_dict[name] for name in visited.transitions)
    unreachable = {each.__name__ for each in tasks if id(each) not in reached}
    if unreachable:
        logging.getLogger().warning(
            "The following markov tasks are unreachable in class %s: %s", classname, unreachable
        )
