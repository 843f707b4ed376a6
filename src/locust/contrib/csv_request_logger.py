"""Writes each request to a CSV file, one line each."""

from __future__ import annotations

import contextlib
import csv
import logging
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from locust.env import Environment

logger = logging.getLogger(__name__)

__all__ = ["CSV_COLUMNS", "CsvRequestLogger"]

CSV_COLUMNS = (
    "timestamp",
    "request_type",
    "name",
    "response_time_ms",
    "response_length",
    "status_code",
    "exception",
)


class CsvRequestLogger:
    """Writes each request of an environment to a file. A process writes those of its own users.

    Args:
        filepath: the file; an older one is overwritten.
        flush_interval: how many requests are written at once; 1 loses none in a crash.
    """

    def __init__(self, filepath: str, *, flush_interval: int = 1) -> None:
        self.filepath = filepath
        self.flush_interval = flush_interval
        self._file: TextIO | None = None
        self._pending = 0

    def register(self, environment: Environment) -> None:
        """Opens the file and begins to write; ends when the environment quits.

        Raises:
            OSError: the file can't be written.
        """
        self._open()
        environment.events.request.add_listener(self._on_request)
        environment.events.quitting.add_listener(self._on_quitting)

    def close(self) -> None:
        """Ends writing. Does nothing when it has ended."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                logger.error("Can't write the last requests to '%s': %s", self.filepath, error.strerror)

    def _open(self) -> None:
        # register() again goes on in a new file, as upstream's.
        self.close()
        self._file = open(self.filepath, "w", newline="", encoding="utf-8")  # noqa: SIM115 (closed by close)
        self._write(CSV_COLUMNS)
        self._file.flush()

    def _write(self, row: tuple[Any, ...]) -> None:
        csv.writer(self._file, lineterminator="\n").writerow(row)  # type: ignore[arg-type]

    def _on_request(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int,
        exception: Any = None,
        response: Any = None,
        start_time: float | None = None,
        **_: Any,
    ) -> None:
        if self._file is None:
            return
        try:
            self._write(
                (
                    round(time.time() if start_time is None else start_time, 6),
                    request_type,
                    name,
                    "" if response_time is None else round(response_time, 2),
                    response_length,
                    _status_code(response, exception),
                    "" if exception is None else str(exception),
                )
            )
            self._pending += 1
            if self._pending >= self.flush_interval:
                self._pending = 0
                self._file.flush()
        except OSError as error:
            logger.error("Can't write requests to '%s' any more: %s", self.filepath, error.strerror)
            file, self._file = self._file, None
            with contextlib.suppress(OSError):
                file.close()

    def _on_quitting(self, **_: Any) -> None:
        self.close()


def _status_code(response: Any, exception: Any) -> int:
    """The response's status, 0 without one. `exception` is there because upstream's has it, and others import it."""
    status = getattr(response, "status_code", None)
    return status if isinstance(status, int) else 0
