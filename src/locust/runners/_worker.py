"""WorkerRunner: runs the users that its master says, and reports what they counted."""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import gevent
from gevent.event import Event

from locust import log, rpc, runners
from locust._version import __version__
from locust.exception import RPCError, RPCReceiveError, RPCSendError, StopTest
from locust.log import HOSTNAME
from locust.rpc import Message
from locust.runners._distributed import DistributedRunner
from locust.runners._messages import MalformedError, job_of, user_count_of
from locust.runners._options import follow
from locust.runners._reports import CLOCK_AHEAD, EXTENSION, EXTENSION_VERSION, LEAVING, REPORT_ACCEPTED, RUN, Outbox
from locust.runners._state import STATE_INIT, STATE_RUNNING, STATE_SPAWNING, STATE_STOPPING, UNDER_WAY

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.user.users import User

logger = logging.getLogger("locust.runners")

WAIT_BEFORE_READY = "LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP"
MOST_NEW_LOG_LINES = 70
CHECK_SECONDS = 1.0
LONGEST_FLUSH_SECONDS = 8.0
FLUSH_AGAIN_SECONDS = 1.0
FLUSH_CHECK_SECONDS = 0.01
STANDARD_PARTS = {"stats", "stats_total", "errors", "snapshot", "user_classes_count", "user_count"}
QUICK_ECHO_SECONDS = 0.5
"""An echo of a heartbeat that took longer says nothing about the master's clock."""


class WorkerRunner(DistributedRunner):
    """Runs users for a master. Comes back from the constructor when the master has accepted it.

    Args:
        environment: of the test.
        master_host: where the master listens.
        master_port: its port.

    Raises:
        ConnectionError: the master didn't answer for CONNECT_TIMEOUT * CONNECT_RETRY_COUNT seconds.
    """

    worker_index = -1
    is_orphan: bool
    """The master is known to be gone, so that nothing it should hear is waited for."""

    def __init__(self, environment: Environment, master_host: str, master_port: int) -> None:
        super().__init__(environment)
        self.master_host = master_host
        self.master_port = master_port
        self.client_id = f"{HOSTNAME}_{uuid4().hex}"
        self.worker_state = STATE_INIT
        self.retry = 0
        self.connected = False
        self.connection_event = Event()
        self.last_heartbeat_timestamp: float | None = None
        self.last_received_spawn_timestamp = 0.0
        self.logs: list[str] = []
        self._outbox = Outbox()
        self._run: float | None = None
        self._is_master_ours = False
        self._is_leaving = False
        self._has_said_goodbye = False
        self._goodbye_said = Event()
        self.is_orphan = False
        self._beat_at = 0.0
        self._clock_ahead_seconds = 0.0
        self._handlers: dict[str, Callable[[Any], None]] = {
            "ack": self._on_ack,
            "spawn": self._on_spawn,
            "spawning_complete": self._on_all_spawned,
            "stop": self._on_stop,
            "quit": self._on_quit,
            "reconnect": self._on_reconnect,
            "heartbeat": self._on_heartbeat,
            "update_user_class": self._on_update_user_class,
            REPORT_ACCEPTED: self._on_report_accepted,
        }
        environment.events.report_to_master.add_listener(self._add_users)
        environment.events.quitting.add_listener(self._on_quitting)
        environment.events.user_error.add_listener(self._on_user_error)
        self.client = rpc.rpc.Client(master_host, master_port, self.client_id)
        self._own(self.worker)
        self.connect_to_master()
        for work in (self.heartbeat, self.heartbeat_timeout_checker, self.stats_reporter, self.logs_reporter):
            self._own(work)

    # --- users ---------------------------------------------------------------------------------------------------

    def start(
        self, user_count: int, spawn_rate: float, wait: bool = False, user_classes: list[type[User]] | None = None
    ) -> None:
        """Not for workers: their master says who runs how many users (see `start_worker`)."""
        raise NotImplementedError("A worker starts users when its master says so")

    def start_worker(self, user_classes_count: Mapping[str, int], **kwargs: Any) -> None:
        """Start and stop users until there are as many of each class as given.

        Args:
            user_classes_count: users by class name.
            kwargs: ignored, for those who override this.
        """
        # A stop that is going on ends first.
        self._stop_done.wait()
        self.target_user_classes_count = dict(user_classes_count)
        self.target_user_count = sum(user_classes_count.values())
        if self.worker_state not in UNDER_WAY:
            self._begin()
        self.worker_state = STATE_SPAWNING
        self._set_hosts()
        try:
            self._follow(self._known(user_classes_count))
        except StopTest as reason:
            logger.error(reason)
            # Who looks at the master sees why there are no users.
            self._tell_of_trouble(str(reason), "")
        self.spawning_complete(self.user_count)

    def spawning_complete(self, user_count: int) -> None:
        """Tell the master that the users which it wanted are there."""
        self.worker_state = STATE_RUNNING
        # As upstream: it doesn't wait until its master's other workers have theirs.
        self._note_spawned()
        self._send("spawning_complete", {"user_classes_count": self.user_classes_count, "user_count": self.user_count})

    def _begin(self) -> None:
        self._outbox.clear()
        super()._begin()

    def _known(self, user_classes_count: Mapping[str, int]) -> dict[str, int]:
        classes = self.user_classes_by_name
        unknown = sorted(name for name, count in user_classes_count.items() if name not in classes and count)
        if unknown:
            logger.error(
                "The master wants users of %s, which this worker's locustfile doesn't have (it has %s). "
                "Start all nodes with the same locustfile, or workers with '-f -'",
                ", ".join(unknown),
                ", ".join(sorted(classes)),
            )
        return {name: count for name, count in user_classes_count.items() if name in classes}

    def _stop_once(self) -> None:
        if self.state == STATE_INIT:
            return
        super()._stop_once()

    def _stop(self) -> None:
        super()._stop()
        self.environment.events.test_stop.fire(environment=self.environment)

    def _quit(self) -> None:
        self._stop_once()
        # Still to be said when it is the locustfile that quits.
        self._say_goodbye()
        super()._quit()
        self.client.close()

    # --- reporting -----------------------------------------------------------------------------------------------

    def heartbeat(self) -> NoReturn:
        """Tell the master every HEARTBEAT_INTERVAL seconds that this worker lives."""
        while True:
            beat = {
                "state": self.worker_state,
                "current_cpu_usage": self.current_cpu_usage,
                "current_memory_usage": self.current_memory_usage,
            }
            if self._is_master_ours:
                beat[EXTENSION] = EXTENSION_VERSION
                beat[CLOCK_AHEAD] = self._clock_ahead_seconds
            self._beat_at = time.time()
            self._send("heartbeat", beat)
            gevent.sleep(runners.HEARTBEAT_INTERVAL)

    def heartbeat_timeout_checker(self) -> NoReturn:
        """Quit when the master has been silent for MASTER_HEARTBEAT_TIMEOUT seconds."""
        while True:
            began = time.time()
            gevent.sleep(CHECK_SECONDS)
            slept = time.time() - began
            last = self.last_heartbeat_timestamp
            if last is None:
                continue
            if slept > 2 * CHECK_SECONDS:
                # This process stood still: that isn't the master's silence.
                self.last_heartbeat_timestamp = last + slept
            elif last < time.time() - runners.MASTER_HEARTBEAT_TIMEOUT:
                logger.error(
                    "Didn't get heartbeat from master in over %ds. Shutting down", runners.MASTER_HEARTBEAT_TIMEOUT
                )
                self.last_heartbeat_timestamp = None
                # It may still hear the goodbye, but its answer isn't waited for.
                self.is_orphan = True
                self._depute(self.quit)

    def stats_reporter(self) -> NoReturn:
        """Report what was counted every WORKER_REPORT_INTERVAL seconds."""
        while True:
            self._send_stats()
            gevent.sleep(runners.WORKER_REPORT_INTERVAL)

    def logs_reporter(self) -> None:
        """Report new log lines every WORKER_LOG_REPORT_INTERVAL seconds."""
        if runners.WORKER_LOG_REPORT_INTERVAL < 0:
            return
        while True:
            lines = log.get_logs()
            if lines != self.logs:
                self._send_logs(lines)
            gevent.sleep(runners.WORKER_LOG_REPORT_INTERVAL)

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send a message to the master's listeners (see `register_message`)."""
        logger.debug("Sending %s message to master", msg_type)
        self._send(msg_type, data)

    def _send_stats(self) -> None:
        data: dict[str, Any] = {}
        self.environment.events.report_to_master.fire(client_id=self.client_id, data=data)
        self._drop_what_can_not_travel(data)
        if not self._is_master_ours:
            self._send("stats", data)
            return
        data[RUN] = self._run
        now = time.monotonic()
        again = self._outbox.overdue(now)
        self._outbox.add(data, now)
        for report in (*again, data):
            self._send("stats", report)

    def _drop_what_can_not_travel(self, data: dict[str, Any]) -> None:
        """Without what a listener added and msgpack doesn't take, the rest arrives."""
        for name in data.keys() - STANDARD_PARTS:
            try:
                Message("stats", data[name], None).serialize()
            except Exception as error:
                logger.error("A listener of report_to_master added '%s', which can't be sent: %s", name, error)
                del data[name]

    def _flush(self) -> None:
        """Wait until the master has all reports, for some seconds."""
        deadline = time.monotonic() + LONGEST_FLUSH_SECONDS
        while self._outbox and time.monotonic() < deadline and not self.is_orphan:
            for report in self._outbox.overdue(time.monotonic(), seconds=FLUSH_AGAIN_SECONDS):
                self._send("stats", report)
            gevent.sleep(FLUSH_CHECK_SECONDS)
        if self._outbox:
            logger.warning(
                "The master didn't say that it has the last %d report(s): what they count may be lost",
                len(self._outbox),
            )

    def _send_logs(self, current_logs: list[str]) -> None:
        self.logs = current_logs
        self.send_message("logs", {"worker_id": self.client_id, "logs": current_logs})

    def _add_users(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        data["user_classes_count"] = self.user_classes_count
        data["user_count"] = self.user_count

    def _on_user_error(self, user_instance: Any, exception: BaseException, tb: TracebackType | None, **_: Any) -> None:
        self._tell_of_trouble(str(exception), "".join(traceback.format_tb(tb)))

    def _tell_of_trouble(self, message: str, formatted_traceback: str) -> None:
        self.log_exception(self.client_id, message, formatted_traceback)
        self._send("exception", {"msg": message, "traceback": formatted_traceback})

    def _on_quitting(self, environment: Environment, **_: Any) -> None:
        self._is_leaving = True
        self.worker_state = STATE_STOPPING
        if self._is_master_ours and not self._has_said_goodbye:
            # First of all: others take over while users here finish their tasks.
            self._send(LEAVING)
        self._stop_once()
        self._say_goodbye()

    # --- the connection ------------------------------------------------------------------------------------------

    def connect_to_master(self) -> None:
        """Ask the master to accept this worker, as often as it takes.

        Raises:
            ConnectionError: it took too long.
        """
        while True:
            self._send("client_ready", __version__)
            if self.connection_event.wait(timeout=runners.CONNECT_TIMEOUT):
                self.connected = True
                return
            self.retry += 1
            if self.retry > runners.CONNECT_RETRY_COUNT:
                raise ConnectionError
            if self.retry == 1:
                logger.warning(
                    "No answer from a master at %s:%s. Trying on for %d seconds",
                    self.master_host,
                    self.master_port,
                    runners.CONNECT_TIMEOUT * runners.CONNECT_RETRY_COUNT,
                )

    def reset_connection(self) -> None:
        """Connect anew, with the same id."""
        logger.info("Reset connection to master")
        try:
            self.client.close(linger=0)
            self.client = rpc.rpc.Client(self.master_host, self.master_port, self.client_id)
        except RPCError as error:
            logger.error("Temporary failure when resetting connection: %s, will retry later.", error)

    def worker(self) -> NoReturn:
        """Listen to the master."""
        while True:
            try:
                msg = self.client.recv()
            except RPCReceiveError as error:
                logger.error("RPCError when receiving from master: %s", error)
                continue
            except RPCError as error:
                logger.error("RPCError found when receiving from master: %s", error)
                gevent.sleep(runners.FALLBACK_INTERVAL)
                self.reset_connection()
                continue
            self.handle_message(msg)

    def handle_message(self, msg: Message) -> None:
        """Act on what the master says."""
        handler = self._handlers.get(msg.type)
        if handler is not None:
            self._act(handler, msg)
            return
        logger.debug("Received %s message from master", msg.type)
        if not self._hand_to_listener(msg):
            logger.warning("Unknown message type received: %s", msg.type)

    def _act(self, handler: Callable[[Any], None], msg: Message) -> None:
        try:
            handler(msg.data)
        except MalformedError as error:
            logger.error("Ignored a %s message of the master that makes no sense: %s", msg.type, error)
        except Exception:
            # Whatever it was: the next message is to be heard.
            logger.exception("Unexpected error while handling a %s message of the master", msg.type)

    def _send(self, msg_type: str, data: Any = None) -> None:
        try:
            self.client.send(Message(msg_type, data, self.client_id))
        except RPCSendError as error:
            logger.error("Can't send a %s message to the master: %s", msg_type, error)

    # --- one message, one method ---------------------------------------------------------------------------------

    def _on_ack(self, data: Any) -> None:
        known = data if isinstance(data, dict) else {}
        if "index" in known:
            self.worker_index = known["index"]
        self._is_master_ours = known.get(EXTENSION) == EXTENSION_VERSION
        self.stats.reports_as_bytes = self._is_master_ours
        self.connection_event.set()
        for report in self._outbox.overdue(time.monotonic(), seconds=0):
            self._send("stats", report)

    def _on_report_accepted(self, data: Any) -> None:
        self._outbox.accepted(data)

    def _on_spawn(self, data: Any) -> None:
        if self._is_leaving:
            return
        job = job_of(data)
        self._send("spawning")
        if job.timestamp <= self.last_received_spawn_timestamp:
            logger.info("Discard spawn message with older or equal timestamp than timestamp of previous spawn message")
            return
        self.last_received_spawn_timestamp = job.timestamp
        self._run = job.run
        environment = self.environment
        environment.host = job.host
        environment.stop_timeout = job.stop_timeout
        if environment.parsed_options is not None:
            follow(environment.parsed_options, job.options)
            environment.tags = getattr(environment.parsed_options, "tags", None) or None
            environment.exclude_tags = getattr(environment.parsed_options, "exclude_tags", None) or None
        current = self.spawning_greenlet
        if current is not None:
            current.kill(block=True)
        self.spawning_greenlet = self._own(self.start_worker, job.users)

    def _on_all_spawned(self, data: Any) -> None:
        self.environment.events.spawning_complete.fire(user_count=user_count_of(data))

    def _on_stop(self, data: Any) -> None:
        # In a greenlet of its own: the next messages don't wait until users have finished their tasks.
        self._depute(self._stop_for_master)

    def _stop_for_master(self) -> None:
        self.stop()
        self._send_stats()
        self._send("client_stopped")
        gevent.sleep(float(os.getenv(WAIT_BEFORE_READY, "0")))
        self.worker_state = STATE_INIT
        self._send("client_ready", __version__)

    def _on_quit(self, data: Any) -> None:
        logger.info("Got quit message from master, shutting down...")
        self._is_leaving = True
        self._depute(self._quit_for_master)

    def _quit_for_master(self) -> None:
        self.stop()
        self._say_goodbye()
        self.greenlet.kill(block=True)

    def _say_goodbye(self) -> None:
        """Report what was counted last, and leave; or wait until another greenlet has done so."""
        if self._has_said_goodbye:
            self._goodbye_said.wait()
            return
        self._is_leaving = True
        self._has_said_goodbye = True
        try:
            self._send_stats()
            self._flush()
            self._send("quit")
        finally:
            self._goodbye_said.set()

    def _on_reconnect(self, data: Any) -> None:
        logger.warning("Received reconnect message from master. Resetting RPC connection.")
        self.reset_connection()
        self._send("client_ready", __version__)

    def _on_heartbeat(self, data: Any) -> None:
        now = self.last_heartbeat_timestamp = time.time()
        if isinstance(data, float) and now - self._beat_at < QUICK_ECHO_SECONDS:
            # The master's time when it answered, which was halfway.
            self._clock_ahead_seconds = (self._beat_at + now) / 2 - data
        self.environment.events.heartbeat_received.fire(
            client_id=self.client_id, timestamp=self.last_heartbeat_timestamp
        )

    def _on_update_user_class(self, data: Any) -> None:
        self.environment.update_user_class(data)
