"""Runners start, stop and count users. Here are their states, what may be tuned, and what all of them share.

The tunables are plain module attributes, to be set by assignment (`runners.CPU_MONITOR_INTERVAL = 5`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from hashlib import blake2b
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict

import gevent
import greenlet
from gevent import Greenlet
from gevent.event import Event
from gevent.pool import Group

from locust.exception import LocustError
from locust.log import greenlet_exception_logger
from locust.runners._state import (
    STATE_CLEANUP,
    STATE_INIT,
    STATE_MISSING,
    STATE_RUNNING,
    STATE_SPAWNING,
    STATE_STOPPED,
    STATE_STOPPING,
    after,
    can,
)
from locust.runners._users import UserGreenlets
from locust.stats import request_listener_of

if TYPE_CHECKING:
    from locust.dispatch import UsersDispatcher
    from locust.env import Environment
    from locust.rpc import rpc as rpc
    from locust.runners._distributed import DistributedRunner
    from locust.runners._local import LocalRunner
    from locust.runners._master import MasterRunner
    from locust.runners._nodes import WorkerNode, WorkerNodes
    from locust.runners._worker import WorkerRunner
    from locust.stats import RequestStats, StatsError
    from locust.user.users import User

__all__ = (
    "CONNECT_RETRY_COUNT",
    "CONNECT_TIMEOUT",
    "CPU_MONITOR_INTERVAL",
    "CPU_WARNING_THRESHOLD",
    "FALLBACK_INTERVAL",
    "HEARTBEAT_DEAD_INTERNAL",
    "HEARTBEAT_INTERVAL",
    "HEARTBEAT_LIVENESS",
    "MASTER_HEARTBEAT_TIMEOUT",
    "STATE_CLEANUP",
    "STATE_INIT",
    "STATE_MISSING",
    "STATE_RUNNING",
    "STATE_SPAWNING",
    "STATE_STOPPED",
    "STATE_STOPPING",
    "WORKER_LOG_REPORT_INTERVAL",
    "WORKER_REPORT_INTERVAL",
    "DistributedRunner",
    "ExceptionDict",
    "LocalRunner",
    "MasterRunner",
    "Runner",
    "WorkerNode",
    "WorkerNodes",
    "WorkerRunner",
    "rpc",
)

logger = logging.getLogger(__name__)

WORKER_REPORT_INTERVAL = 3.0
WORKER_LOG_REPORT_INTERVAL = 10
CPU_MONITOR_INTERVAL = 10.0
CPU_WARNING_THRESHOLD = 90
HEARTBEAT_INTERVAL = 1
HEARTBEAT_LIVENESS = 3
HEARTBEAT_DEAD_INTERNAL = -60
MASTER_HEARTBEAT_TIMEOUT = 60
FALLBACK_INTERVAL = 5
CONNECT_TIMEOUT = 5
CONNECT_RETRY_COUNT = 60

# Ours. Different tracebacks that are told apart.
MOST_EXCEPTIONS = 1_000


class ExceptionDict(TypedDict):
    """One place where user code raised."""

    count: int
    msg: str
    traceback: str
    nodes: set[str]


class Runner:
    """Base of all runners: users in greenlets, their counts, the state of the test.

    `runner.greenlet.join()` waits until the runner has quit.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.user_greenlets = UserGreenlets()
        self.greenlet = Group()
        self.state = STATE_INIT
        self.spawning_greenlet: Greenlet[..., Any] | None = None
        self.shape_greenlet: Greenlet[..., Any] | None = None
        self.shape_last_tick: tuple[Any, ...] | None = None
        self.current_cpu_usage = 0.0
        self.current_memory_usage = 0
        self.cpu_warning_emitted = False
        self.worker_cpu_warning_emitted = False
        self.exceptions: dict[int, ExceptionDict] = {}
        self.target_user_count = 0
        self.target_user_classes_count: dict[str, int] = {}
        self.final_user_classes_count: dict[str, int] = {}
        self.custom_messages: dict[str, tuple[Callable[..., Any], bool]] = {}
        self.connection_broken = False
        self._users_dispatcher: UsersDispatcher | None = None
        self._stopper: greenlet.greenlet | None = None
        self._stop_done = Event()
        self._stop_done.set()
        self._deputy: Greenlet[..., Any] | None = None
        self._request_listener = environment.events.request.add_listener(request_listener_of(environment.stats))
        environment.events.spawning_complete.add_listener(self._on_spawning_complete)
        self._own(self.monitor_cpu_and_memory)

    def count_into(self, stats: RequestStats) -> None:
        """Has requests counted by other statistics from now on, if they are counted at all."""
        handlers = self.environment.events.request._handlers
        if self._request_listener in handlers:
            place = handlers.index(self._request_listener)
            self._request_listener = handlers[place] = request_listener_of(stats)

    @property
    def user_classes(self) -> list[type[User]]:
        return self.environment.user_classes

    @property
    def user_classes_by_name(self) -> dict[str, type[User]]:
        return self.environment.user_classes_by_name

    @property
    def stats(self) -> RequestStats:
        return self.environment.stats

    @property
    def errors(self) -> dict[str, StatsError]:
        return self.stats.errors

    @property
    def user_count(self) -> int:
        """Users that run now."""
        return len(self.user_greenlets)

    @property
    def user_classes_count(self) -> dict[str, int]:
        """Users that run now, by class name; classes without a user are there with 0."""
        count_of = self.user_greenlets.count_of
        return {user_class.__name__: count_of(user_class.__name__) for user_class in self.user_classes}

    def update_state(self, new_state: str) -> None:
        self.state = new_state

    def start(
        self, user_count: int, spawn_rate: float, wait: bool = False, user_classes: list[type[User]] | None = None
    ) -> None:
        """Start a test, or change the number of users of the one that is going on.

        Args:
            user_count: users of all classes together.
            spawn_rate: users started or stopped a second.
            wait: keep the spawning greenlet until all users are gone; only when they all start in one step.
            user_classes: the classes to start users of; all when left out.
        """
        raise NotImplementedError

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send a message to the listeners of the other nodes (see `register_message`)."""
        raise NotImplementedError

    def register_message(self, msg_type: str, listener: Callable[..., Any], concurrent: bool = False) -> None:
        """Call `listener(environment=..., msg=...)` for each message of a type; `msg` has type, data and node_id.

        Args:
            msg_type: name of the messages.
            listener: what to call.
            concurrent: messages from another node are handled in a greenlet of their own.

        Raises:
            LocustError: the type has a listener already.
        """
        if msg_type in self.custom_messages:
            raise LocustError(f"Tried to register listener method for {msg_type}, but it already had a listener!")
        self.custom_messages[msg_type] = (listener, concurrent)

    def spawn_users(self, user_classes_spawn_count: dict[str, int], wait: bool = False) -> list[User]:
        """Start users at once.

        Args:
            user_classes_spawn_count: how many of each class, by name.
            wait: return only when all users are gone.

        Returns:
            The new users.
        """
        if self.state in (STATE_INIT, STATE_STOPPED):
            self.update_state(after("spawn", self.state))
        logger.debug(
            "Spawning additional %s (%s already running)...",
            json.dumps(user_classes_spawn_count),
            json.dumps(self.user_classes_count),
        )
        new_users = []
        classes = self.user_classes_by_name
        for name, count in user_classes_spawn_count.items():
            user_class = classes[name]
            for _ in range(count):
                user = user_class(self.environment)
                user.start(self.user_greenlets)
                new_users.append(user)
            logger.debug("All users of class %s spawned (%d in all)", name, self.user_count)
        if wait:
            self.user_greenlets.join()
            logger.info("All users stopped\n")
        return new_users

    def stop_users(self, user_classes_stop_count: Mapping[str, int]) -> None:
        """Stop users, all at the same time, the last started first; returns when they are gone.

        With a stop timeout in the environment, users finish their tasks first, within that time.

        Args:
            user_classes_stop_count: how many of each class, by name.
        """
        if self._is_user(gevent.getcurrent()):
            self._depute(self.stop_users, user_classes_stop_count)
            return
        stop_timeout = self.environment.stop_timeout
        users = self.user_greenlets.let_leave(user_classes_stop_count)
        greenlets = list(users)
        stoppers = Group()
        for user in users.values():
            stoppers.spawn(user.stop, force=not stop_timeout)
        if stop_timeout:
            gevent.joinall(greenlets, timeout=stop_timeout)
        else:
            stoppers.join()
        # Without a timeout: those whose own stop() failed.
        late = [each for each in greenlets if not each.dead]
        if late and stop_timeout:
            logger.info("Not all users finished their tasks & terminated in %s seconds. Stopping them...", stop_timeout)
        for each in late:
            self.user_greenlets.killone(each, block=False)
        gevent.joinall(greenlets)
        stoppers.join()
        stop_count = sum(user_classes_stop_count.values())
        logger.debug("%d users have been stopped, %d still running", stop_count, self.user_count)

    def start_shape(self) -> None:
        """Let the environment's LoadTestShape steer the test."""
        if self.shape_greenlet is not None and not self.shape_greenlet.dead:
            logger.info("There is an ongoing shape test running. Editing is disabled")
            return
        self._stop_done.wait()
        logger.info("Shape test starting.")
        self.update_state(after("shape", self.state))
        shape = self.environment.shape_class
        if shape is not None:
            shape.runner = self
            shape.reset_time()
        self.shape_last_tick = None
        self.shape_greenlet = self._own(self.shape_worker)

    def shape_worker(self) -> None:
        from locust.runners import _shape

        try:
            _shape.play(self)
        except Exception:
            # A test without its shape would run for ever.
            self._depute(self._finish)
            raise

    def stop(self) -> None:
        """Stop the test and wait until its users are gone. The runner can start another one."""
        if not self._left_to_deputy(self._stop_once):
            self._stop_once()

    def quit(self) -> None:
        """Stop the test and everything else this runner does; `runner.greenlet.join()` returns."""
        if not self._left_to_deputy(self._quit):
            self._quit()

    def log_exception(self, node_id: str, msg: str, formatted_tb: str) -> None:
        """Count an exception of user code under its traceback."""
        # Not hash(): salted, it would differ between the nodes of one run.
        key = int.from_bytes(blake2b(formatted_tb.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
        if key not in self.exceptions and len(self.exceptions) >= MOST_EXCEPTIONS:
            return
        row = self.exceptions.setdefault(key, {"count": 0, "msg": msg, "traceback": formatted_tb, "nodes": set()})
        row["count"] += 1
        row["nodes"].add(node_id)

    def cpu_log_warning(self) -> bool:
        """Warn when this process had too little processor time during the test; returns whether it had."""
        if self.cpu_warning_emitted:
            logger.warning(
                "CPU usage was too high at some point during the test! "
                "Spread the load over more processes (--processes) or machines (--master and --worker)."
            )
        return self.cpu_warning_emitted

    def monitor_cpu_and_memory(self) -> NoReturn:
        from locust.runners import _monitor

        _monitor.watch(self)

    def _pass_on_settings(self, user_settings: dict[str, Any]) -> None:
        """Settings of a user class have changed: tell whom it concerns."""

    def _begin(self) -> None:
        """A new test: nothing of the last one is left."""
        self.stats.clear_all()
        self.exceptions = {}
        self.cpu_warning_emitted = False
        self.worker_cpu_warning_emitted = False
        self.environment._filter_tasks_by_tags()
        self.environment.events.test_start.fire(environment=self.environment)

    def _quit(self) -> None:
        self._stop_once()
        self.greenlet.kill(block=True)

    def _stop_once(self) -> None:
        """Stop, or wait for the stop that is going on."""
        current = gevent.getcurrent()
        if self.state == STATE_STOPPED or self._stopper is current:
            return  # the latter: a listener of test_stopping wants what is going on already
        if self._stopper is not None:
            self._stop_done.wait()
            return
        self._stopper = current
        self._stop_done.clear()
        try:
            self._stop()
        finally:
            self._stopper = None
            self._stop_done.set()

    def _stop(self) -> None:
        """What stopping is; runs in a greenlet that it does not kill."""
        logger.debug("Stopping all users")
        self.environment.events.test_stopping.fire(environment=self.environment)
        self.final_user_classes_count = self.user_classes_count
        self.update_state(after("stop", self.state))
        for own in (self.spawning_greenlet, self.shape_greenlet):
            if own is not None:
                own.kill(block=True)
        self.shape_greenlet = None
        self.shape_last_tick = None
        self.stop_users({name: self.user_greenlets.count_of(name) for name in self.user_greenlets.class_names})
        self.update_state(after("stopped", self.state))
        self.cpu_log_warning()

    def _set_hosts(self) -> None:
        """The environment's host goes before those of the classes; a listener of test_start may have set it."""
        if self.environment.host:
            for user_class in self.user_classes:
                user_class.host = self.environment.host

    def _follow(self, wanted: Mapping[str, int], wait: bool = False) -> None:
        """Start and stop users until there are as many of each class as wanted."""
        more = {name: count - self.user_greenlets.staying_count_of(name) for name, count in wanted.items()}
        missing = {name: count for name, count in more.items() if count > 0}
        surplus = {name: -count for name, count in more.items() if count < 0}
        self.spawn_users(missing, wait)
        self.stop_users(surplus)

    def _finish(self) -> None:
        """The test is over by itself: quit if nobody can start another one."""
        if getattr(self.environment.parsed_options, "headless", False):
            self.quit()
        else:
            self.stop()

    def _on_spawning_complete(self, user_count: int, **_: Any) -> None:
        self._note_spawned()
        if self.environment.reset_stats:
            logger.info("Resetting stats\n")
            self.stats.reset_all()

    def _note_spawned(self) -> None:
        if can("spawned", self.state):
            self.update_state(after("spawned", self.state))

    def _own(self, function: Callable[..., Any], *arguments: Any) -> Greenlet[..., Any]:
        """Run something in a greenlet of this runner; an exception is logged and leads to the exit code."""
        own = self.greenlet.spawn(function, *arguments)
        own.link_exception(greenlet_exception_logger(logger))
        return own

    def _depute(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Run something in a greenlet that stopping does not kill."""
        self._deputy = gevent.spawn(function, *arguments)
        self._deputy.link_exception(greenlet_exception_logger(logger))

    def _is_user(self, current: greenlet.greenlet) -> bool:
        return isinstance(current, Greenlet) and current in self.user_greenlets

    def _left_to_deputy(self, function: Callable[[], None]) -> bool:
        """When a greenlet asks for its own end: let another one do it, so that it comes to its end.

        A user goes on until its next switch, or with a stop timeout to the end of its task. The greenlets that spawn or
        play a shape end here.
        """
        current = gevent.getcurrent()
        if self._is_user(current):
            self._depute(function)
            return True
        if current is self.spawning_greenlet or current is self.shape_greenlet:
            self._depute(function)
            assert self._deputy is not None
            self._deputy.join()
            return True
        return False


_MOVED = {
    # Modules that code patches functions of, by way of this one.
    "socket": "locust.log",
    "time": "locust.event",
    "traceback": "locust.event",
    "LocalRunner": "locust.runners._local",
    "WorkerNode": "locust.runners._nodes",
    "WorkerNodes": "locust.runners._nodes",
    "DistributedRunner": "locust.runners._distributed",
    "MasterRunner": "locust.runners._master",
    "WorkerRunner": "locust.runners._worker",
    "rpc": "locust.rpc",
    "LOCUST_STATE_STOPPING": "locust.user.task",
    "Message": "locust.rpc",
    "RPCError": "locust.exception",
    "RPCReceiveError": "locust.exception",
    "RPCSendError": "locust.exception",
    "RequestStats": "locust.stats",
    "StatsError": "locust.stats",
    "StopTest": "locust.exception",
    "UsersDispatcher": "locust.dispatch",
    "get_abspaths_in": "locust.util.directory",
    "get_logs": "locust.log",
    "is_url": "locust.util.url",
    "setup_distributed_stats_event_listeners": "locust.stats",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in _MOVED:
            return getattr(import_module(_MOVED[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
