"""Keys that change the number of users while a run goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from locust.runners import Runner

# Users added at once are to be there at once.
SPAWN_RATE: Final = 100
STEPS: Final = {"w": 1, "W": 10, "s": -1, "S": -10}


def key_actions(runner: Runner) -> dict[str, Callable[[], object]]:
    """Gives what each key does."""

    def change_users(step: int) -> Callable[[], None]:
        def action() -> None:
            from locust.runners import STATE_SPAWNING

            if runner.state == STATE_SPAWNING:
                refusal = (
                    "Already spawning users, can't spawn more right now"
                    if step > 0
                    else "Spawning users, can't stop right now"
                )
                logging.warning(refusal)
                return
            runner.start(max(0, runner.user_count + step), SPAWN_RATE)

        return action

    return {key: change_users(step) for key, step in STEPS.items()}
