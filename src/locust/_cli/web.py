"""A run with the web UI: serves it until somebody ends the process, and starts a test at once when asked to."""

from __future__ import annotations

import argparse
import logging
import webbrowser
from typing import TYPE_CHECKING, Any, cast

import gevent

from locust import stats
from locust._cli import fleet
from locust._cli.csv_files import CsvFiles
from locust._cli.headless import KeyListener, finish, seconds_to_run, spawn
from locust._cli.keys import key_actions
from locust._cli.signals import Ending, Endings
from locust.env import Environment
from locust.runners import Runner

if TYPE_CHECKING:
    from locust.runners import MasterRunner
    from locust.web import WebUI

logger = logging.getLogger("locust.main")


def make_web_ui(environment: Environment, options: argparse.Namespace, *, stats_csv_writer: Any = None) -> WebUI:
    """Makes the web UI, which listens only from `run_web` on: until then listeners of `init` may add to it."""
    web_ui: WebUI = environment.create_web_ui(
        host=options.web_host,
        port=options.web_port,
        web_base_path=options.web_base_path,
        web_login=options.web_login,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        stats_csv_writer=stats_csv_writer,
        delayed_start=True,
        userclass_picker_is_active=options.class_picker,
        build_path=options.build_path,
    )
    return web_ui


def run_web(
    environment: Environment, options: argparse.Namespace, *, listen_to_keys: KeyListener, csv_files: CsvFiles
) -> int:
    """Serves the web UI until the end and gives the exit code.

    Args:
        environment: with its runner and web UI.
        options: as parsed.
        listen_to_keys: `input_events.input_listener`.
        csv_files: those of `--csv`, already being written.

    Raises:
        LocustError: the UI can't be served.
    """
    runner, web_ui = environment.runner, environment.web_ui
    assert runner is not None
    with Endings() as endings:
        web_ui.start()
        url = _shown_url(options, web_ui.port)
        logger.info("Starting web interface at %s, press enter to open your default browser.", url)
        web_ui.warn_of_reach()
        helpers = [spawn(_tell_when_over, web_ui, endings), spawn(stats.stats_history, runner)]
        if options.print_stats:
            helpers.append(spawn(stats.stats_printer(environment.stats)))
        keys = spawn(listen_to_keys({**key_actions(runner), "\n": lambda: webbrowser.open_new_tab(url)}))
        if fleet.is_taking_up(runner):
            _limit_time(environment, runner, options)
            helpers.append(spawn(fleet.take_up, runner))
        elif options.autostart:
            if options.master and not fleet.await_workers(cast("MasterRunner", runner), options, endings):
                runner.quit()
                return 1
            if not endings.has_come:
                helpers += _autostart(environment, runner, options)
        ending = endings.wait()
        if ending is Ending.TERMINATED:
            logger.info("Got SIGTERM signal")
        gevent.kill(keys)
        if options.master:
            runner.quit()  # first, for what the workers still have to report
        code = finish(environment, runner, options, csv_files)
        gevent.killall(helpers)
        web_ui.stop()
    environment.events.quit.fire(exit_code=code)
    return code


def _autostart(
    environment: Environment, runner: Runner, options: argparse.Namespace
) -> list[gevent.Greenlet[..., Any]]:
    """Starts a test; gives the greenlets that are to be killed at the end."""
    helpers = []
    _limit_time(environment, runner, options)
    if environment.shape_class is not None:
        runner.start_shape()
        helpers.append(spawn(_follow_shape, environment, runner.shape_greenlet, options))
        return helpers
    options.num_users = 1 if options.num_users is None else options.num_users
    options.spawn_rate = options.spawn_rate or 1
    # In a greenlet of its own: a master's start returns only when its users are there.
    helpers.append(spawn(runner.start, options.num_users, options.spawn_rate))
    return helpers


def _limit_time(environment: Environment, runner: Runner, options: argparse.Namespace) -> None:
    if (seconds := seconds_to_run(environment, runner, options)) is not None:
        environment.web_ui.run_timer.set(seconds, lambda: _reach_time_limit(environment, runner, options))


def _reach_time_limit(environment: Environment, runner: Runner, options: argparse.Namespace) -> None:
    logger.info("--run-time limit reached, stopping test")
    runner.stop()
    _quit_later(environment, options)


def _follow_shape(
    environment: Environment, shape_greenlet: gevent.Greenlet[..., Any], options: argparse.Namespace
) -> None:
    shape_greenlet.join()
    logger.info("Shape test completed, stopping test")
    _quit_later(environment, options)


def _quit_later(environment: Environment, options: argparse.Namespace) -> None:
    if options.autoquit == -1:
        logger.info("--autoquit not specified, leaving web ui running indefinitely")
        return
    gevent.sleep(options.autoquit)
    logger.info("--autoquit time reached, shutting down")
    environment.web_ui.stop()


def _tell_when_over(web_ui: WebUI, endings: Endings) -> None:
    assert web_ui.greenlet is not None
    web_ui.greenlet.join()
    endings.come(Ending.FINISHED)


def _shown_url(options: argparse.Namespace, port: int) -> str:
    """Where people find the UI."""
    host = options.web_host
    if host in ("", "*"):
        if options.web_host_display_name:
            return str(options.web_host_display_name)
        host = "0.0.0.0"
    elif ":" in host:
        host = f"[{host}]"
    scheme = "https" if options.tls_cert and options.tls_key else "http"
    return f"{scheme}://{host}:{port}{options.web_base_path or ''}"
