"""Logging as Locust sets it up: one format, the last lines kept for the web UI, exceptions of greenlets told."""

from __future__ import annotations

import json
import logging
import logging.config
import os
import re
import socket
import sys
from collections import deque
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import gevent

_STANDARD_ATTRIBUTES: Final = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}

_TRACEBACK: Final = "Traceback (most recent call last)"

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
        try:
            self.logs.append(self.format(record))
        except Exception:
            # Arguments that don't fit the message; the other handler complains.
            self.logs.append(str(record.msg))


class LogFile(logging.FileHandler):
    """A file that a full disk does no harm to: one message on stderr, and the run goes on."""

    _has_failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._has_failed:
            self._has_failed = True
            sys.stderr.write(
                f"Can't log to '{self.baseFilename}' ({error.strerror}). The run goes on, and what can't be written "
                "there is lost\n"
            )


class JsonFormatter(logging.Formatter):
    """Makes one line of each entry: a JSON object.

    Keys: `time` (UTC), `level`, `logger`, `message`, `host`, `process` (its id); `exception` with its `type`, `message`
    and `traceback`, where there is one; `stack`, where it was asked for; and what the caller gave as `extra`.
    """

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD_ATTRIBUTES}
        entry = self._entry(record)
        try:
            return json.dumps({**extra, **entry}, default=str, allow_nan=False)
        except (ValueError, TypeError, RecursionError):
            # NaN, or a value that holds itself: readers of JSON can't take it.
            return json.dumps({**{name: repr(value) for name, value in extra.items()}, **entry})

    def _entry(self, record: logging.LogRecord) -> dict[str, Any]:
        at = datetime.fromtimestamp(record.created, timezone.utc).replace(tzinfo=None)
        entry: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds") + "Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "host": HOSTNAME,
            "process": record.process,
        }
        error = record.exc_info[1] if record.exc_info else _exception_among(record.args)
        if error is None and _TRACEBACK in entry["message"]:
            # Put into the message by whoever has just caught it.
            error = sys.exc_info()[1]
        if error is not None:
            entry["exception"] = {
                "type": type(error).__name__,
                "message": str(error),
                "traceback": self.formatException((type(error), error, error.__traceback__)),
            }
        if record.stack_info:
            entry["stack"] = self.formatStack(record.stack_info)
        return entry


def _exception_among(arguments: object) -> BaseException | None:
    """What a message tells of: many say `log.error("...: %s", error)`."""
    found = arguments if isinstance(arguments, tuple) else ()
    return next((argument for argument in found if isinstance(argument, BaseException)), None)


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
    _configure(loglevel, logfile, "default", "plain")


def setup_json_logging(loglevel: str, logfile: str | None = None) -> None:
    """As `setup_logging`, each entry one line of JSON; the lines of tables too, where they go the same way.

    Takes in what else would be text on stderr: warnings, and what nobody catches.

    Args:
        loglevel: the name of a level, in any case.
        logfile: appended to; missing folders are made.

    Raises:
        OSError: the file can't be opened.
        ValueError: there is no such level.
    """
    import gevent

    _configure(loglevel, logfile, "json", "plain" if logfile else "json")
    logging.captureWarnings(True)

    def tell_of(where: object, kind: Any, error: Any, trace: Any) -> None:
        logging.getLogger("locust").error("Nobody caught what %s raised", where, exc_info=(kind, error, trace))

    hub: Any = gevent.get_hub()
    hub.print_exception = tell_of
    sys.excepthook = lambda *raised: tell_of("the main program", *raised)


def _configure(loglevel: str, logfile: str | None, formatter: str, table_formatter: str) -> None:
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
        "console": {"class": "logging.StreamHandler", "formatter": formatter},
        "console_plain": {"class": "logging.StreamHandler", "formatter": table_formatter},
        "log_reader": {"class": "locust.log.LogReader", "formatter": "default"},
    }
    if logfile:
        handlers["log_file"] = {"class": "locust.log.LogFile", "filename": logfile, "formatter": formatter}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "default": {
                    "format": f"[%(asctime)s] {HOSTNAME.replace('%', '%%')}/%(levelname)s/%(name)s: %(message)s"
                },
                "plain": {"format": "%(message)s"},
                "json": {"()": "locust.log.JsonFormatter"},
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
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("locust.") and isinstance(logger, logging.Logger):
            logger.disabled = False  # dictConfig in a locustfile disables the loggers it does not name


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
