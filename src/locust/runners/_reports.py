"""Reports of statistics between our own nodes: numbered, kept until the master has them, and counted once.

Upstream's go once, and are gone when they get lost. So a master of ours says in its `ack` that it knows numbers, and
answers each report with `fleet_report_accepted`; a worker of ours numbers its reports then, and sends them again until
that comes. Nothing of it is seen by nodes of other make.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

EXTENSION: Final = "fleet"
"""The key in `ack` (and in the heartbeats of our workers) that says what a node knows beyond upstream's protocol."""
EXTENSION_VERSION: Final = 1
NUMBER: Final = "report"
# Types of messages, named so that no locustfile has them.
REPORT_ACCEPTED: Final = "fleet_report_accepted"
LEAVING: Final = "fleet_leaving"
RUN: Final = "run"
CLOCK_AHEAD: Final = "clock_ahead"
"""In heartbeats of our workers: seconds that a worker's clock is ahead of its master's, as its echoes told."""
SEND_AGAIN_SECONDS: Final = 6.0
MOST_KEPT: Final = 10_000
MOST_MISSING: Final = 10_000
"""Reports with a higher number than one that hasn't come: a peer that leaves out more is out of its mind."""


@dataclass(slots=True)
class _Kept:
    data: dict[str, Any]
    sent_at: float


class Outbox:
    """What a worker has reported, until the master has it."""

    def __init__(self) -> None:
        self._last_number = 0
        self._kept: dict[int, _Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, data: dict[str, Any], now: float) -> None:
        """Number a report and keep it."""
        self._last_number += 1
        data[NUMBER] = self._last_number
        self._kept[self._last_number] = _Kept(data, now)
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def accepted(self, number: Any) -> None:
        """The master has this one."""
        self._kept.pop(number, None)

    def overdue(self, now: float, seconds: float = SEND_AGAIN_SECONDS) -> list[dict[str, Any]]:
        """Reports that the master should have had by now, oldest first; they're sent again."""
        due = [kept for kept in self._kept.values() if now - kept.sent_at >= seconds]
        for kept in due:
            kept.sent_at = now
        return [kept.data for kept in due]

    def clear(self) -> None:
        """A new test begins: the last one's numbers are of no use."""
        self._kept.clear()


class Ledger:
    """Which reports of one worker a master has counted."""

    def __init__(self) -> None:
        self._all_up_to = 0
        self._beyond: set[int] = set()

    @classmethod
    def of(cls, state: list[Any]) -> Ledger:
        """The one that gave this `state`."""
        ledger = cls()
        ledger._all_up_to, beyond = state
        ledger._beyond = set(beyond)
        return ledger

    def state(self) -> list[Any]:
        """What it knows, in a form that can be kept."""
        return [self._all_up_to, sorted(self._beyond)]

    @property
    def newest(self) -> int:
        return max(self._beyond, default=self._all_up_to)

    def enter(self, number: int) -> bool:
        """Note a report; false when it was counted before."""
        if number <= self._all_up_to or number in self._beyond:
            return False
        self._beyond.add(number)
        if len(self._beyond) > MOST_MISSING:
            self._all_up_to = min(self._beyond) - 1
        while self._all_up_to + 1 in self._beyond:
            self._all_up_to += 1
            self._beyond.remove(self._all_up_to)
        return True

    @property
    def gap_count(self) -> int:
        """Reports that are missing among those that came."""
        return self.newest - self._all_up_to - len(self._beyond)
