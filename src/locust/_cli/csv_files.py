"""`--csv`: makes the files before the run, has them written during it, and once more at its end."""

from __future__ import annotations

import argparse
import os
from typing import Any

import gevent

from locust import log, stats
from locust._report.csv import ContinuedCSVFileWriter
from locust.env import Environment
from locust.exception import LocustError


class CsvFiles:
    """The files of one run; without `--csv` there are none."""

    def __init__(self, writer: Any = None) -> None:
        self.writer = writer
        self._greenlet: gevent.Greenlet[..., Any] = gevent.Greenlet(self._write)
        self._greenlet.link_exception(log.greenlet_exception_logger(stats.logger))

    def start(self) -> None:
        """Has them written from now on."""
        if self.writer is not None:
            self._greenlet.start()

    def finish(self) -> None:
        """Writes the numbers as they are in the end; does nothing the second time."""
        writer, self.writer = self.writer, None
        if writer is not None:
            gevent.kill(self._greenlet)
            writer.write_tables()
            writer.close_files()

    def _write(self) -> None:
        self.writer.stats_writer()


def make_csv_files(environment: Environment, options: argparse.Namespace, *, goes_on: bool) -> CsvFiles:
    """Makes the files, and the folder that they go to.

    Args:
        environment: whose numbers.
        options: as parsed.
        goes_on: with the run of a master before this one, and its history.

    Raises:
        LocustError: they can't be made.
    """
    prefix = options.csv_prefix
    # A worker's numbers are in its master's files, which may be the same ones.
    if not prefix or options.worker:
        return CsvFiles()
    try:
        if folder := os.path.dirname(prefix):
            os.makedirs(folder, exist_ok=True)
        writer_class = ContinuedCSVFileWriter if goes_on else stats.StatsCSVFileWriter
        writer = writer_class(environment, stats.PERCENTILES_TO_REPORT, prefix, bool(options.stats_history_enabled))
    except OSError as error:
        raise LocustError(
            f"--csv: can't write '{error.filename or prefix}' ({error.strerror}). Give a prefix such as results/run, "
            "in a folder that can be written"
        ) from error
    return CsvFiles(writer)
