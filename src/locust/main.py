"""The command `locust`: from the command line to an exit code."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from locust._version import __version__
from locust.exception import LocustError

if TYPE_CHECKING:
    from locust._cli.locustfile import Content
    from locust.env import Environment
    from locust.event import Events
    from locust.shape import LoadTestShape
    from locust.user.users import User
    from locust.util.load_locustfile import load_locustfile, load_locustfile_pytest

# Everything else is imported where it is needed: `locust -V` and a mistyped option must not wait for it.

logger = logging.getLogger("locust.main")

__all__ = ("create_environment", "load_locustfile", "load_locustfile_pytest", "main")

_MOVED = {
    "gevent": "locust.dispatch",
    "Environment": "locust.env",
    "get_html_report": "locust.html",
    "get_locustfiles_locally": "locust.argument_parser",
    "get_parser": "locust.argument_parser",
    "greenlet_exception_logger": "locust.log",
    "input_listener": "locust.input_events",
    "load_locustfile": "locust.util.load_locustfile",
    "load_locustfile_pytest": "locust.util.load_locustfile",
    "parse_locustfile_option": "locust.argument_parser",
    "print_task_ratio": "locust.user.inspectuser",
    "print_task_ratio_json": "locust.user.inspectuser",
    "process_html_filename": "locust.html",
    "setup_logging": "locust.log",
    "setup_opentelemetry": "locust.opentelemetry",
}


def main() -> None:
    """Runs the command line, and ends the process."""
    sys.exit(_run_command(sys.argv[1:]))


def create_environment(
    user_classes: list[type[User]],
    options: argparse.Namespace,
    events: Events | None = None,
    shape_class: LoadTestShape | None = None,
    locustfile: str | None = None,
    parsed_locustfiles: list[str] | None = None,
    available_user_classes: dict[str, type[User]] | None = None,
    available_shape_classes: dict[str, LoadTestShape] | None = None,
    available_user_tasks: dict[str, list[Any]] | None = None,
) -> Environment:
    """Makes an Environment from parsed options.

    Args:
        user_classes: the classes to run.
        options: of them `host`, `reset_stats`, `stop_timeout` and `profile` are read; any may be missing.
        events: hooks to use; new ones when left out.
        shape_class: an instance of a shape.
        locustfile: its name, for reports.
        parsed_locustfiles: paths of the files.
        available_user_classes: by name, for the web UI's class picker; the following two alike.
        available_shape_classes: by name.
        available_user_tasks: of each class.
    """
    from locust.env import Environment

    return Environment(
        user_classes=user_classes,
        shape_class=shape_class,
        locustfile=locustfile,
        events=events,
        host=getattr(options, "host", None),
        reset_stats=getattr(options, "reset_stats", False),
        stop_timeout=float(getattr(options, "stop_timeout", None) or 0),
        parsed_options=options,
        parsed_locustfiles=parsed_locustfiles,
        available_user_classes=available_user_classes,
        available_shape_classes=available_shape_classes,
        available_user_tasks=available_user_tasks,
        profile=getattr(options, "profile", None),
    )


def _run_command(arguments: list[str]) -> int:
    """Does what the arguments say and gives the exit code; argparse may end the process itself, with 0 or 2."""
    if arguments in (["-V"], ["--version"]):
        from locust._options import version_text

        print(version_text())  # noqa: T201
        return 0
    try:
        if arguments[:1] == ["demo"]:
            from locust._cli.demo import run_demo

            return run_demo(arguments[1:], run_locust=_run_locustfile)
        if arguments[:1] == ["check"]:
            from locust._cli.check import run_check

            return run_check(arguments[1:])
        return _run_locustfile(arguments)
    except LocustError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130


def _run_locustfile(arguments: list[str]) -> int:
    from locust import argument_parser, log

    early = argument_parser.parse_locustfile_option(arguments)
    if importlib.util.find_spec("locust_plugins") is not None:
        importlib.import_module("locust_plugins")
    if early.help:
        _load_for_help(early)
        argument_parser.get_parser().print_help()
        return 0
    home = os.getcwd()
    # A worker moves into the files that its master sent.
    paths = _locate(early)
    try:
        content = _load(paths)
    except LocustError:
        raise
    except Exception as error:
        _print_from_locustfile(error, paths)
        return 1
    options = _parse_at(home, arguments)
    if options.headful:
        options.headless = False
    if options.autoquit != -1 and not options.autostart:
        raise LocustError("--autoquit is only meaningful in combination with --autostart")
    if not options.skip_log_setup:
        try:
            setup = log.setup_json_logging if options.log_format == "json" else log.setup_logging
            setup(options.loglevel, options.logfile)
        except OSError as error:
            raise LocustError(f"Can't log to '{options.logfile}': {error.strerror}") from error
    logger.info("Starting Locust %s%s", __version__, ", OpenTelemetry enabled" if _begin_export(options) else "")
    try:
        return _run(options, content, paths)
    except LocustError as error:
        logger.error("%s", error)
        return 1


def _parse_at(home: str, arguments: list[str]) -> argparse.Namespace:
    """Parses the options where this process was started: the folder it moved to has the master's configuration."""
    from locust import argument_parser

    folder = os.getcwd()
    if folder == home:
        return argument_parser.parse_options(arguments)
    os.chdir(home)
    options = argument_parser.parse_options(arguments)
    for dest in ("logfile", "cluster_tls_cert", "cluster_tls_key", "cluster_tls_ca"):
        if path := getattr(options, dest):
            setattr(options, dest, os.path.abspath(path))
    os.chdir(folder)
    return options


def _begin_export(options: argparse.Namespace) -> bool:
    """Sets up what `--otel` asks for; several processes do it each for itself, once they are there."""
    if not options.otel:
        return False
    from locust.opentelemetry import setup_opentelemetry, will_export

    if options.processes is None:
        options.otel = setup_opentelemetry(options.locustfile, options.profile)
    else:
        options.otel = will_export()
    return bool(options.otel)


def _run(options: argparse.Namespace, content: Content, paths: list[str]) -> int:
    from locust import stats
    from locust._cli.headless import explain_fixed_counts
    from locust._cli.json_files import prepare_json
    from locust._cli.locustfile import choose_user_classes
    from locust._cli.open_files import raise_open_file_limit
    from locust._cli.report import prepare_report
    from locust.user.inspectuser import print_task_ratio, print_task_ratio_json

    if options.master and options.worker:
        logger.error("The --master argument cannot be combined with --worker")
        return 255
    if options.list_commands:
        print("Available Users:")  # noqa: T201
        for name in content.user_classes:
            print(f"    {name}")  # noqa: T201
        return 0
    user_classes = choose_user_classes(content.user_classes, options.user_classes)
    if options.num_users is not None and options.num_users < 0:
        raise LocustError(f"--users must not be negative, got {options.num_users}")
    stats.validate_stats_configuration()
    environment = _build_environment(options, content, user_classes, paths)
    explain_fixed_counts(environment, options.num_users)
    if options.show_task_ratio:
        print("\n Task ratio per User class")  # noqa: T201
        print("-" * 80)  # noqa: T201
        print_task_ratio(environment.user_classes, options.num_users, False)
        print("\n Total task ratio")  # noqa: T201
        print("-" * 80)  # noqa: T201
        print_task_ratio(environment.user_classes, options.num_users, True)
        return 0
    if options.show_task_ratio_json:
        print_task_ratio_json(environment.user_classes, options.num_users)
        return 0
    if options.web_base_path and not options.web_base_path.startswith("/") and not options.headless:
        raise LocustError(
            f"Invalid format for --web-base-path argument ({options.web_base_path}): the url path must start with a "
            "slash."
        )
    prepare_report(options)
    prepare_json(options)
    raise_open_file_limit(options.num_users)
    return _run_test(environment, options)


def _build_environment(
    options: argparse.Namespace, content: Content, user_classes: list[type[User]], paths: list[str]
) -> Environment:
    import locust

    try:
        return create_environment(
            user_classes,
            options,
            events=locust.events,
            shape_class=content.first_shape,
            locustfile=os.path.basename(paths[0]),
            parsed_locustfiles=paths,
            available_user_classes=content.user_classes,
            available_shape_classes=content.shapes,
            available_user_tasks=content.tasks,
        )
    except ValueError as error:
        raise LocustError(str(error)) from error


def _run_test(environment: Environment, options: argparse.Namespace) -> int:
    from locust import log
    from locust._cli import processes
    from locust._cli.csv_files import make_csv_files
    from locust._cli.fleet import create_runner, is_taking_up, run_worker
    from locust._cli.headless import explain_options, run_headless
    from locust._report.console import follow_terminal
    from locust.input_events import input_listener

    for settings in options.config_users or []:
        for user_settings in settings:
            try:
                environment.update_user_class(user_settings)
            except KeyError as name:
                logger.error(
                    "Error applying user config, probably you tried to specify config for a User not present in your "
                    "locustfile: %s",
                    name,
                )
                return 255
    if options.equal_weights:
        environment.assign_equal_weights()
    is_split = options.processes is not None
    code = processes.split(options)
    if code is not None:
        return code
    if options.otel and is_split:
        from locust.opentelemetry import setup_opentelemetry

        setup_opentelemetry(options.locustfile, options.profile)
    runner = create_runner(environment, options)
    if runner is None:
        return 255
    csv_files = make_csv_files(environment, options, goes_on=is_taking_up(runner))
    explain_options(environment, options)
    if not options.headless and not options.worker:
        # Flask is loaded only for a run with the UI.
        from locust._cli.web import make_web_ui, run_web

        make_web_ui(environment, options, stats_csv_writer=csv_files.writer)
    environment.events.init.fire(environment=environment, runner=runner, web_ui=environment.web_ui)
    if log.unhandled_greenlet_exception:
        # The hook has logged it.
        return 1
    # `--tags` without a tag chooses nothing out.
    environment.tags = options.tags or None
    environment.exclude_tags = options.exclude_tags or None
    if options.worker:
        return run_worker(environment, options)
    run = run_headless if options.headless else run_web
    follow_terminal()
    csv_files.start()
    try:
        return run(environment, options, listen_to_keys=input_listener, csv_files=csv_files)
    finally:
        csv_files.finish()


def _locate(early: argparse.Namespace) -> list[str]:
    """Gives the paths of the locustfiles."""
    from locust import argument_parser

    if early.locustfile != "-" or not early.worker:
        return argument_parser.get_locustfiles_locally(early)
    from locust._cli import cluster
    from locust._cli.fetch import fetch_locustfiles

    with cluster.way_to_master(early) as (host, port):
        return fetch_locustfiles(host, port)


def _load(paths: list[str]) -> Content:
    from locust import main as public_names
    from locust._cli import locustfile

    # Looked up by its public name at each use: others patch it.
    return locustfile.load(paths, public_names.load_locustfile, public_names.load_locustfile_pytest)


def _print_from_locustfile(error: Exception, paths: list[str]) -> None:
    """Prints what a locustfile raised, from its own first line on."""
    import traceback

    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename not in paths:
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)


def _load_for_help(early: argparse.Namespace) -> None:
    """Loads the locustfile for the options that it adds. Help is given in any case."""
    from locust import argument_parser

    try:
        _load(argument_parser.get_locustfiles_locally(early))
    except Exception as error:
        if not isinstance(error, LocustError):
            print(f"Without the options of '{early.locustfile}', which can't be loaded: {error!r}\n")  # noqa: T201


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in _MOVED:
            return getattr(importlib.import_module(_MOVED[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
