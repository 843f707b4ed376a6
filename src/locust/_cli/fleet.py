"""The command line's part of a distributed run: waiting for workers, and being one."""

from __future__ import annotations

import argparse
import atexit
import logging
import time
from contextlib import ExitStack

from locust import log
from locust._cli import cluster, processes
from locust._cli.exit_code import choose_exit_code
from locust._cli.signals import Ending, Endings
from locust.env import Environment
from locust.runners import MasterRunner, Runner

logger = logging.getLogger("locust.main")

CHECK_SECONDS = 1.0


def create_runner(environment: Environment, options: argparse.Namespace) -> Runner | None:
    """Makes the runner that the options ask for; None when a worker can't join its master, which is logged."""
    cluster.check(options)
    if options.master:
        return environment.create_master_runner(*cluster.master_address(options))
    if not options.worker:
        return environment.create_local_runner()
    way = ExitStack()
    # After the runner's last words.
    atexit.register(way.close)
    try:
        runner = environment.create_worker_runner(*way.enter_context(cluster.way_to_master(options)))
    except OSError as error:
        logger.error("Failed to connect to the Locust master: %s", error)
        return None
    logger.debug("Connected to locust master: %s:%s", options.master_host, options.master_port)
    return runner


def await_workers(runner: MasterRunner, options: argparse.Namespace, endings: Endings) -> bool:
    """Waits until as many workers as expected are there, or the run ends; false when that took too long."""
    began = time.monotonic()
    while len(runner.clients.ready) < options.expect_workers and not endings.has_come:
        if 0 < options.expect_workers_max_wait < time.monotonic() - began:
            logger.error("Gave up waiting for workers to connect")
            return False
        logging.debug(
            "Waiting for workers to be ready, %s of %s connected", len(runner.clients.ready), options.expect_workers
        )
        endings.wait(CHECK_SECONDS)
    return True


def run_worker(environment: Environment, options: argparse.Namespace) -> int:
    """Works until the master or a signal ends it, and gives the exit code."""
    runner = environment.runner
    assert runner is not None
    with Endings(hears_interrupts=not processes.is_led_by_parent()) as endings:
        endings.watch(runner.greenlet)
        processes.watch_parent(lambda: endings.come(Ending.TERMINATED))
        ending = endings.wait()
        if ending is Ending.TERMINATED:
            logger.info("Got SIGTERM signal")
        logger.debug("Running teardowns...")
        environment.events.quitting.fire(environment=environment, reverse=True)
        code = choose_exit_code(
            asked_for=environment.process_exit_code,
            has_failures=bool(len(runner.errors) or len(runner.exceptions)),
            code_on_failures=options.exit_code_on_error,
            has_unhandled_exception=log.unhandled_greenlet_exception,
        )
        logger.info("Shutting down (exit code %s)", code)
        logger.debug("Cleaning up runner...")
        try:
            runner.quit()
        except KeyboardInterrupt:
            logger.warning("Interrupted again: users that still run are not waited for")
    environment.events.quit.fire(exit_code=code)
    return code
