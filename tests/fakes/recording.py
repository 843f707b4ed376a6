"""What sessions report, kept in a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locust.event import EventHook


class Recording:
    """Gives out sessions and keeps each `request` event of theirs.

    Args:
        make_session: `(base_url, request_event, **keywords)` to a session.
    """

    def __init__(self, make_session: Callable[..., Any]) -> None:
        self._make_session = make_session
        self.event = EventHook()
        self.reports: list[dict[str, object]] = []
        self.event.add_listener(lambda **report: self.reports.append(report))

    def session(self, base_url: str, **keywords: object) -> Any:
        return self._make_session(base_url, self.event, **keywords)

    @property
    def errors(self) -> list[str]:
        return [repr(report["exception"]) for report in self.reports]
