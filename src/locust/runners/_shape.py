"""Plays a LoadTestShape: asks it once a second and steers its runner."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gevent

from locust.runners._state import STATE_INIT, UNDER_WAY

if TYPE_CHECKING:
    from locust.runners import Runner
    from locust.user.users import User

logger = logging.getLogger("locust.runners")

TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Target:
    """What a shape asks for."""

    user_count: int
    spawn_rate: float
    user_classes: list[type[User]] | None = None


def target_of(tick: Any) -> Target:
    """Read what a locustfile's `tick()` returned.

    Raises:
        ValueError: it is not two or three values.
    """
    if not isinstance(tick, (tuple, list)) or len(tick) not in (2, 3):
        raise ValueError(
            "tick() of a LoadTestShape must return (users, spawn rate), (users, spawn rate, user classes) or None, "
            f"got {tick!r}"
        )
    return Target(*tick)


def play(runner: Runner) -> None:
    """Follow the shape until it ends; then stop the test, or quit when nobody is there to start another."""
    logger.info("Shape worker starting")
    while runner.state == STATE_INIT or runner.state in UNDER_WAY:
        began = time.perf_counter()
        shape = runner.environment.shape_class
        tick = shape.tick() if shape is not None else None
        if tick is None:
            logger.info("Shape test stopping")
            # No longer among what stopping ends, so that whoever joins this greenlet finds the test stopped.
            runner.shape_greenlet = None
            runner._finish()
            return
        if tick != runner.shape_last_tick:
            target = target_of(tick)
            logger.info("Shape test updating to %d users at %.2f spawn rate", target.user_count, target.spawn_rate)
            runner.start(target.user_count, target.spawn_rate, user_classes=target.user_classes)
            runner.shape_last_tick = tick
        gevent.sleep(max(0.0, TICK_SECONDS - (time.perf_counter() - began)))
