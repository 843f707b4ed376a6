"""What users do: tasks, their weights and tags, and the loop that runs one after another."""

from __future__ import annotations

import logging
import random
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from types import FunctionType
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar, cast, overload, runtime_checkable

from gevent import GreenletExit

from locust.exception import (
    InterruptTaskSet,
    MissingWaitTimeError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
from locust.user import _pace

if TYPE_CHECKING:
    from locust.user.users import User

logger = logging.getLogger(__name__)

TaskT = TypeVar("TaskT", bound="Callable[..., Any] | type[TaskSet]")

LOCUST_STATE_RUNNING = "running"
LOCUST_STATE_WAITING = "waiting"
LOCUST_STATE_STOPPING = "stopping"


@runtime_checkable
class TaskHolder(Protocol[TaskT]):
    """A class with tasks: a User or a TaskSet."""

    tasks: list[TaskT]


@overload
def task(weight: TaskT) -> TaskT: ...


@overload
def task(weight: int = 1) -> Callable[[TaskT], TaskT]: ...


def task(weight: TaskT | int = 1) -> TaskT | Callable[[TaskT], TaskT]:
    """Declares a method of a User or TaskSet, or a TaskSet within one, to be a task.

        class Shopper(HttpUser):
            @task
            def browse(self): ...

            @task(3)
            def search(self): ...

    Args:
        weight: how often it is picked, in proportion to its siblings; 1 when used without parentheses.
    """
    if callable(weight):
        return task(1)(weight)
    given: int = weight

    def declare(decorated: TaskT) -> TaskT:
        if decorated.__name__ in ("on_start", "on_stop"):
            logging.getLogger().warning(
                "You have tagged your on_stop/start function with @task. "
                "This will make the method get called both as a task AND on stop/start."
            )
        if decorated.__name__ == "run":
            raise Exception(
                "User.run() is a method used internally by Locust, "
                "and you must not override it or register it as a task"
            )
        decorated.locust_task_weight = given  # type: ignore[union-attr]
        return decorated

    return declare


def tag(*tags: str) -> Callable[[TaskT], TaskT]:
    """Marks a task, or all tasks of a TaskSet, for `--tags` and `--exclude-tags`. Raises `ValueError` without a tag."""
    if not tags or callable(tags[0]):
        raise ValueError("No tag name was supplied")

    def mark(decorated: TaskT) -> TaskT:
        _add_tags(decorated, set(tags), seen=set())
        return decorated

    return mark


def _add_tags(decorated: Any, tags: set[str], *, seen: set[int]) -> None:
    if id(decorated) in seen:
        return
    seen.add(id(decorated))
    if hasattr(decorated, "tasks"):
        for nested in decorated.tasks:
            _add_tags(nested, tags, seen=seen)
    elif "locust_tag_set" in dir(decorated):
        decorated.locust_tag_set |= tags
    else:
        decorated.locust_tag_set = set(tags)


def filter_tasks_by_tags(
    task_holder: type[TaskHolder[Any]],
    tags: set[str] | None = None,
    exclude_tags: set[str] | None = None,
    checked: dict[Any, bool] | None = None,
) -> None:
    """Leaves a User or TaskSet class, and the TaskSets within, tasks with one of `tags` and none of `exclude_tags`.

    Args:
        task_holder: the class whose `tasks` is replaced.
        tags: `None` for whatever; an empty set leaves nothing.
        exclude_tags: wins over `tags`.
        checked: which tasks are known to stay, so that a TaskSet used in several places is filtered once.
    """
    if checked is None:
        checked = {}
    kept = []
    for each in task_holder.tasks:
        if each not in checked:
            checked[each] = True  # a TaskSet may contain itself
            checked[each] = _is_selected(each, tags, exclude_tags, checked)
        if checked[each]:
            kept.append(each)
    task_holder.tasks = kept
    if not kept and not is_markov_taskset(task_holder):
        logging.getLogger().warning(
            "%s had no tasks left after filtering, instantiating it will fail!",
            task_holder.__name__,
        )


def _is_selected(
    candidate: Any, tags: set[str] | None, exclude_tags: set[str] | None, checked: dict[Any, bool]
) -> bool:
    if is_markov_taskset(candidate):
        return True
    if hasattr(candidate, "tasks"):
        filter_tasks_by_tags(candidate, tags, exclude_tags, checked)
        return bool(candidate.tasks)
    own_tags: set[str] = candidate.locust_tag_set if "locust_tag_set" in dir(candidate) else set()
    return (tags is None or bool(own_tags & tags)) and not (exclude_tags and own_tags & exclude_tags)


def is_markov_taskset(task: Any) -> bool:
    """Whether `task` is a MarkovTaskSet class: its chain takes no tags."""
    # By name: its module imports this one.
    return isinstance(task, type) and any(
        (base.__module__, base.__name__) == ("locust.user.markov_taskset", "MarkovTaskSet") for base in task.__mro__
    )


def get_tasks_from_base_classes(bases: Iterable[type], class_dict: dict[str, Any]) -> list[Any]:
    """The tasks of a class about to be made, of its bases, `tasks` and members; each as often as it weighs."""
    gathered: list[Any] = []
    for base in bases:
        gathered.extend(getattr(base, "tasks", None) or ())
    gathered.extend(expand_weights(class_dict.get("tasks")))
    for member in class_dict.values():
        gathered.extend(weighted_member(member))
    return gathered


def expand_weights(tasks: Any) -> list[Any]:
    """What users write as `tasks` (tasks and (task, weight), or a dict of weights) as a list with repetitions."""
    expanded: list[Any] = []
    for each in (tasks.items() if isinstance(tasks, dict) else tasks) or ():
        if isinstance(each, tuple):
            declared, weight = each
            expanded.extend(declared for _ in range(weight))
        else:
            expanded.append(each)
    return expanded


def weighted_member(member: Any) -> list[Any]:
    """A class member as often as its `@task` says; empty when it has none."""
    # dir(), not hasattr(): mocks have every attribute.
    if "locust_task_weight" not in dir(member):
        return []
    return [member for _ in range(member.locust_task_weight)]


class TaskSetMeta(type):
    """Gathers the tasks of a TaskSet class."""

    def __new__(mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any], **kwargs: Any) -> TaskSetMeta:
        class_dict["tasks"] = get_tasks_from_base_classes(bases, class_dict)
        return super().__new__(mcs, classname, bases, class_dict, **kwargs)


class TaskSet(metaclass=TaskSetMeta):
    """Tasks that belong together.

    Once a user starts one, it picks from its tasks, again and again, until one of them calls `interrupt()`.
    """

    tasks: list[Any] = []
    """Functions that take the task set, or TaskSet classes. A list, a list of (task, weight), or a dict of weights."""

    min_wait: float | None = None
    max_wait: float | None = None
    """Milliseconds, deprecated: use `wait_time = between(…)`. The user's count when the task set has none."""

    wait_function: Callable[..., float] | None = None

    _queue: deque[Any] | None = None

    def __init__(self, parent: User | TaskSet) -> None:
        self._parent = parent
        self._user: User = parent._user if isinstance(parent, TaskSet) else parent
        self._cp_last_run = monotonic()
        self._cp_last_wait_time: float = 0
        for name in ("min_wait", "max_wait", "wait_function"):
            if not getattr(self, name) and getattr(parent, name):
                setattr(self, name, getattr(parent, name))

    @property
    def user(self) -> User:
        """The user that runs this."""
        return self._user

    @property
    def parent(self) -> Any:
        """The task set this one is a task of, or the user."""
        return self._parent

    @property
    def client(self) -> Any:
        """The user's client."""
        return self._user.client

    @property
    def _task_queue(self) -> deque[Any]:
        # Made when somebody looks: an empty deque takes more than the rest of a task set.
        if self._queue is None:
            self._queue = deque()
        return self._queue

    @_task_queue.setter
    def _task_queue(self, queue: deque[Any]) -> None:
        self._queue = queue

    def on_start(self) -> None:
        """Called when a user starts this task set."""

    def on_stop(self) -> None:
        """Called when a user leaves this task set, or is stopped within it."""

    def run(self) -> NoReturn:
        """Runs tasks until something ends it: the loop every user lives in. Not to be overridden."""
        user = self._user
        # Only an override of execute_next_task can tell whether the task waits in the queue; without one its two lines
        # stand here, a frame less for every task.
        is_overridden = type(self).execute_next_task is not TaskSet.execute_next_task
        try:
            self.on_start()
        except InterruptTaskSet as interrupt:
            _hand_over(interrupt)
        while True:
            try:
                try:
                    if user._state == LOCUST_STATE_STOPPING:
                        raise StopUser
                    if is_overridden:
                        if not self._queue:
                            self.schedule_task(self.get_next_task())
                        self.execute_next_task()
                    else:
                        queue = self._queue
                        self.execute_task(queue.popleft() if queue else self.get_next_task())
                except RescheduleTaskImmediately:
                    pass
                except RescheduleTask:
                    self.wait()
                else:
                    self.wait()
            except InterruptTaskSet as interrupt:
                self._leave()
                _hand_over(interrupt)
            except (StopUser, StopTest, GreenletExit):
                self._leave()
                raise
            except Exception as error:
                # upstream gives the task set as user_instance here, and fires before it logs
                user.environment.events.user_error.fire(user_instance=self, exception=error, tb=sys.exc_info()[2])
                if not user.environment.catch_exceptions:
                    raise
                logger.error("%s\n%s", error, traceback.format_exc())
                self.wait()

    def execute_next_task(self) -> None:
        """Runs the first scheduled task, or one that `get_next_task` picks when none is."""
        queue = self._queue
        self.execute_task(queue.popleft() if queue else self.get_next_task())

    def execute_task(self, task: Any) -> None:
        """Runs `task`: a nested task set until it is interrupted, anything else once."""
        if type(task) is FunctionType:
            task(self)
        elif isinstance(task, type) and issubclass(task, TaskSet):
            task(self).run()
        elif getattr(task, "__self__", None) is self:
            task()
        else:
            task(self)

    def schedule_task(self, task_callable: Any, first: bool = False) -> None:
        """Has `task_callable` run next but for those scheduled before it, or next of all when `first`."""
        if first:
            self._task_queue.appendleft(task_callable)
        else:
            self._task_queue.append(task_callable)

    def get_next_task(self) -> Any:
        """Picks a task at random. Override it for another order."""
        if not self.tasks:
            raise Exception(
                f"No tasks defined on {type(self).__name__}{_hint_at_task_attribute(self)} "
                "use the @task decorator or set the 'tasks' attribute of the TaskSet"
            )
        return random.choice(self.tasks)

    def wait_time(self) -> float:
        """Seconds to wait after a task, as the user says. Override it, or set it to one of `locust.wait_time`'s."""
        user = self._user
        if user.wait_time:
            return cast("float", user.wait_time())
        if self.min_wait is not None and self.max_wait is not None:
            return random.randint(int(self.min_wait), int(self.max_wait)) / 1000.0
        raise MissingWaitTimeError(
            f"You must define a wait_time method on either the {type(user).__name__} or {type(self).__name__} class"
        )

    def wait(self) -> None:
        """Waits as `wait_time` says. A user that is to stop does so here."""
        user = self._user
        if user._state == LOCUST_STATE_STOPPING:
            raise StopUser
        user._state = LOCUST_STATE_WAITING
        self._sleep(self.wait_time())
        if user._state == LOCUST_STATE_STOPPING:
            raise StopUser
        user._state = LOCUST_STATE_RUNNING

    def _sleep(self, seconds: float) -> None:
        # Plugins override this to wait in their own way.
        waiter = self._user._waiter
        if waiter is None:
            waiter = self._user._waiter = _pace.Waiter()
        waiter.wait(seconds)

    def interrupt(self, reschedule: bool = True) -> NoReturn:
        """Leaves this task set: its parent runs the next task.

        Args:
            reschedule: whether it does so at once, or waits first.
        """
        raise InterruptTaskSet(reschedule)

    def _leave(self) -> None:
        try:
            self.on_stop()
        except (StopUser, StopTest):
            raise
        except Exception:
            logging.getLogger().error("Uncaught exception in on_stop: \n%s", traceback.format_exc())


_SLEEP = TaskSet._sleep


class DefaultTaskSet(TaskSet):
    """The task set of a user's own tasks, which take the user and not the task set."""

    def get_next_task(self) -> Any:
        tasks = self._user.tasks
        if not tasks:
            raise Exception(
                f"No tasks defined on {type(self._user).__name__}{_hint_at_task_attribute(self._user, on_class=True)} "
                "Use the @task decorator or set the 'tasks' attribute of the User "
                "(or mark it as abstract = True if you only intend to subclass it)"
            )
        return tasks[0] if len(tasks) == 1 else random.choice(tasks)

    def wait(self) -> None:
        # As TaskSet's in fewer frames: wait_time is the user's alone here, and _sleep is replaced on TaskSet if at all.
        user = self._user
        if user._state == LOCUST_STATE_STOPPING:
            raise StopUser
        user._state = LOCUST_STATE_WAITING
        wait_time = user.wait_time
        seconds = wait_time() if wait_time else self.wait_time()
        waiter = user._waiter
        if waiter is None or TaskSet._sleep is not _SLEEP:
            self._sleep(seconds)
        else:
            waiter.wait(seconds)
        if user._state == LOCUST_STATE_STOPPING:
            raise StopUser
        user._state = LOCUST_STATE_RUNNING

    def execute_task(self, task: Any) -> None:
        if type(task) is FunctionType:
            task(self._user)
        elif isinstance(task, type) and issubclass(task, TaskSet):
            task(self._user).run()
        else:
            task(self._user)


def _hand_over(interrupt: InterruptTaskSet) -> NoReturn:
    if interrupt.reschedule:
        raise RescheduleTaskImmediately(interrupt.reschedule) from interrupt
    raise RescheduleTask(interrupt.reschedule) from interrupt


def _hint_at_task_attribute(holder: object, *, on_class: bool = False) -> str:
    if not getattr(holder, "task", None):
        return "."
    where = " on your class" if on_class else ""
    return f", but you have set a 'task' attribute{where} - maybe you meant to set 'tasks'?"
