"""What users report to their environment, kept in a list."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent

from locust.env import Environment
from locust.user.users import User

DEADLINE_SECONDS = 10.0


class Reports:
    """An environment that keeps each `request` event."""

    def __init__(self) -> None:
        self.environment = Environment()
        self.all: list[dict[str, Any]] = []
        self.environment.events.request.add_listener(lambda **report: self.all.append(report))

    def user(self, base: type[User], **attributes: Any) -> Any:
        """Gives a user of a new class with these attributes."""
        return type("Tested", (base,), attributes)(self.environment)

    @property
    def rows(self) -> list[tuple[str, str, str | None]]:
        """Type, name and error of each."""
        return [
            (
                report["request_type"],
                report["name"],
                None if (error := report.get("exception")) is None else repr(error),
            )
            for report in self.all
        ]

    @property
    def errors(self) -> list[str | None]:
        """Name of the class of each one's error."""
        return [None if (error := report.get("exception")) is None else type(error).__name__ for report in self.all]

    def wait_for(self, count: int) -> None:
        """Waits until there are so many.

        Raises:
            AssertionError: there aren't.
        """
        wait_until(lambda: len(self.all) >= count, lambda: f"{count} wanted, there are {self.rows}")


def wait_until(is_so: Callable[[], bool], explain: Callable[[], str] = lambda: "it never became so") -> None:
    """Lets greenlets run until a condition holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(explain())
        gevent.sleep(0.005)
