"""Tasks in the order they are written."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from locust.exception import LocustError
from locust.user.task import TaskSet, TaskSetMeta, expand_weights, weighted_member


class SequentialTaskSetMeta(TaskSetMeta):
    """Gathers the tasks of a SequentialTaskSet class: those of `tasks` come where it stands among the methods."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any], **kwargs: Any
    ) -> SequentialTaskSetMeta:
        ordered: list[Any] = []
        for base in bases:
            ordered.extend(getattr(base, "tasks", None) or ())
        for name, member in class_dict.items():
            ordered.extend(expand_weights(member) if name == "tasks" else weighted_member(member))
        class_dict["tasks"] = ordered
        return type.__new__(mcs, classname, bases, class_dict, **kwargs)


class SequentialTaskSet(TaskSet, metaclass=SequentialTaskSetMeta):
    """A task set whose tasks run in the order they are written, and then again from the start.

    A weight is how many times a task runs before the next.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._task_cycle = cycle(self.tasks)

    def get_next_task(self) -> Any:
        if not self.tasks:
            raise LocustError(
                "No tasks defined. Use the @task decorator or set the 'tasks' attribute of the SequentialTaskSet"
            )
        return next(self._task_cycle)
