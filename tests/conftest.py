"""What all tests share."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import pytest
from fakes.servers import python_server
from hypothesis import settings

from locust.env import Environment
from locust.runners import Runner

# On a busy machine an example may take any time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

SERVE_TARGET = "from locust import _native; _native.serve_target('127.0.0.1', 0, lambda port: print(port, flush=True))"


@pytest.fixture(scope="session")
def target() -> Iterator[str]:
    """Base URL of the bundled target, served by a process of its own."""
    with python_server("-c", SERVE_TARGET) as url:
        yield url


@pytest.fixture(autouse=True)
def no_runner_outlives_its_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ends what runners that nobody quit still do: later tests would hear of it."""
    made: list[weakref.ref[Runner]] = []
    initialize = Runner.__init__

    def note(self: Runner, environment: Environment) -> None:
        made.append(weakref.ref(self))
        initialize(self, environment)

    monkeypatch.setattr(Runner, "__init__", note)
    yield
    for reference in made:
        if (runner := reference()) is not None and (greenlets := getattr(runner, "greenlet", None)) is not None:
            greenlets.kill(block=False)
