"""LocalRunner: all users in this process."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import gevent

from locust._plan import pace
from locust.exception import StopTest
from locust.log import HOSTNAME
from locust.runners import Runner
from locust.runners._nodes import WorkerNode
from locust.runners._state import UNDER_WAY, after

if TYPE_CHECKING:
    from locust.dispatch import UsersDispatcher
    from locust.env import Environment
    from locust.user.users import User

logger = logging.getLogger("locust.runners")

NODE_ID = "local"


@dataclass(frozen=True, slots=True)
class LocalMessage:
    """A message to oneself, with the attributes of those that travel."""

    type: str
    data: Any
    node_id: str


class LocalRunner(Runner):
    """Runs all users in this process."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.worker_index = 0
        self.worker_count = 1
        self.client_id = f"{HOSTNAME}_{uuid4().hex}"
        self._local_worker_node = WorkerNode(NODE_ID)
        self._is_dispatcher_stale = True
        environment.events.user_error.add_listener(self._on_user_error)

    def start(
        self, user_count: int, spawn_rate: float, wait: bool = False, user_classes: list[type[User]] | None = None
    ) -> None:
        """Start a test, or change the number of users of the one that is going on. Returns at once.

        `spawning_greenlet` ends when all users are there.

        Raises:
            ValueError: no number of users, no spawn rate, or `wait` for users that do not start in one step.
        """
        if user_count < 0:
            raise ValueError(f"target_user_count must be >= 0, got {user_count}")
        pace(spawn_rate)
        if wait and user_count - self.user_count > spawn_rate:
            raise ValueError("wait is True but the amount of users to add is greater than the spawn rate")
        current = self.spawning_greenlet
        if current is not None and current is not gevent.getcurrent():
            current.kill(block=True)
        self.spawning_greenlet = self._own(self._start, user_count, spawn_rate, wait, user_classes)

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Call this process's own listener of such messages."""
        logger.debug("Running locally: sending %s message to self", msg_type)
        if msg_type not in self.custom_messages:
            logger.warning("Unknown message type received: %s", msg_type)
            return
        listener, _ = self.custom_messages[msg_type]
        listener(environment=self.environment, msg=LocalMessage(msg_type, data, NODE_ID))

    def _start(self, user_count: int, spawn_rate: float, wait: bool, user_classes: list[type[User]] | None) -> None:
        try:
            self._ramp(user_count, spawn_rate, wait, user_classes)
        except StopTest as reason:
            logger.error(reason)
            logger.warning("Stopping Locust...")
            self._depute(self._finish)

    def _ramp(self, user_count: int, spawn_rate: float, wait: bool, user_classes: list[type[User]] | None) -> None:
        # A stop that is going on ends first.
        self._stop_done.wait()
        self.target_user_count = user_count
        if self.state in UNDER_WAY:
            self.update_state(after("spawn", self.state))
        else:
            self._begin()
        self._set_hosts()
        logger.info("Ramping to %d users at a rate of %.2f per second", user_count, spawn_rate)
        dispatcher = self._dispatcher()
        dispatcher.new_dispatch(user_count, spawn_rate, user_classes)
        for dispatched in dispatcher:
            wanted = dispatched[NODE_ID]
            logger.debug("Ramping to %s", described(wanted))
            self._follow(wanted, wait)
        self.target_user_classes_count = counts = self.user_classes_count
        logger.info("All users spawned: %s", described(counts))
        self.environment.events.spawning_complete.fire(user_count=sum(counts.values()))

    def _dispatcher(self) -> UsersDispatcher:
        """The dispatcher of this test, which begins with nobody, also after users were spawned by hand."""
        if self._users_dispatcher is None or self._is_dispatcher_stale:
            self._is_dispatcher_stale = False
            self._users_dispatcher = self.environment.dispatcher_class(
                worker_nodes=[self._local_worker_node], user_classes=self.user_classes
            )
        return self._users_dispatcher

    def _stop(self) -> None:
        super()._stop()
        self._is_dispatcher_stale = True
        self.environment.events.test_stop.fire(environment=self.environment)

    def _on_user_error(self, user_instance: Any, exception: BaseException, tb: TracebackType | None, **_: Any) -> None:
        self.log_exception(NODE_ID, str(exception), "".join(traceback.format_tb(tb)))


def described(counts: dict[str, int]) -> str:
    """Users by class for a log line that scripts read."""
    return f"{json.dumps(dict(sorted(counts.items())))} ({sum(counts.values())} total users)"
