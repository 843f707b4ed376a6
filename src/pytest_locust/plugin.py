"""Clients as pytest fixtures: the same test checks a site under pytest, and loads it when `locust -f` runs it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

# Locust is imported when a fixture is used: other test runs must not wait for it, nor be patched by gevent.
if TYPE_CHECKING:
    from locust.clients import HttpSession
    from locust.contrib.fasthttp import FastHttpSession
    from locust.user.users import User

_config: pytest.Config | None = None


class NoOpEvent:
    """Stands for `events.request` under pytest, where nobody counts."""

    def fire(self, *, reverse: bool = False, **kwargs: Any) -> None:
        """Does nothing."""


@pytest.hookimpl
def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--host`, unless another plugin has it."""
    with suppress(ValueError):
        parser.addoption("--host", "-H", help="Locust: base URL of what is tested, such as http://shop.example")


@pytest.hookimpl
def pytest_configure(config: pytest.Config) -> None:
    """Keeps the options for the fixtures."""
    global _config
    _config = config


@pytest.fixture
def session(user: User | None = None) -> Iterator[HttpSession]:
    """A client as of `HttpUser`. Under Locust it belongs to the user that runs the test."""
    _import_locust()
    from locust.clients import HttpSession

    client = HttpSession(base_url=_host(user), request_event=_event(user), user=user)
    client.trust_env = False
    yield client
    client.close()


@pytest.fixture
def fastsession(user: User | None = None) -> Iterator[FastHttpSession]:
    """A client as of `FastHttpUser`. Under Locust it belongs to the user that runs the test."""
    _import_locust()
    from locust.contrib.fasthttp import FastHttpSession

    # A generator, as `session` is.
    yield FastHttpSession(base_url=_host(user), request_event=_event(user), user=user)  # noqa: PT022


def _import_locust() -> None:
    with warnings.catch_warnings():
        # gevent warns that it comes late: other plugins have imported ssl, which these clients don't use.
        warnings.simplefilter("ignore")
        import locust  # noqa: F401


def _host(user: User | None) -> str:
    if user is not None:
        return user.host or ""
    given = _config.getoption("--host", None) if _config else None
    # Requests to whole URLs need none.
    return str(given or os.environ.get("LOCUST_HOST") or "")


def _event(user: User | None) -> Any:
    return NoOpEvent() if user is None else user.environment.events.request
