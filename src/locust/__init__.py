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
from locust.util.deprecation import DeprecatedHttpLocustClass as HttpLocust  # noqa: E402
from locust.util.deprecation import DeprecatedLocustClass as Locust  # noqa: E402

if TYPE_CHECKING:
    from locust._feed import feed
    from locust.debug import run_single_user

events = Events()

_SUBMODULES = frozenset(
    [
        "argument_parser",
        "clients",
        "debug",
        "dispatch",
        "env",
        "event",
        "exception",
        "html",
        "log",
        "main",
        "rpc",
        "runners",
        "shape",
        "stats",
        "user",
        "util",
        "web",
    ]
)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """`locust.runners` and the like without an import of their own; and what isn't worth loading unasked."""
        from importlib import import_module

        if name == "run_single_user":
            return import_module("locust.debug").run_single_user
        if name == "feed":
            return import_module("locust._feed").feed
        if name in _SUBMODULES:
            try:
                return import_module(f"locust.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"locust.{name}":
                    raise
        raise AttributeError(f"module 'locust' has no attribute {name!r}")


__all__ = (
    "FastHttpUser",
    "HttpLocust",
    "HttpUser",
    "LoadTestShape",
    "Locust",
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
    "feed",
    "poisson",
    "run_single_user",
    "tag",
    "task",
    "transition",
    "transitions",
    "wait_time",
)
