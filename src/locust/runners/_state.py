"""The states of a runner and what leads from one to another."""

from __future__ import annotations

from typing import Literal

from locust.exception import LocustError

STATE_INIT = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_CLEANUP = "cleanup"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_MISSING = "missing"

UNDER_WAY = frozenset({STATE_SPAWNING, STATE_RUNNING})
"""A test is going on."""

Step = Literal["shape", "spawn", "spawned", "stop", "halt", "stopped"]

TRANSITIONS: dict[Step, dict[str, str]] = {
    "shape": {
        STATE_INIT: STATE_INIT,
        STATE_STOPPED: STATE_INIT,
        # A shape may take over a test that is going on.
        STATE_SPAWNING: STATE_SPAWNING,
        STATE_RUNNING: STATE_RUNNING,
    },
    "spawn": {
        STATE_INIT: STATE_SPAWNING,
        STATE_STOPPED: STATE_SPAWNING,
        STATE_SPAWNING: STATE_SPAWNING,
        STATE_RUNNING: STATE_SPAWNING,
    },
    "spawned": {
        STATE_SPAWNING: STATE_RUNNING,
        STATE_RUNNING: STATE_RUNNING,
    },
    "stop": {
        # Also without a user: library users stop what they never started.
        STATE_INIT: STATE_CLEANUP,
        STATE_SPAWNING: STATE_CLEANUP,
        STATE_RUNNING: STATE_CLEANUP,
        # A stop that was killed halfway is taken up again.
        STATE_CLEANUP: STATE_CLEANUP,
    },
    # A master's stop: its workers clean up.
    "halt": {
        STATE_INIT: STATE_STOPPING,
        STATE_SPAWNING: STATE_STOPPING,
        STATE_RUNNING: STATE_STOPPING,
        STATE_STOPPING: STATE_STOPPING,
    },
    "stopped": {
        STATE_CLEANUP: STATE_STOPPED,
        STATE_STOPPING: STATE_STOPPED,
    },
}


KNOWN = frozenset(
    {STATE_INIT, STATE_SPAWNING, STATE_RUNNING, STATE_CLEANUP, STATE_STOPPING, STATE_STOPPED, STATE_MISSING}
)


def can(step: Step, state: str) -> bool:
    """Whether the step leads on from this state."""
    return state in TRANSITIONS[step] or state not in KNOWN


def after(step: Step, state: str) -> str:
    """The state a step leads to.

    Locustfiles set states of their own (`runner.state = "preparing"`) to be seen in the web UI: every step leads on.

    Raises:
        LocustError: the step is not possible in this state.
    """
    if state not in KNOWN:
        return next(iter(TRANSITIONS[step].values()))
    try:
        return TRANSITIONS[step][state]
    except KeyError:
        possible = ", ".join(TRANSITIONS[step])
        raise LocustError(
            f"A runner that is {state} cannot take the step {step!r}, only one that is {possible}"
        ) from None
