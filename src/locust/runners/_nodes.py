"""What a runner knows of the nodes that run users."""

from __future__ import annotations

from locust.runners._state import STATE_INIT


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

    @property
    def user_count(self) -> int:
        return sum(self.user_classes_count.values())
