"""How a run comes to its end: by itself, after its time, or by a signal."""

from __future__ import annotations

import enum
import signal
from types import FrameType
from typing import Protocol

import gevent
from gevent.event import Event

_LOOK_AGAIN_SECONDS = 0.5


class Ending(enum.Enum):
    """Why a run ends."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"


class Joinable(Protocol):
    """A greenlet, or a group of them."""

    def join(self) -> object: ...


class Endings:
    """Waits for the first reason to end. Signals are caught between `with` and its end.

    The first SIGINT ends the run in order; one more raises `KeyboardInterrupt` wherever the process is, so that a task
    that never gives way can be got rid of too.

    Args:
        hears_interrupts: false ignores SIGINT, for a process that another one ends.
    """

    def __init__(self, *, hears_interrupts: bool = True) -> None:
        self._hears_interrupts = hears_interrupts
        self._first: Ending | None = None
        self._come = Event()
        self._previous: dict[signal.Signals, object] = {}

    def __enter__(self) -> Endings:
        for number, handler in ((signal.SIGINT, self._interrupt), (signal.SIGTERM, self._terminate)):
            self._previous[number] = signal.signal(number, handler)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal gave

    def come(self, ending: Ending) -> None:
        """Notes a reason; only the first counts."""
        if self._first is None:
            self._first = ending
            self._come.set()

    @property
    def has_come(self) -> bool:
        return self._first is not None

    def watch(self, greenlet: Joinable) -> None:
        """Lets the end of a greenlet be a reason."""
        gevent.spawn(self._await, greenlet)

    def wait(self, timeout: float | None = None) -> Ending | None:
        """Waits for the first reason; None when none has come after so many seconds."""
        # A signal is nothing that gevent's loop waits for: with nothing else to do it would end.
        reminder = gevent.get_hub().loop.timer(_LOOK_AGAIN_SECONDS, _LOOK_AGAIN_SECONDS)
        reminder.start(lambda: None)
        try:
            self._come.wait(timeout)
        except KeyboardInterrupt:
            self.come(Ending.INTERRUPTED)
        finally:
            reminder.stop()
            reminder.close()
        return self._first

    def _await(self, greenlet: Joinable) -> None:
        greenlet.join()
        self.come(Ending.FINISHED)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self._hears_interrupts:
            return
        if self._first is not None:
            raise KeyboardInterrupt
        self.come(Ending.INTERRUPTED)

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        self.come(Ending.TERMINATED)
