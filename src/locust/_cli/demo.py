"""`locust demo`: the bundled target, and a first run against it."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

from locust import _native
from locust.exception import LocustError

QUICKSTART: Final = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_demo", "quickstart.py")
RUN: Final = ("-u", "50", "-r", "25")
# What the target's process says once it answers; the address follows.
READY: Final = "Target ready at "
STOP_TIMEOUT_SEC: Final = 5.0


def run_demo(arguments: list[str], *, run_locust: Callable[[list[str]], int]) -> int:
    """Runs `locust demo` with these arguments and gives the exit code.

    Args:
        arguments: what comes after `demo`.
        run_locust: runs Locust's own command line.
    """
    options = _parser().parse_args(arguments)
    if options.target_only:
        return _serve(options.host, 8000 if options.port is None else options.port, options.until_stdin_closes)
    with _target_process(options.host, options.port or 0) as address:
        mode = ["--headless"] if options.headless else ["--autostart", "--web-host", "127.0.0.1"]
        run_time = options.run_time or ("20s" if options.headless else "10m")
        return run_locust(["-f", QUICKSTART, "-H", address, *mode, *RUN, "-t", run_time])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="locust demo", description="Starts the bundled target and loads it.")
    parser.add_argument("--headless", action="store_true", help="tables in this terminal, no web UI")
    parser.add_argument("--target-only", action="store_true", help="start the target and nothing else")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="<ip>", help="where the target listens (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="<port number>",
        help="its port, 0: a free one (default: 8000 with --target-only, or 0)",
    )
    parser.add_argument(
        "-t", "--run-time", metavar="<time string>", help="how long to run (default: 10m, or 20s with --headless)"
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    return parser


def _serve(host: str, port: int, until_stdin_closes: bool) -> int:
    """Serves until SIGINT or SIGTERM."""

    def say_ready(port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        print(f"{READY}http://{shown}:{port}", flush=True)  # noqa: T201

    signal.signal(signal.SIGTERM, _interrupt)
    if until_stdin_closes:
        _interrupt_when_stdin_closes()
    try:
        _native.serve_target(host, port, say_ready)
    except KeyboardInterrupt:
        pass
    except (OSError, OverflowError) as error:
        raise LocustError(f"The target can't listen at {host}, port {port}: {error}") from error
    return 0


@contextlib.contextmanager
def _target_process(host: str, port: int) -> Iterator[str]:
    """Runs the target in a process of its own, so that it takes no time from the load; gives its URL."""
    command = [sys.executable, "-m", "locust", "demo", "--target-only", "--host", host, "--port", str(port)]
    # In a session of its own: CTRL+C is for the run, the target has to answer until its end.
    with subprocess.Popen(
        [*command, "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith(READY):
                raise LocustError("The target did not start")
            print(line, end="", file=sys.stderr, flush=True)  # noqa: T201
            yield line[len(READY) :].strip()
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_SEC)
            except subprocess.TimeoutExpired:
                process.kill()


def _interrupt_when_stdin_closes() -> None:
    """So that the target doesn't outlive a parent that was killed."""
    from gevent.monkey import get_original

    def wait_for_end() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    # A real thread: the hub stands still while the target serves.
    get_original("_thread", "start_new_thread")(wait_for_end, ())


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
