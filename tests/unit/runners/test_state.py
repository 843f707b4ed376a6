"""The table of a runner's states."""

from __future__ import annotations

import pytest

from locust import runners
from locust.exception import LocustError
from locust.runners._state import TRANSITIONS, after, can

LIFE = ["spawn", "spawned", "spawn", "spawned", "stop", "stopped", "shape", "spawn", "stop", "stopped"]


def test_the_states_have_the_names_that_are_on_the_wire():
    names = ["INIT", "SPAWNING", "RUNNING", "CLEANUP", "STOPPING", "STOPPED", "MISSING"]

    assert [getattr(runners, f"STATE_{name}") for name in names] == [
        "ready",
        "spawning",
        "running",
        "cleanup",
        "stopping",
        "stopped",
        "missing",
    ]


def test_a_test_runs_stops_and_runs_again():
    state, states = "ready", []
    for step in LIFE:
        state = after(step, state)
        states.append(state)

    assert states == [
        "spawning",
        "running",
        "spawning",
        "running",
        "cleanup",
        "stopped",
        "ready",
        "spawning",
        "cleanup",
        "stopped",
    ]


@pytest.mark.parametrize(
    ("step", "state"), [("spawn", "cleanup"), ("spawned", "ready"), ("stopped", "running"), ("stop", "stopped")]
)
def test_a_step_that_is_not_in_the_table_is_refused(step, state):
    assert not can(step, state)
    with pytest.raises(LocustError, match=f"A runner that is {state} cannot take the step '{step}'"):
        after(step, state)


def test_every_state_that_a_step_leads_to_leads_on():
    results = {state for steps in TRANSITIONS.values() for state in steps.values()}

    assert all(any(can(step, state) for step in TRANSITIONS) for state in results)


@pytest.mark.parametrize(
    ("step", "state"),
    [
        ("spawn", runners.STATE_SPAWNING),
        ("spawned", runners.STATE_RUNNING),
        ("stop", runners.STATE_CLEANUP),
        ("stopped", runners.STATE_STOPPED),
        ("shape", runners.STATE_INIT),
    ],
)
def test_a_state_of_the_locustfile_itself_stops_nothing(step, state):
    assert can(step, "preparing test data")
    assert after(step, "preparing test data") == state
