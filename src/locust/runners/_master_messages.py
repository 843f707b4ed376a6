"""What a master does about the messages of its workers: one message, one method."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from locust import runners
from locust._version import __version__
from locust.runners import _files
from locust.runners._master_link import MasterLink
from locust.runners._messages import (
    check_report,
    has_users,
    heartbeat_of,
    logs_of,
    number_of,
    trouble_of,
    users_of,
)
from locust.runners._nodes import WorkerNode
from locust.runners._reports import EXTENSION, EXTENSION_VERSION, LEAVING, REPORT_ACCEPTED, RUN, Ledger
from locust.runners._state import STATE_MISSING, STATE_RUNNING, STATE_SPAWNING, STATE_STOPPING, UNDER_WAY
from locust.stats import report_in_upstreams_form

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners._keeper import Keeper

logger = logging.getLogger("locust.runners")

TOLERATED_CLOCK_SECONDS = 2.0


class MasterMessages(MasterLink):
    """Knows what each message means."""

    def __init__(self, environment: Environment, master_bind_host: str, master_bind_port: int) -> None:
        self._run = 0.0
        self._ledgers: defaultdict[str, Ledger] = defaultdict(Ledger)
        self._user_settings: list[dict[str, Any]] = []
        self._locustfiles = _files.Locustfiles(environment)
        self._keeper: Keeper | None = None
        # Workers that have stopped and not yet said that they are ready again.
        self._resting: set[str] = set()
        super().__init__(environment, master_bind_host, master_bind_port)
        self._handlers |= {
            "client_ready": self._on_client_ready,
            "locustfile": self._on_locustfile,
            "spawning": self._on_spawning,
            "spawning_complete": self._on_workers_spawning_complete,
            "stats": self._on_stats,
            "heartbeat": self._on_heartbeat,
            "logs": self._on_logs,
            "exception": self._on_exception,
            "client_stopped": self._on_client_stopped,
            "quit": self._on_quit,
            LEAVING: self._on_leaving,
        }

    def _on_client_ready(self, client_id: str, version: Any) -> None:
        if not version or not isinstance(version, (str, int)):
            if self._is_first(client_id):
                logger.error("An old (pre 2.0) worker tried to connect (%s). That's not going to work.", client_id)
            return
        self._compare_versions(client_id, version)
        known = self.clients.get(client_id)
        self._send(client_id, "ack", {"index": self.get_worker_index(client_id), EXTENSION: EXTENSION_VERSION})
        if known is None:
            for user_settings in self._user_settings:
                self._send(client_id, "update_user_class", user_settings)
        self.environment.events.worker_connect.fire(client_id=client_id)
        node = self.clients[client_id] = WorkerNode(client_id, heartbeat_liveness=runners.HEARTBEAT_LIVENESS)
        self._resting.discard(client_id)
        self._on_join(node)
        if known is None:
            logger.info(
                "%s (index %s) reported as ready. %d workers connected.",
                client_id,
                self.get_worker_index(client_id),
                self.worker_count,
            )
        else:
            logger.debug(
                "%s (index %s) reported as ready (duplicate message). %d workers connected.",
                client_id,
                self.get_worker_index(client_id),
                self.worker_count,
            )

    def _compare_versions(self, client_id: str, version: str | int) -> None:
        if version in (-1, __version__):
            return
        if not self._is_first(client_id, f"version {version}"):
            return
        is_patch = str(version)[:4] == __version__[:4]
        logger.log(
            logging.DEBUG if is_patch else logging.WARNING,
            "A worker (%s) running a different %sversion (%.50s) connected, master version is %s",
            client_id,
            "patch " if is_patch else "",
            version,
            __version__,
        )

    def _on_locustfile(self, client_id: str, data: Any) -> None:
        logging.debug("Worker requested locust file")
        self._send(client_id, "locustfile", self._locustfiles.answer(data))

    def _on_spawning(self, client_id: str, data: Any) -> None:
        if client_id in self.clients:
            self.clients[client_id].state = STATE_SPAWNING

    def _on_workers_spawning_complete(self, client_id: str, data: Any) -> None:
        users = users_of(data)
        node = self.clients.get(client_id)
        if node is not None:
            node.state = STATE_RUNNING
            node.user_classes_count = users

    def _on_stats(self, client_id: str, data: Any) -> None:
        check_report(data)
        number = number_of(data)
        is_newest = number is None or number > self._ledgers[client_id].newest
        is_new = number is None or self._ledgers[client_id].enter(number)
        keeper = self._keeper if self._keeper is not None and self._keeper.is_open else None
        if is_new:
            if keeper is not None:
                keeper.note(client_id, number, data)
            self._count(client_id, data, is_newest)
        elif keeper is not None and number is not None:
            keeper.note_again(client_id, number)
        if keeper is None and number is not None:
            self._send_quietly(client_id, REPORT_ACCEPTED, number)

    def _count(self, client_id: str, data: dict[str, Any], is_newest: bool) -> None:
        """Take in a report that wasn't counted before."""
        node = self.clients.get(client_id)
        if node is None:
            logger.info("Discarded report from unrecognized worker %s", client_id)
        elif is_newest and node.state != STATE_MISSING:
            if has_users(data):
                node.user_classes_count = users_of(data)
            node._last_report_at = time.monotonic()
        if data.get(RUN, self._run) not in (None, self._run):
            return  # of the test before
        listeners = self.environment.events.worker_report
        if "snapshot" in data and len(listeners._handlers) > 1:
            data.update(report_in_upstreams_form(data["snapshot"]))
        listeners.fire(client_id=client_id, data=data)

    def _on_heartbeat(self, client_id: str, data: Any) -> None:
        beat = heartbeat_of(data)
        node = self.clients.get(client_id)
        if node is None and self._keeper is not None and self._keeper.may_return(client_id):
            node = self.clients[client_id] = WorkerNode(client_id, heartbeat_liveness=runners.HEARTBEAT_LIVENESS)
        if node is None:
            return
        was_missing = node.state == STATE_MISSING
        node.heartbeat = runners.HEARTBEAT_LIVENESS
        node.state = beat.state
        node.cpu_usage = beat.cpu_usage
        node.memory_usage = beat.memory_usage
        node._is_ours = beat.is_ours
        if beat.cpu_usage > runners.CPU_WARNING_THRESHOLD and not node.cpu_warning_emitted:
            node.cpu_warning_emitted = self.worker_cpu_warning_emitted = True
            logger.warning(
                "Worker %s (index %s) exceeded cpu threshold (will only log this once per worker)",
                client_id,
                self.get_worker_index(client_id),
            )
        if abs(beat.clock_ahead_seconds) > TOLERATED_CLOCK_SECONDS and self._is_first(client_id, "clock"):
            logger.warning(
                "The clock of worker %s is %.1f s %s the master's, and so are its requests per second. Set the clocks",
                client_id,
                abs(beat.clock_ahead_seconds),
                "ahead of" if beat.clock_ahead_seconds > 0 else "behind",
            )
        self._send_quietly(client_id, "heartbeat", time.time() if beat.is_ours else None)
        self.environment.events.heartbeat_sent.fire(client_id=client_id, timestamp=time.time())
        if was_missing:
            logger.info("Worker %s self-healed with heartbeat, setting state to %s.", node.id, node.state)
            self._on_join(node)

    def _on_logs(self, client_id: str, data: Any) -> None:
        report = logs_of(data)
        if client_id in self.clients:
            self.environment.update_worker_logs(report)

    def _on_exception(self, client_id: str, data: Any) -> None:
        trouble = trouble_of(data)
        self.log_exception(client_id, trouble.message, trouble.traceback)

    def _on_client_stopped(self, client_id: str, data: Any) -> None:
        node = self.clients.pop(client_id, None)
        if node is None:
            self._refuse(client_id, "a client_stopped message of a worker that isn't known")
            return
        logger.info("%s (index %s) reported that it has stopped", client_id, self.get_worker_index(client_id))
        self._resting.add(client_id)
        self._on_departure(node)

    def _on_quit(self, client_id: str, data: Any) -> None:
        self._resting.discard(client_id)
        node = self.clients.pop(client_id, None)
        if node is None:
            return
        logger.info(
            "Worker '%s' (index %s) quit. %d workers ready.",
            client_id,
            self.get_worker_index(client_id),
            len(self.clients.ready),
        )
        self._on_departure(node)
        self._end_without_workers("The last worker quit, stopping test.")

    def _on_leaving(self, client_id: str, data: Any) -> None:
        """A worker of ours will quit when its users have finished their tasks: the others take over now."""
        node = self.clients.get(client_id)
        if node is not None and self.state in UNDER_WAY:
            logger.info("Worker '%s' (index %s) is leaving.", client_id, self.get_worker_index(client_id))
            node.state = STATE_STOPPING
            self._on_departure(node)

    def _pass_on_settings(self, user_settings: dict[str, Any]) -> None:
        self._user_settings.append(user_settings)
        self.send_message("update_user_class", user_settings)

    # --- what follows from it ----------------------------------------------------------------------------------------

    @property
    def worker_count(self) -> int:
        """Workers that are there, not those that are missing."""
        return len(self.clients.ready) + len(self.clients.spawning) + len(self.clients.running)

    def _on_join(self, node: WorkerNode) -> None:
        """A worker came, or came back."""
        raise NotImplementedError

    def _on_departure(self, node: WorkerNode) -> None:
        """A worker's users are to run elsewhere."""
        raise NotImplementedError

    def _end_without_workers(self, reason: str) -> None:
        """End the test if nobody is there to run it."""
        raise NotImplementedError
