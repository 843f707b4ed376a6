"""A run without the web UI: starts it, waits for its end, shows what came of it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import gevent

from locust import log, stats
from locust._cli import fleet
from locust._cli.csv_files import CsvFiles
from locust._cli.ending import end_run
from locust._cli.json_files import write_json
from locust._cli.keys import key_actions
from locust._cli.report import follow_run, write_report
from locust._cli.signals import Ending, Endings
from locust.env import Environment
from locust.runners import Runner

if TYPE_CHECKING:
    from locust.runners import MasterRunner

logger = logging.getLogger("locust.main")

# What a shape takes the place of, as typed.
COMMON_OPTIONS = {"num_users": "--users", "spawn_rate": "--spawn-rate", "run_time": "--run-time"}

KeyListener = Callable[[dict[str, Callable[[], object]]], Callable[[], None]]


def run_headless(
    environment: Environment, options: argparse.Namespace, *, listen_to_keys: KeyListener, csv_files: CsvFiles
) -> int:
    """Runs the test to its end and gives the exit code.

    Args:
        environment: with its runner.
        options: as parsed.
        listen_to_keys: `input_events.input_listener`.
        csv_files: those of `--csv`, already being written.
    """
    runner = environment.runner
    assert runner is not None
    with Endings() as endings:
        if (
            options.master
            and not fleet.is_taking_up(runner)
            and not fleet.await_workers(cast("MasterRunner", runner), options, endings)
        ):
            runner.quit()
            return 1
        helpers = [] if endings.has_come else _start(environment, runner, options, endings)
        keys = spawn(listen_to_keys(key_actions(runner)))
        ending = endings.wait()
        if ending is Ending.TERMINATED:
            logger.info("Got SIGTERM signal")
        elif ending is Ending.INTERRUPTED and environment.shape_class is not None:
            logging.info("Exiting due to CTRL+C interruption")
        # The terminal comes back first of all, so that the tables find it as it was.
        gevent.kill(keys)
        if options.master:
            runner.quit()  # first, for what the workers still have to report
        code = finish(environment, runner, options, csv_files)
        gevent.killall(helpers)
    environment.events.quit.fire(exit_code=code)
    return code


def explain_options(environment: Environment, options: argparse.Namespace) -> None:
    """Says which options will do nothing, or less than they seem to."""
    shape = environment.shape_class
    if shape is not None and not shape.use_common_options:
        ignored = [flag for dest, flag in COMMON_OPTIONS.items() if getattr(options, dest) is not None]
        if ignored:
            logger.warning(
                "--run-time, --users or --spawn-rate have no impact on LoadShapes unless the shape class explicitly "
                "reads them. See: docs.locust.io/en/stable/custom-load-shape.html#use-common-options"
            )
            logger.warning("The following option(s) will be ignored: %s", ", ".join(ignored))


def explain_fixed_counts(environment: Environment, num_users: int | None) -> None:
    """Says when there are fewer users than the classes' fixed counts add up to."""
    fixed_count = sum(user_class.fixed_count for user_class in environment.user_classes if user_class.fixed_count)
    if num_users is not None and fixed_count > num_users:
        logger.info(
            "Total fixed_count of User classes (%s) is greater than the specified number of users (%s), so not all "
            "will be spawned.",
            fixed_count,
            num_users,
        )


def _start(
    environment: Environment, runner: Runner, options: argparse.Namespace, endings: Endings
) -> list[gevent.Greenlet[..., Any]]:
    """Sets everything going; gives the greenlets that are to be killed at the end."""
    endings.watch(runner.greenlet)
    helpers = [spawn(stats.stats_history, runner)]
    follow_run(environment, options)
    if (seconds := seconds_to_run(environment, runner, options)) is not None:
        helpers.append(spawn_later(seconds, _reach_time_limit, runner))
    if not options.only_summary:
        helpers.append(spawn(stats.stats_printer(environment.stats)))
        # The first table comes before the first user.
        gevent.sleep(0)
    if not len(runner.greenlet):
        return helpers  # a listener of init has quit
    if fleet.is_taking_up(runner):
        helpers.append(spawn(_take_up, environment, runner))
    elif environment.shape_class is None:
        # Listeners of test_start find them among the options, as upstream's do.
        options.num_users = 1 if options.num_users is None else options.num_users
        options.spawn_rate = options.spawn_rate or 1
        start = partial(runner.start, options.num_users, options.spawn_rate)
        # A master's returns only when its users are there.
        helpers.append(spawn(start)) if options.master else start()
    else:
        runner.start_shape()
        helpers.append(spawn(_quit_after_shape, runner, runner.shape_greenlet))
    return helpers


def seconds_to_run(environment: Environment, runner: Runner, options: argparse.Namespace) -> float | None:
    """Says what limits the run's time; gives what is left of it, None without a limit."""
    shape = environment.shape_class
    # 0 is no limit, as upstream has it.
    if options.run_time and (shape is None or shape.use_common_options):
        logger.info("Run time limit set to %s seconds", options.run_time)
        return fleet.seconds_left(options.run_time, runner)
    if shape is None:
        logger.info("No run time limit set, use CTRL+C to interrupt")
    return None


def finish(environment: Environment, runner: Runner, options: argparse.Namespace, csv_files: CsvFiles) -> int:
    """Ends the run and shows its results, in upstream's order; gives the exit code."""
    code = end_run(environment, runner, options, has_failures=bool(len(runner.errors) or len(runner.exceptions)))
    csv_files.finish()
    write_report(environment, options)
    # The tables before the JSON, which empties the statistics, as upstream's does.
    stats.print_stats(runner.stats, current=False)
    stats.print_percentile_stats(runner.stats)
    stats.print_error_report(runner.stats)
    write_json(runner.stats, options)
    return code


def _take_up(environment: Environment, runner: Runner) -> None:
    fleet.take_up(runner)
    if environment.shape_class is not None:
        runner.quit()


def _reach_time_limit(runner: Runner) -> None:
    logger.info("--run-time limit reached, shutting down")
    runner.quit()


def _quit_after_shape(runner: Runner, shape_greenlet: gevent.Greenlet[..., Any]) -> None:
    shape_greenlet.join()
    logger.info("Shape test completed, shutting down")
    runner.quit()


def spawn(function: Callable[..., Any], *arguments: Any) -> gevent.Greenlet[..., Any]:
    """Runs something in a greenlet; its exception is logged and leads to the exit code."""
    return spawn_later(0, function, *arguments)


def spawn_later(seconds: float, function: Callable[..., Any], *arguments: Any) -> gevent.Greenlet[..., Any]:
    """As `spawn`, in some seconds."""
    # The loop's idea of now may be as old as the start of this process.
    gevent.get_hub().loop.update_now()
    greenlet: gevent.Greenlet[..., Any] = gevent.Greenlet(function, *arguments)
    greenlet.link_exception(log.greenlet_exception_logger(logger))
    greenlet.start_later(seconds) if seconds else greenlet.start()
    return greenlet
