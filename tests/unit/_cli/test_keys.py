"""Keys that change the number of users."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from locust._cli.keys import key_actions
from locust.runners import STATE_RUNNING, STATE_SPAWNING


class FakeRunner(SimpleNamespace):
    def start(self, user_count: int, spawn_rate: float) -> None:
        self.started.append((user_count, spawn_rate))


@pytest.mark.parametrize(("key", "user_count"), [("w", 6), ("W", 15), ("s", 4), ("S", 0)])
def test_a_key_changes_the_number_of_users(key: str, user_count: int) -> None:
    runner = FakeRunner(state=STATE_RUNNING, user_count=5, started=[])

    key_actions(runner)[key]()

    assert runner.started == [(user_count, 100)]


@pytest.mark.parametrize(
    ("key", "refusal"),
    [("w", "Already spawning users, can't spawn more right now"), ("S", "Spawning users, can't stop right now")],
)
def test_users_that_are_being_spawned_are_waited_for(key: str, refusal: str, caplog: pytest.LogCaptureFixture) -> None:
    runner = FakeRunner(state=STATE_SPAWNING, user_count=5, started=[])

    with caplog.at_level(logging.WARNING):
        key_actions(runner)[key]()

    assert runner.started == []
    assert caplog.messages == [refusal]
