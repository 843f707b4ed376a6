"""Running one user in this process, under a debugger."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import locust
from locust import argument_parser
from locust.env import Environment
from locust.log import setup_logging
from locust.util.borrowed import borrowed

if TYPE_CHECKING:
    from locust.user.users import User

_env: Environment | None = None
"""Shared by all calls of `run_single_user`."""


_COLUMN_WIDTHS = {"time": 24, "name": 50, "resp_ms": 7, "exception": 9}


class PrintListener:
    """Prints a line of tab-separated columns for each request, and their titles now."""

    def __init__(
        self,
        env: Environment,
        include_length: bool = False,
        include_time: bool = False,
        include_context: bool = False,
        include_payload: bool = False,
    ) -> None:
        shown = {"time": include_time, "length": include_length, "context": include_context, "payload": include_payload}
        columns = ("time", "type", "name", "resp_ms", "length", "exception", "context", "payload")
        self._columns = [column for column in columns if shown.get(column, True)]
        env.events.request.add_listener(self.on_request)
        sys.stdout.write("\n")
        self._print_row({column: column for column in columns})

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int | None,
        exception: BaseException | None,
        context: dict[str, Any],
        start_time: float | None = None,
        response: Any = None,
        **_kwargs: Any,
    ) -> None:
        """Listens to `request`."""
        started = time.time() if start_time is None else start_time
        self._print_row(
            {
                "time": str(datetime.fromtimestamp(started, tz=timezone.utc)),
                "type": request_type,
                "name": name,
                "resp_ms": "-1" if response_time is None else str(round(response_time)),
                "length": str(response_length),
                "exception": "" if exception is None else repr(exception),
                "context": str(context) if context else "",
                "payload": str(getattr(getattr(response, "request", None), "body", None) or ""),
            }
        )

    def _print_row(self, cells: dict[str, str]) -> None:
        row = [f"{cells[column]:<{_COLUMN_WIDTHS.get(column, 0)}}\t" for column in self._columns]
        sys.stdout.write("".join(row) + "\n")


def run_single_user(
    user_class: type[User],
    include_length: bool = False,
    include_time: bool = False,
    include_context: bool = False,
    include_payload: bool = False,
    loglevel: str | None = "WARNING",
) -> None:
    """Runs one user of `user_class` until it stops, and prints its requests: for debugging a locustfile.

    Put it at the end of the file, under `if __name__ == "__main__":`, and start the file with Python, or your editor's
    debugger. It takes Locust's options from the command line. There is no runner: `init` is fired with `runner=None`,
    then `test_start`; nothing is fired at the end.

    Args:
        user_class: the class of the user.
        include_length: print the size of each response, in bytes.
        include_time: print when each request started, in UTC.
        include_context: print each request's context.
        include_payload: print each request's body.
        loglevel: of the logging to be set up; `None` leaves logging alone.
    """
    global _env
    if loglevel:
        setup_logging(loglevel)
    if _env is None:
        options = argument_parser.parse_options()
        _env = Environment(events=locust.events, host=options.host, parsed_options=options)
        PrintListener(_env, include_length, include_time, include_context, include_payload)
        _env.events.init.fire(environment=_env, runner=None, web_ui=None)
    _env.user_classes = [user_class]
    if _env.host is not None:
        user_class.host = _env.host
    _env.events.test_start.fire(environment=_env)
    user = user_class(_env)
    _env.single_user_instance = user
    user.run()


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "CatchResponseError": "locust.exception",
            "RescheduleTask": "locust.exception",
        },
    )
