"""`--json` and `--json-file`: looks before the run whether the file can be written, writes it at the end."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

from locust._report.files import write_somewhere
from locust._report.json import json_report
from locust.exception import LocustError
from locust.stats import RequestStats

logger = logging.getLogger("locust.main")


def prepare_json(options: argparse.Namespace) -> None:
    """Makes the folder of the file.

    Raises:
        LocustError: it can't be written there.
    """
    if not options.json_file:
        return
    path = Path(f"{options.json_file}.json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocustError(f"--json-file: can't make the folder '{path.parent}' ({error.strerror})") from error
    if path.is_dir():
        raise LocustError(f"--json-file: wanted the name of a file, '{path}' is a folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise LocustError(f"--json-file: '{path}' can't be written (Permission denied)")


def write_json(request_stats: RequestStats, options: argparse.Namespace) -> None:
    """Writes what is asked for; into a folder for temporary files when its own place turns out to be none."""
    if not options.json and not options.json_file:
        return
    report = json_report(request_stats)
    if options.json:
        print(report)  # noqa: T201
    if not options.json_file:
        return
    path = Path(f"{options.json_file}.json")
    if rescued := write_somewhere(path, report, prefix="locust-stats-", suffix=".json"):
        place, error = rescued
        logger.error("Can't write '%s' (%s): the statistics are in %s", path, error.strerror, place)
