"""Gregaria: load tests in plain Python on a Rust engine, under Locust's names."""

from __future__ import annotations

from locust._patch import patch_standard_library

patch_standard_library()

from typing import TYPE_CHECKING, Any  # noqa: E402

from locust._version import __version__  # noqa: E402
from locust.contrib.fasthttp import FastHttpUser  # noqa: E402
from locust.event import Events  # noqa: E402
from locust.shape import LoadTestShape  # noqa: E402
from locust.user import wait_time  # noqa: E402
from locust.user.markov_taskset import MarkovTaskSet, transition, transitions  # noqa: E402
from locust.user.sequential_taskset import SequentialTaskSet  # noqa: E402
from locust.user.task import TaskSet, tag, task  # noqa: E402
from locust.user.users import HttpUser, User  # noqa: E402
from locust.user.wait_time import between, constant, constant_pacing, constant_throughput, poisson  # noqa: E402

if TYPE_CHECKING:
    from locust.debug import run_single_user

events = Events()

__all__ = (
    "FastHttpUser",
    "HttpUser",
    "LoadTestShape",
    "MarkovTaskSet",
    "SequentialTaskSet",
    "TaskSet",
    "User",
    "__version__",
    "between",
    "constant",
    "constant_pacing",
    "constant_throughput",
    "events",
    "poisson",
    "run_single_user",
    "tag",
    "task",
    "transition",
    "transitions",
    "wait_time",
)
