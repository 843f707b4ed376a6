"""The command line's part of a distributed run: waiting for workers, and being one."""

from __future__ import annotations

import argparse
import atexit
import logging
import time
from contextlib import ExitStack

from locust import runners
from locust._cli import cluster, processes
from locust._cli.ending import end_run
from locust._cli.signals import Ending, Endings
from locust.env import Environment
from locust.exception import LocustError, RPCError
from locust.runners import MasterRunner, Runner, WorkerRunner

logger = logging.getLogger("locust.main")

CHECK_SECONDS = 1.0
REPORT_SECONDS = 5


def create_runner(environment: Environment, options: argparse.Namespace) -> Runner | None:
    """Makes the runner that the options ask for; None when a worker can't join its master, which is logged."""
    cluster.check(options)
    if options.master:
        try:
            return _create_master(environment, options)
        except RPCError as error:
            raise LocustError(str(error)) from error
    if not options.worker:
        return environment.create_local_runner()
    if options.orphan_timeout is not None:
        runners.MASTER_HEARTBEAT_TIMEOUT = options.orphan_timeout
    way = ExitStack()
    # After the runner's last words.
    atexit.register(way.close)
    try:
        runner = environment.create_worker_runner(*way.enter_context(cluster.way_to_master(options)))
    except OSError as error:
        logger.error("Failed to connect to the Locust master: %s", error or "it never answered")
        return None
    logger.debug("Connected to locust master: %s:%s", options.master_host, options.master_port)
    return runner


def _create_master(environment: Environment, options: argparse.Namespace) -> MasterRunner:
    if not options.journal:
        return environment.create_master_runner(*cluster.master_address(options))
    journal = cluster.open_journal(options)
    secrets = cluster.secrets_of_master(options, cluster.kept_secrets(journal.unfinished()))
    runner = environment.create_master_runner(*cluster.master_address(options))
    runner.keep(journal, secrets)
    return runner


def await_workers(runner: MasterRunner, options: argparse.Namespace, endings: Endings) -> bool:
    """Waits until as many workers as expected are there, or the run ends; false when that took too long."""
    began = time.monotonic()
    reported = began
    while (ready := len(runner.clients.ready)) < options.expect_workers and not endings.has_come:
        now = time.monotonic()
        if 0 < options.expect_workers_max_wait < now - began:
            logger.error("Gave up waiting for workers to connect")
            return False
        if now - reported >= REPORT_SECONDS:
            logging.info("Waiting for workers to be ready, %s of %s connected", ready, options.expect_workers)
            reported = now
        endings.wait(CHECK_SECONDS)
    return True


def is_taking_up(runner: Runner) -> bool:
    """Whether a master was started again in the middle of a run (`--journal`)."""
    return isinstance(runner, MasterRunner) and runner.is_taking_up


def take_up(runner: Runner) -> None:
    """Goes on with the run of the master before this one; comes back when a shape that steers it has ended."""
    assert isinstance(runner, MasterRunner)
    runner.lead_on()
    shape = runner.environment.shape_class
    if shape is not None and runner.worker_count:
        runner.start_shape()
        shape._go_on_after(runner.elapsed_seconds)
        assert runner.shape_greenlet is not None
        runner.shape_greenlet.join()


def seconds_left(run_time: float, runner: Runner) -> float:
    """What is left of a run's time."""
    return max(0.0, run_time - runner.elapsed_seconds) if isinstance(runner, MasterRunner) else run_time


def run_worker(environment: Environment, options: argparse.Namespace) -> int:
    """Works until the master or a signal ends it, and gives the exit code."""
    runner = environment.runner
    assert isinstance(runner, WorkerRunner)

    def end_without_master() -> None:
        runner.is_orphan = True
        endings.come(Ending.TERMINATED)

    with Endings(hears_interrupts=not processes.is_led_by_parent()) as endings:
        endings.watch(runner.greenlet)
        processes.watch_parent(end_without_master)
        ending = endings.wait()
        if ending is Ending.TERMINATED:
            logger.info("Got SIGTERM signal")
        # What failed is the master's to judge.
        code = end_run(environment, runner, options, has_failures=False)
    environment.events.quit.fire(exit_code=code)
    return code
