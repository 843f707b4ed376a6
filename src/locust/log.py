"""Logging as Locust sets it up: one format, the last lines kept for the web UI, exceptions of greenlets told."""

from __future__ import annotations

import logging
import logging.config
import os
import re
import socket
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gevent

HOSTNAME = re.sub(r"\..*", "", socket.gethostname())

# Upstream's name, read and set by plugins: something other than a request or task failed. Makes the exit code 2.
unhandled_greenlet_exception: bool = False


def mark_unhandled_exception() -> None:
    """Makes the exit code 2, unless failures make it another."""
    global unhandled_greenlet_exception
    unhandled_greenlet_exception = True


class LogReader(logging.Handler):
    """Keeps the last 500 lines in `logs`."""

    def __init__(self) -> None:
        super().__init__()
        self.logs: deque[str] = deque(maxlen=500)

    def emit(self, record: logging.LogRecord) -> None:
        self.logs.append(self.format(record))


def setup_logging(loglevel: str, logfile: str | None = None) -> None:
    """Logs to stderr, or to `logfile`, and keeps the last lines for `get_logs`.

    The console's tables (logger `locust.stats_logger`) always go to stderr, as they are.

    Args:
        loglevel: the name of a level, in any case.
        logfile: appended to; missing folders are made.

    Raises:
        OSError: the file can't be opened.
        ValueError: there is no such level.
    """
    level = loglevel.upper()
    if not isinstance(logging.getLevelName(level), int):
        raise ValueError(f"no log level {loglevel!r}: take DEBUG, INFO, WARNING, ERROR or CRITICAL")
    if logfile:
        os.makedirs(os.path.dirname(os.path.abspath(logfile)), exist_ok=True)
        # Tried first: dictConfig would wrap what went wrong in a ValueError.
        with open(logfile, "a"):
            pass
    main_handler = "log_file" if logfile else "console"
    both = [main_handler, "log_reader"]
    handlers: dict[str, Any] = {
        "console": {"class": "logging.StreamHandler", "formatter": "default"},
        "console_plain": {"class": "logging.StreamHandler", "formatter": "plain"},
        "log_reader": {"class": "locust.log.LogReader", "formatter": "default"},
    }
    if logfile:
        handlers["log_file"] = {"class": "logging.FileHandler", "filename": logfile, "formatter": "default"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "default": {
                    "format": f"[%(asctime)s] {HOSTNAME.replace('%', '%%')}/%(levelname)s/%(name)s: %(message)s"
                },
                "plain": {"format": "%(message)s"},
            },
            "handlers": handlers,
            "loggers": {
                "locust": {"handlers": both, "level": level, "propagate": False},
                "locust.stats_logger": {
                    "handlers": ["console_plain", "log_reader"],
                    "level": "INFO",
                    "propagate": False,
                },
            },
            "root": {"handlers": both, "level": level},
        }
    )


def get_logs() -> list[str]:
    """Gives the last lines logged, oldest first; none before `setup_logging`."""
    for handler in logging.getLogger("locust").handlers:
        if isinstance(handler, LogReader):
            return list(handler.logs)
    return []


def greenlet_exception_logger(
    logger: logging.Logger, level: int = logging.CRITICAL
) -> Callable[[gevent.Greenlet[..., Any]], None]:
    """Gives a listener for `Greenlet.link_exception` that logs the exception and makes the exit code 2.

    A greenlet that called `sys.exit` gets a short line, and no more.
    """

    def exception_handler(greenlet: gevent.Greenlet[..., Any]) -> None:
        if greenlet.exc_info is None or greenlet.exc_info[1] is None:
            return
        kind, error, trace = greenlet.exc_info
        if isinstance(error, SystemExit):
            logger.log(min(logging.INFO, level), "sys.exit(%s) called (use log level DEBUG for callstack)", error.code)
            logger.log(logging.DEBUG, "Unhandled exception in greenlet: %s", greenlet, exc_info=(kind, error, trace))
            return
        logger.log(level, "Unhandled exception in greenlet: %s", greenlet, exc_info=(kind, error, trace))
        mark_unhandled_exception()

    return exception_handler
