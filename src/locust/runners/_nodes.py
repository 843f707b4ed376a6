"""What a runner knows of the nodes that run users."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, ValuesView

from locust.runners._state import STATE_INIT, STATE_MISSING, STATE_RUNNING, STATE_SPAWNING


class WorkerNode:
    """A node that runs users; in a local run the process itself is the only one."""

    def __init__(self, id: str, state: str = STATE_INIT, heartbeat_liveness: int = 3) -> None:
        self.id = id
        self.state = state
        self.heartbeat = heartbeat_liveness
        self.cpu_usage = 0.0
        self.cpu_warning_emitted = False
        self.memory_usage = 0
        self.user_classes_count: dict[str, int] = {}
        self._is_ours = False
        self._last_report_at: float | None = None

    @property
    def user_count(self) -> int:
        return sum(self.user_classes_count.values())


class WorkerNodes(MutableMapping[str, WorkerNode]):
    """The workers that a master knows, by id, in the order in which they came."""

    def __init__(self) -> None:
        self._nodes: dict[str, WorkerNode] = {}

    def get_by_state(self, state: str) -> list[WorkerNode]:
        # Workers come and go while somebody goes through the list.
        return [node for node in self._nodes.values() if node.state == state]

    @property
    def all(self) -> ValuesView[WorkerNode]:
        return self.values()

    @property
    def ready(self) -> list[WorkerNode]:
        return self.get_by_state(STATE_INIT)

    @property
    def spawning(self) -> list[WorkerNode]:
        return self.get_by_state(STATE_SPAWNING)

    @property
    def running(self) -> list[WorkerNode]:
        return self.get_by_state(STATE_RUNNING)

    @property
    def missing(self) -> list[WorkerNode]:
        return self.get_by_state(STATE_MISSING)

    def __setitem__(self, client_id: str, node: WorkerNode) -> None:
        self._nodes[client_id] = node

    def __delitem__(self, client_id: str) -> None:
        del self._nodes[client_id]

    def __getitem__(self, client_id: str) -> WorkerNode:
        return self._nodes[client_id]

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._nodes))
