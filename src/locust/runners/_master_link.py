"""A master's connection: what workers say comes in here and is handed on, what they are told goes out."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import gevent

from locust import rpc, runners
from locust.exception import RPCError, RPCReceiveError, RPCSendError
from locust.rpc import Message
from locust.runners._distributed import DistributedRunner
from locust.runners._messages import MalformedError
from locust.runners._nodes import WorkerNode, WorkerNodes
from locust.runners._state import STATE_MISSING

if TYPE_CHECKING:
    from locust.env import Environment

logger = logging.getLogger("locust.runners")

MOST_SAID = 1_000
MOST_SAID_OF_ONE = 20


class MasterLink(DistributedRunner):
    """Listens to workers and speaks to them; whatever a peer sends, the others are heard."""

    def __init__(self, environment: Environment, master_bind_host: str, master_bind_port: int) -> None:
        super().__init__(environment)
        self.master_bind_host = master_bind_host
        self.master_bind_port = master_bind_port
        self.clients = WorkerNodes()
        self.worker_indexes: dict[str, int] = {}
        self.worker_index_max = 0
        self._handlers: dict[str, Callable[[str, Any], None]] = {}
        self._said: defaultdict[str, set[str]] = defaultdict(set)
        self.server = rpc.rpc.Server(master_bind_host, master_bind_port)

    def get_worker_index(self, client_id: str) -> int:
        """A worker's number: 0, 1, 2…, the same each time it connects, and never another's."""
        if client_id not in self.worker_indexes:
            self.worker_indexes[client_id] = self.worker_index_max
            self.worker_index_max += 1
        return self.worker_indexes[client_id]

    def client_listener(self) -> NoReturn:
        while True:
            try:
                client_id, msg = self.server.recv_from_client()
            except RPCReceiveError as error:
                self._on_unreadable(error)
                continue
            except RPCError as error:
                logger.error("RPCError: %s. Will reset RPC server.", error)
                self.connection_broken = True
                gevent.sleep(runners.FALLBACK_INTERVAL)
                continue
            msg.node_id = client_id
            self.handle_message(client_id, msg)
            self.check_stopped()

    def handle_message(self, client_id: str, msg: Message) -> None:
        """Act on what a worker says. A message that makes no sense changes nothing."""
        handler = self._handlers.get(msg.type)
        if handler is None:
            self._on_custom(client_id, msg)
            return
        try:
            handler(client_id, msg.data)
        except MalformedError as error:
            self._refuse(client_id, f"a {msg.type} message that makes no sense ({error})")
        except Exception:
            # Whatever it was: the other workers' messages are to be heard.
            logger.exception("Unexpected error while handling a %s message of %s", msg.type, client_id)

    def heartbeat_worker(self) -> NoReturn:
        """Count the seconds since each worker's last heartbeat."""
        while True:
            gevent.sleep(runners.HEARTBEAT_INTERVAL)
            if self.connection_broken:
                self.reset_connection()
                continue
            for node in list(self.clients.values()):
                if node.heartbeat < 0 and node.state != STATE_MISSING:
                    self._on_missing(node)
                if node.heartbeat <= runners.HEARTBEAT_DEAD_INTERNAL:
                    self._on_dead(node)
                else:
                    node.heartbeat -= 1

    def reset_connection(self) -> None:
        """Listen anew, on the same port."""
        logger.info("Resetting RPC server and all worker connections.")
        try:
            self.server.close(linger=0)
            self.server = rpc.rpc.Server(self.master_bind_host, self.master_bind_port)
            self.connection_broken = False
        except RPCError as error:
            logger.error("Temporary failure when resetting connection: %s, will retry later.", error)

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Send a message to the listeners of one worker, or of all (see `register_message`)."""
        for worker_id in [client_id] if client_id else self.clients:
            self._send(worker_id, msg_type, data)

    def _send(self, client_id: str, msg_type: str, data: Any = None) -> None:
        if msg_type != "spawn":
            logger.debug("Sending %s message to worker %s", msg_type, client_id)
        try:
            self.server.send_to_client(Message(msg_type, data, client_id))
        except RPCSendError as error:
            logger.error("Can't send a %s message to worker %s: %s", msg_type, client_id, error)

    def _send_quietly(self, client_id: str, msg_type: str, data: Any = None) -> None:
        try:
            self.server.send_to_client(Message(msg_type, data, client_id))
        except RPCSendError as error:
            logger.error("Can't send a %s message to worker %s: %s", msg_type, client_id, error)

    def _on_unreadable(self, error: RPCReceiveError) -> None:
        client_id = error.addr
        if client_id is None or client_id not in self.clients:
            self._refuse(client_id or "a node that says no id", str(error))
            return
        if self._is_first(client_id):
            logger.error("RPCError when receiving from worker: %s. Will reset client %s.", error, client_id)
        self._send(client_id, "reconnect")

    def _on_custom(self, client_id: str, msg: Message) -> None:
        logger.debug("Received %s message from worker %s (index %s)", msg.type, client_id, self._index_text(client_id))
        if not self._hand_to_listener(msg) and self._is_first(client_id, msg.type):
            logger.warning(
                "Unknown message type received from worker %s (index %s): %s",
                client_id,
                self._index_text(client_id),
                msg.type,
            )

    def _refuse(self, client_id: str, reason: str) -> None:
        """Say once for each sender what it sent."""
        if self._is_first(client_id):
            logger.warning("Ignored from %.300s: %.500s (said once for each sender)", client_id, reason)

    def _is_first(self, client_id: str, what: str = "") -> bool:
        """Whether something is worth a line in the log: it hasn't been said of this node, and not very much has."""
        said = self._said[client_id] if client_id in self._said or len(self._said) < MOST_SAID else None
        if said is None or what in said or len(said) >= MOST_SAID_OF_ONE:
            return False
        said.add(what)
        return True

    def _index_text(self, client_id: str) -> str:
        return str(self.worker_indexes.get(client_id, "unknown"))

    # --- what the others do about it ---------------------------------------------------------------------------------

    def check_stopped(self) -> None:
        """A message has been handled."""
        raise NotImplementedError

    def _on_missing(self, node: WorkerNode) -> None:
        """A worker hasn't been heard of for too long."""
        raise NotImplementedError

    def _on_dead(self, node: WorkerNode) -> None:
        """A worker hasn't been heard of for so long that it won't come back."""
        raise NotImplementedError
