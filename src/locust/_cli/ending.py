"""How every run of the command line ends, whatever it was."""

from __future__ import annotations

import argparse
import logging

from locust import log
from locust._cli.exit_code import choose_exit_code
from locust.env import Environment
from locust.runners import Runner

logger = logging.getLogger("locust.main")


def end_run(environment: Environment, runner: Runner, options: argparse.Namespace, *, has_failures: bool) -> int:
    """Tells the listeners of `quitting`, quits the runner, and gives the exit code."""
    logger.debug("Running teardowns...")
    environment.events.quitting.fire(environment=environment, reverse=True)
    code = choose_exit_code(
        asked_for=environment.process_exit_code,
        has_failures=has_failures,
        code_on_failures=options.exit_code_on_error,
        has_unhandled_exception=log.unhandled_greenlet_exception,
    )
    logger.info("Shutting down (exit code %s)", code)
    logger.debug("Cleaning up runner...")
    try:
        runner.quit()
    except KeyboardInterrupt:
        logger.warning("Interrupted again: users that still run are not waited for")
    return code
