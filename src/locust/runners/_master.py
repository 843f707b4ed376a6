"""MasterRunner: leads workers. It runs no users; it says who runs how many, and gathers what they counted."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event

from locust import runners
from locust._plan import pace
from locust.exception import StopTest
from locust.runners._handover import steps
from locust.runners._local import described
from locust.runners._master_messages import MasterMessages
from locust.runners._options import SentOptions
from locust.runners._reports import RUN
from locust.runners._state import STATE_INIT, STATE_MISSING, STATE_STOPPED, UNDER_WAY, after

if TYPE_CHECKING:
    from locust.dispatch import UsersDispatcher
    from locust.env import Environment
    from locust.runners._journal import Journal
    from locust.runners._nodes import WorkerNode
    from locust.user.users import User

logger = logging.getLogger("locust.runners")

WAIT_FOR_REPORTS = "LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP"
LONGEST_STOP_SECONDS = 60
"""How long workers may take to stop, beyond the time that their users' tasks get."""
LONGEST_GOODBYE_SECONDS = 10
"""How long workers may take to quit and to send their last report, beyond the time that their users' tasks get."""
FOREIGN_GOODBYE_SECONDS = 2
"""The same for workers of other make, some of which quit without a word."""


class MasterRunner(MasterMessages):
    """Leads workers.

    Args:
        environment: of the test.
        master_bind_host: interface to listen on for workers; `*` for all.
        master_bind_port: port to listen on; 0 picks a free one, see `server.port`.

    Raises:
        RPCError: the port can't be had.
    """

    def __init__(self, environment: Environment, master_bind_host: str, master_bind_port: int) -> None:
        super().__init__(environment, master_bind_host, master_bind_port)
        self.spawn_rate = 0.0
        self.spawning_completed = False
        self._last_spawn_at = 0.0
        # Whom the dispatcher knows, and whom it gave which users.
        self._participants: set[str] = set()
        self._placed: dict[str, Mapping[str, int]] = {}
        self._has_lost_users = False
        self._is_restart_due = False
        self._is_ending = False
        self._is_quitting = False
        self._has_told_to_quit = False
        self._answered = Event()
        self._own(self.heartbeat_worker)
        self._own(self.client_listener)

    @property
    def user_count(self) -> int:
        """Users that run on all workers, as they reported."""
        return sum(node.user_count for node in self.clients.values())

    @property
    def reported_user_classes_count(self) -> dict[str, int]:
        """Users that run on all workers by class, as they reported."""
        counts: Counter[str] = Counter()
        for node in self.clients.values():
            counts.update(node.user_classes_count)
        return dict(counts)

    def rebalancing_enabled(self) -> bool:
        """Whether a missing worker's users move to the others, and back when it returns."""
        return not getattr(self.environment.parsed_options, "no_rebalancing", False)

    def cpu_log_warning(self) -> bool:
        has_warned = super().cpu_log_warning()
        if self.worker_cpu_warning_emitted:
            logger.warning("CPU usage threshold was exceeded on workers during the test!")
        return has_warned or self.worker_cpu_warning_emitted

    # --- a run that outlives its master ---------------------------------------------------------------------------

    def keep(self, journal: Journal, identity: dict[str, bytes] | None = None) -> None:
        """Write the run into a journal from now on, and take up the run that is in it, if any: see `lead_on`."""
        from locust.runners._keeper import Keeper

        self._keeper = Keeper(self, journal, identity)
        if run := journal.unfinished():
            self._keeper.take_up(run)
        self._own(self._keeper.keep)

    @property
    def is_taking_up(self) -> bool:
        """Whether this master was started again in the middle of a run."""
        return self._keeper is not None and self._keeper.is_taking_up

    @property
    def elapsed_seconds(self) -> float:
        """Since the run began, also under the master before this one; 0 without a journal or a run."""
        return self._keeper.elapsed_seconds if self._keeper is not None else 0.0

    def lead_on(self) -> None:
        """Wait for the workers of the run that was taken up, and give them the users that should be there."""
        assert self._keeper is not None
        self._keeper.await_return()
        if self.state not in UNDER_WAY:
            return
        if not self.worker_count:
            self._end_without_workers("No worker of the run came back, stopping test.")
            return
        nodes = [node for node in self.clients.values() if node.state != STATE_MISSING]
        self._placed = {node.id: dict(node.user_classes_count) for node in nodes}
        # They go from what they run to what they should, as after a loss; the dispatcher has nothing to ramp up.
        self._has_lost_users = True
        dispatcher = self._dispatcher()
        dispatcher.new_dispatch(self.target_user_count, max(self.target_user_count, 1))
        deque(dispatcher, maxlen=0)
        self.start(self.target_user_count, self.spawn_rate)

    # --- starting -------------------------------------------------------------------------------------------------

    def start(
        self, user_count: int, spawn_rate: float, wait: bool = False, user_classes: list[type[User]] | None = None
    ) -> None:
        """Start a test, or change the number of users of the one that is going on. Returns when they are there.

        Raises:
            ValueError: no number of users, or no spawn rate.
        """
        if user_count < 0:
            raise ValueError(f"target_user_count must be >= 0, got {user_count}")
        pace(spawn_rate)
        self.target_user_count = user_count
        if not self.worker_count:
            logger.warning("You can't start a distributed test before at least one worker processes has connected")
            return
        current = self.spawning_greenlet
        if current is not None and current is not gevent.getcurrent():
            current.kill(block=True)
        self.spawning_greenlet = self._own(self._ramp_or_finish, user_count, spawn_rate, user_classes)
        self.spawning_greenlet.join()

    def _ramp_or_finish(self, user_count: int, spawn_rate: float, user_classes: list[type[User]] | None) -> None:
        try:
            self._ramp(user_count, spawn_rate, user_classes)
        except StopTest as reason:
            logger.error(reason)
            logger.warning("Stopping Locust...")
            self._depute(self._finish)

    def _ramp(self, user_count: int, spawn_rate: float, user_classes: list[type[User]] | None) -> None:
        # A stop that is going on ends first.
        self._stop_done.wait()
        self.target_user_count = user_count
        self.spawn_rate = spawn_rate
        self.spawning_completed = False
        logger.info(
            "Sending spawn jobs of %d users at %.2f spawn rate to %d ready workers",
            user_count,
            spawn_rate,
            self.worker_count,
        )
        if self.state not in UNDER_WAY:
            self._begin()
        self.update_state(after("spawn", self.state))
        if self._keeper is not None:
            self._keeper.checkpoint()
        options = SentOptions(self.environment.parsed_options)
        dispatcher = self._dispatcher()
        dispatcher.new_dispatch(user_count, spawn_rate, user_classes)
        counts: Mapping[str, Mapping[str, int]] = {}
        for counts in dispatcher:
            self._is_restart_due = False
            self._place(counts, options)
        self.target_user_classes_count = _sums(counts)
        has_all = self._wait_for_reports()
        # Listeners hear the number that was asked for, as the workers do.
        user_count = sum(self.target_user_classes_count.values())
        self.environment.events.spawning_complete.fire(user_count=user_count)
        self.spawning_completed = True
        for client_id in self.clients:
            self._send(client_id, "spawning_complete", {"user_count": user_count})
        counts_there = described(self.reported_user_classes_count)
        if has_all:
            logger.info("All users spawned: %s", counts_there)
        else:
            logger.info(
                "Spawning is complete and report waittime is expired, but not all reports received from workers: %s",
                counts_there,
            )
        if self._is_restart_due:
            self._depute(self.start, self.target_user_count, self.spawn_rate)

    def _begin(self) -> None:
        for node in self.clients.values():
            node.cpu_warning_emitted = False
        self._users_dispatcher = None
        self._run = time.time()
        self._placed = {}
        self._has_lost_users = False
        self._is_ending = False
        if self._keeper is not None:
            self._keeper.begin()
        super()._begin()

    def _dispatcher(self) -> UsersDispatcher:
        if self._users_dispatcher is None:
            nodes = [node for node in self.clients.values() if node.state != STATE_MISSING]
            self._participants = {node.id for node in nodes}
            self._users_dispatcher = self.environment.dispatcher_class(
                worker_nodes=nodes, user_classes=self.user_classes
            )
        return self._users_dispatcher

    def _place(self, counts: Mapping[str, Mapping[str, int]], options: SentOptions) -> None:
        """Tell the workers their users; those of a lost worker start at the spawn rate."""
        if self._has_lost_users:
            rate = pace(self.spawn_rate)
            *on_the_way, counts = steps(self._placed, counts, rate.users_per_step)
            for step in on_the_way:
                self._send_spawns(step, options)
                gevent.sleep(rate.wait_seconds)
            self._has_lost_users = False
        self._send_spawns(counts, options)

    def _send_spawns(self, counts: Mapping[str, Mapping[str, int]], options: SentOptions) -> None:
        logger.debug(
            "Sending spawn messages for %d total users to %d worker(s)", sum(_sums(counts).values()), len(counts)
        )
        self._placed = dict(counts)
        for worker_id, user_classes_count in counts.items():
            # A worker discards what isn't newer than the last.
            self._last_spawn_at = max(time.time(), self._last_spawn_at + 1e-6)
            job = {
                "timestamp": self._last_spawn_at,
                "user_classes_count": dict(user_classes_count),
                "host": self.environment.host,
                "stop_timeout": self.environment.stop_timeout,
                "parsed_options": options.values,
                RUN: self._run,
            }
            self._send(worker_id, "spawn", job)
        logger.debug("Currently spawned users: %s", described(self.reported_user_classes_count))

    @lru_cache  # noqa: B019  # upstream's, and its cache_clear() is called
    def _wait_for_workers_report_after_ramp_up(self) -> float:
        """Seconds to wait after the last spawn message until all workers say that they have their users."""
        text = os.getenv(WAIT_FOR_REPORTS)
        if text is None:
            return 1.0
        factor, _, unit = text.partition("*")
        if unit.strip() not in ("", "WORKER_REPORT_INTERVAL"):
            raise ValueError(f"{WAIT_FOR_REPORTS}: a number, or '<number> * WORKER_REPORT_INTERVAL', not '{text}'")
        return float(factor) * (runners.WORKER_REPORT_INTERVAL if unit else 1.0)

    def _wait_for_reports(self) -> bool:
        """Give the workers some time to say that they have their users; false when it wasn't enough."""
        deadline = time.monotonic() + self._wait_for_workers_report_after_ramp_up()
        wanted = sum(self.target_user_classes_count.values())
        while self.user_count != wanted and time.monotonic() < deadline:
            gevent.sleep(0.01)
        return self.user_count == wanted

    def _restart(self) -> None:
        """Spread the users anew over the workers there are; a ramp that is going on does so with its next step."""
        if not self.worker_count or self.state not in UNDER_WAY:
            return
        ramp = self.spawning_greenlet
        if ramp is None or ramp.dead:
            self._depute(self.start, self.target_user_count, self.spawn_rate)
        else:
            self._is_restart_due = True

    # --- stopping -------------------------------------------------------------------------------------------------

    def stop(self, send_stop_to_client: bool = True) -> None:
        """Stop the test and wait until the workers' users are gone.

        Args:
            send_stop_to_client: tell the workers; left out, they are about to hear that they shall quit.
        """
        self._is_quitting = self._is_quitting or not send_stop_to_client
        super().stop()

    def _stop_once(self) -> None:
        if self.state == STATE_INIT and self.shape_greenlet is None:
            return
        super()._stop_once()

    def _stop(self) -> None:
        logger.debug("Stopping...")
        if self._keeper is not None:
            self._keeper.end()
        self.environment.events.test_stopping.fire(environment=self.environment)
        self.final_user_classes_count = self.reported_user_classes_count
        self.update_state(after("halt", self.state))
        for own in (self.spawning_greenlet, self.shape_greenlet):
            if own is not None:
                own.kill(block=True)
        self.shape_greenlet = None
        self.shape_last_tick = None
        if self._is_quitting:
            self._let_workers_quit()
        else:
            self._let_workers_stop()
        self._users_dispatcher = None
        self.environment.events.test_stop.fire(environment=self.environment)
        self.update_state(after("stopped", self.state))
        self.cpu_log_warning()

    def _quit(self) -> None:
        if not self._is_quitting:
            self._is_quitting = True
            logger.debug("Quitting...")
        self._stop_once()
        if not self._has_told_to_quit:
            # There was no test to stop, or its stop had begun before.
            self._let_workers_quit()
        self.greenlet.kill(block=True)
        self.server.close()

    def _let_workers_stop(self) -> None:
        waited_for = [node.id for node in self.clients.values() if node.state != STATE_MISSING]
        for client_id in self.clients:
            self._send(client_id, "stop")
        self._await(
            lambda: any(self._is_there(client_id) and not self._has_stopped(client_id) for client_id in waited_for),
            self.environment.stop_timeout + LONGEST_STOP_SECONDS,
        )

    def _let_workers_quit(self) -> None:
        self._has_told_to_quit = True
        nodes = [node for node in self.clients.values() if node.state != STATE_MISSING]
        for client_id in [*self.clients, *self._resting]:
            logger.debug("Sending quit message to worker %s (index %s)", client_id, self.get_worker_index(client_id))
            self._send_quietly(client_id, "quit")
        for waited_for, seconds in (
            ([node.id for node in nodes if not node._is_ours], FOREIGN_GOODBYE_SECONDS),
            ([node.id for node in nodes if node._is_ours], LONGEST_GOODBYE_SECONDS),
        ):
            self._await(partial(self._are_any_there, waited_for), self.environment.stop_timeout + seconds)

    def _await(self, is_open: Callable[[], bool], seconds: float) -> None:
        """Wait for workers' answers."""
        deadline = time.monotonic() + seconds
        while is_open() and (left := deadline - time.monotonic()) > 0:
            self._answered.clear()
            self._answered.wait(min(left, 1.0))

    def _are_any_there(self, client_ids: list[str]) -> bool:
        return any(self._is_there(client_id) for client_id in client_ids)

    def _is_there(self, client_id: str) -> bool:
        node = self.clients.get(client_id)
        return node is not None and node.state != STATE_MISSING

    def _has_stopped(self, client_id: str) -> bool:
        node = self.clients[client_id]
        return node.state in (STATE_INIT, STATE_STOPPED) and not node.user_count

    def check_stopped(self) -> None:
        """Notice that workers have stopped."""
        self._answered.set()

    # --- workers that go and come ---------------------------------------------------------------------------------

    def _on_missing(self, node: WorkerNode) -> None:
        logger.info("Worker %s failed to send heartbeat, setting state to missing.", node.id)
        if node._last_report_at is not None and node.user_count and not self._is_quitting:
            logger.warning(
                "What worker %s counted since its last report, %.1f s ago, is missing until it comes back",
                node.id,
                time.monotonic() - node._last_report_at,
            )
        node.state = STATE_MISSING
        node.user_classes_count = {}
        self._answered.set()
        self._take_from_dispatcher(node)
        if self.rebalancing_enabled():
            self._restart()
        self._end_without_workers("The last worker went missing, stopping test.")

    def _on_dead(self, node: WorkerNode) -> None:
        self.clients.pop(node.id, None)
        self._on_departure(node)

    def _on_join(self, node: WorkerNode) -> None:
        if self._users_dispatcher is not None:
            self._participants.add(node.id)
            self._users_dispatcher.add_worker(node)
            self._restart()

    def _on_departure(self, node: WorkerNode) -> None:
        if self._take_from_dispatcher(node):
            self._restart()

    def _take_from_dispatcher(self, node: WorkerNode) -> bool:
        """Let a worker get no more users; false when it gets none anyway."""
        # When all of them leave, there's nobody to spread users over.
        if self._users_dispatcher is None or self._is_quitting or node.id not in self._participants:
            return False
        self._participants.remove(node.id)
        self._users_dispatcher.remove_worker(node)
        if self._placed.pop(node.id, None) is not None:
            self._has_lost_users = True
        return True

    def _end_without_workers(self, reason: str) -> None:
        if any(node.state != STATE_MISSING for node in self.clients.values()):
            return
        # Scripts look for it, as upstream says it without a test, too.
        logger.info(reason)
        if self._is_ending or self.state not in UNDER_WAY:
            return
        self._is_ending = True
        self._depute(self._finish)


def _sums(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Users by class over all workers."""
    sums: Counter[str] = Counter()
    for user_classes_count in counts.values():
        sums.update(user_classes_count)
    return dict(sums)
