"""UsersDispatcher: says step by step how many users of each class each worker runs, at the spawn rate.

The arithmetic is in `locust._plan`; here are upstream's interface, workers that come and go, and the waiting.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import gevent

from locust._plan import Counts, Plan, UserKind, pace, rest_of_wait, worker_order

if TYPE_CHECKING:
    from locust.user.users import User


class WorkerNode(Protocol):
    """What a dispatcher needs to know of a worker."""

    @property
    def id(self) -> str: ...


Node = TypeVar("Node", bound=WorkerNode)


class UsersDispatcher(Iterator[Counts]):
    """Spreads users over workers at a spawn rate.

    Give it a target with `new_dispatch`, then iterate: each item is `{worker_id: {class_name: count}}`, the users each
    worker is to run from now on. An iteration returns when its item is due, so that users come and go at the spawn
    rate. A new dispatch may begin before the last one ended. Users are placed on the workers in turn and removed
    youngest first. After a worker came or went, the next item is all current users spread anew.

    Args:
        worker_nodes: objects with an `id`; hosts are told by what stands before the first underscore.
        user_classes: the classes of the run.
    """

    def __init__(self, worker_nodes: Sequence[WorkerNode], user_classes: Sequence[type[User]]) -> None:
        self._worker_nodes = _in_order(worker_nodes)
        self._original_user_classes = sorted(user_classes, key=_name)
        self._user_classes = list(self._original_user_classes)
        self._settled_plan = Plan(_kinds(self._original_user_classes), [node.id for node in self._worker_nodes])
        self._is_spread_due = False
        self._target_user_count = 0
        self._spawn_rate = 0.0
        self._user_count_per_dispatch_iteration = 1
        self._wait_between_dispatch = 0.0
        self._rebalance = False
        self._dispatch_in_progress = False
        self._dispatch_iteration_durations: list[float] = []
        self._items: Iterator[Counts] = iter(())

    @property
    def dispatch_in_progress(self) -> bool:
        """An iteration has begun and not come to its end."""
        return self._dispatch_in_progress

    @property
    def dispatch_iteration_durations(self) -> list[float]:
        """Seconds that each step of this dispatch took together with its consumer, without the waits."""
        return self._dispatch_iteration_durations

    def get_current_user_count(self) -> int:
        return self._plan.user_count

    def __next__(self) -> Counts:
        return next(self._items)

    def new_dispatch(
        self, target_user_count: int, spawn_rate: float, user_classes: list[type[User]] | None = None
    ) -> None:
        """Head for another number of users from where the last dispatch got to.

        Args:
            target_user_count: users over all workers and classes.
            spawn_rate: users a second, for starting and for stopping.
            user_classes: classes of the users to start from now on, also by later dispatches; unchanged when left out.
                Existing users stay.

        Raises:
            ValueError: the target is negative, or the spawn rate not positive.
        """
        if target_user_count < 0:
            raise ValueError(f"target_user_count must be >= 0, got {target_user_count}")
        rate = pace(spawn_rate)
        if user_classes is not None and self._user_classes != sorted(user_classes, key=_name):
            self._user_classes = sorted(user_classes, key=_name)
            self._plan.allow(_kinds(self._user_classes))
        # Shapes compute users with floats.
        self._target_user_count = int(target_user_count)
        self._spawn_rate = spawn_rate
        self._user_count_per_dispatch_iteration = rate.users_per_step
        self._wait_between_dispatch = rate.wait_seconds
        self._dispatch_iteration_durations.clear()
        self._items = self._dispatch()

    def add_worker(self, worker_node: WorkerNode) -> None:
        self._worker_nodes = _in_order([*self._worker_nodes, worker_node])
        self._prepare_rebalance()

    def remove_worker(self, worker_node: WorkerNode) -> None:
        """Forget a worker; its users go to the others with the next item. The last worker keeps its users."""
        self._worker_nodes = [node for node in self._worker_nodes if node.id != worker_node.id]
        if self._worker_nodes:
            self._prepare_rebalance()

    @property
    def _plan(self) -> Plan:
        """The plan, spread anew if workers came or went: late, so that a hundred workers joining cost one spreading."""
        if self._is_spread_due:
            self._is_spread_due = False
            self._settled_plan = self._spread(self._settled_plan.user_count)
        return self._settled_plan

    def _prepare_rebalance(self) -> None:
        self._is_spread_due = True
        self._rebalance = True

    def _spread(self, user_count: int) -> Plan:
        return self._settled_plan.spread(
            [node.id for node in self._worker_nodes], _kinds(self._original_user_classes), user_count
        )

    def _dispatch(self) -> Generator[Counts]:
        self._dispatch_in_progress = True
        is_at_target = self._plan.user_count == self._target_user_count
        if self._rebalance or is_at_target:
            self._rebalance = False
            yield self._plan.snapshot()
        while not is_at_target and self._plan.user_count != self._target_user_count:
            began = time.perf_counter()
            is_stuck = not self._step()
            yield self._plan.snapshot()
            if self._rebalance:
                self._rebalance = False
                yield self._plan.snapshot()
            self._pause(began)
            if is_stuck:
                break
        self._dispatch_in_progress = False

    def _step(self) -> bool:
        """Add or remove the users of one step; False when no class may get the users that are missing."""
        missing = self._target_user_count - self._plan.user_count
        if missing < 0:
            return self._plan.remove(min(-missing, self._user_count_per_dispatch_iteration)) > 0
        wanted = min(missing, self._user_count_per_dispatch_iteration)
        return self._plan.add(wanted) == wanted

    def _pause(self, began: float) -> None:
        elapsed = time.perf_counter() - began
        self._dispatch_iteration_durations.append(elapsed)
        if self._plan.user_count != self._target_user_count:
            gevent.sleep(rest_of_wait(self._wait_between_dispatch, elapsed))

    def _get_user_current_count(self, user: str) -> int:
        return self._plan.counts_by_class[user]

    def _distribute_users(
        self, target_user_count: int
    ) -> tuple[Counts, Iterator[str | None], Iterator[WorkerNode], list[tuple[WorkerNode, str]]]:
        """A distribution from zero: counts, classes and workers of the users that would follow, each user's place."""
        plan = self._spread(target_user_count)
        nodes = {node.id: node for node in self._worker_nodes}
        placed = [(nodes[worker_id], name) for worker_id, name in plan.placed]
        return plan.snapshot(), plan.order, map(nodes.__getitem__, plan.round), placed


def _name(user_class: type[User]) -> str:
    return user_class.__name__


def _kinds(user_classes: Iterable[type[User]]) -> list[UserKind]:
    return [UserKind(user_class.__name__, user_class.weight, user_class.fixed_count) for user_class in user_classes]


def _in_order(worker_nodes: Sequence[Node]) -> list[Node]:
    by_id = {node.id: node for node in worker_nodes}
    return [by_id[worker_id] for worker_id in worker_order(by_id)]
