"""`--html`: looks before the run whether the report can be written, follows the run, writes the report at its end."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from locust import stats
from locust._report.files import write_somewhere
from locust.env import Environment
from locust.exception import LocustError
from locust.util.date import format_utc_timestamp

logger = logging.getLogger("locust.main")


def prepare_report(options: argparse.Namespace) -> None:
    """Settles the name of the report's file, and refuses one that can't be written.

    Raises:
        LocustError: so that nobody learns it after hours of load.
    """
    if not options.html_file:
        return
    from locust import html

    html.process_html_filename(options)
    html.check_page()
    folder = Path(options.html_file).parent
    if not folder.is_dir():
        raise LocustError(f"--html: there is no folder '{folder}' to write the report into. Make it first")
    if Path(options.html_file).is_dir():
        raise LocustError(f"--html: wanted the name of a file, got the folder '{options.html_file}'")


def follow_run(environment: Environment, options: argparse.Namespace) -> None:
    """Follows the run second by second for the report, as the web UI does for its charts."""
    if not options.html_file or environment._runs is not None:
        return
    from locust._course.runs import Runs

    environment._runs = Runs(environment)
    environment._runs.start()


def write_report(environment: Environment, options: argparse.Namespace) -> None:
    """Writes the report; into a folder for temporary files when its own place turns out to be none."""
    if not options.html_file:
        return
    from locust import html

    # Defaults of users and spawn rate are known only now.
    html.process_html_filename(options)
    runner = environment.runner
    assert runner is not None
    history, last_request = runner.stats.history, runner.stats.last_request_timestamp
    if history and last_request is not None:
        at = format_utc_timestamp(last_request)
        if history[-1]["time"] < at:
            # As upstream does; the time's text sorts as the time.
            stats.update_stats_history(runner, at)
    if environment._runs is not None:
        environment._runs.take_rest()
    report = html.get_html_report(environment, show_download_link=False)
    if rescued := write_somewhere(Path(options.html_file), report, prefix="locust-report-", suffix=".html"):
        place, error = rescued
        logger.error("Can't write the report to '%s' (%s): it is in %s", options.html_file, error.strerror, place)
