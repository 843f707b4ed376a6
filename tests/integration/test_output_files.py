"""What a run leaves behind, by processes that are ended in every way and disks that fill up."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import pty
import random
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LOCUSTFILE = """
import os
from locust import User, constant, stats, task

stats.CSV_STATS_INTERVAL_SEC = float(os.environ.get("INTERVAL", 1))
stats.CSV_STATS_FLUSH_INTERVAL_SEC = stats.CSV_STATS_INTERVAL_SEC


class Counter(User):
    wait_time = constant(0.01)
    number = 0

    @task
    def count(self):
        self.number += 1
        name = f"name {self.number % 200}, with a comma"
        request = self.environment.events.request
        request.fire(request_type="GET", name=name, response_time=self.number % 90, response_length=5, exception=None)
"""


def start(folder: Path, line: str, locustfile: str = LOCUSTFILE, **environment: str) -> subprocess.Popen[str]:
    (folder / "locustfile.py").write_text(locustfile)
    return subprocess.Popen(
        [sys.executable, "-m", "locust", "--headless", *line.split()],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows_of(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, strict=True))


def wait_for(path: Path, size_bytes: int) -> None:
    deadline = time.monotonic() + 10
    while not path.exists() or path.stat().st_size < size_bytes:
        assert time.monotonic() < deadline, f"{path} doesn't grow"
        time.sleep(0.01)


def total_of(text: str) -> str:
    """How many requests the last table of the terminal has."""
    found = re.findall(r"^ +Aggregated +(\d+)", text, re.MULTILINE)
    return str(found[-2])  # the table of percentiles comes last


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, None])
def test_the_files_agree_with_the_last_table(tmp_path: Path, number: int | None) -> None:
    process = start(tmp_path, f"--only-summary -u 3 -r 10 --csv out/p --json-file result -t {30 if number else 1}")
    if number:
        wait_for(tmp_path / "out" / "p_stats_history.csv", 1)
        time.sleep(1)
        process.send_signal(number)
    _, log = process.communicate(timeout=20)

    assert process.returncode == 0, log
    rows = rows_of(tmp_path / "out" / "p_stats.csv")
    assert rows[-1]["Name"] == "Aggregated"
    assert rows[-1]["Request Count"] == total_of(log)
    assert sum(int(row["Request Count"]) for row in rows[:-1]) == int(rows[-1]["Request Count"])
    assert len(os.listdir(tmp_path / "out")) == 4


def test_killed_at_any_moment_every_line_is_whole(tmp_path: Path) -> None:
    for seed in range(6):
        process = start(tmp_path, "-u 5 -r 100 --csv p --csv-full-history", INTERVAL="0.01")
        wait_for(tmp_path / "p_stats_history.csv", 20_000)
        time.sleep(random.Random(seed).uniform(0, 0.2))
        process.kill()
        process.communicate(timeout=10)

        for kind in ("stats", "stats_history", "failures", "exceptions"):
            path = tmp_path / f"p_{kind}.csv"
            assert path.read_bytes().endswith(b"\r\n"), path
            assert all(None not in row and None not in row.values() for row in rows_of(path)), path
        for path in tmp_path.glob("p_*"):
            path.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting takes root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"can't mount: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_full_disk_the_run_goes_on(tmp_path: Path, small_disk: Path) -> None:
    process = start(tmp_path, "-u 5 -r 100 -t 3 --csv disk/p --csv-full-history --json-file result", INTERVAL="0.1")
    _, log = process.communicate(timeout=20)

    assert process.returncode == 0, log
    assert log.count("No space left on device") == 1
    assert "Traceback" not in log
    assert int(total_of(log)) > 300
    assert (tmp_path / "result.json").stat().st_size > 1_000
    for kind in ("stats", "stats_history", "failures", "exceptions"):
        path = small_disk / f"p_{kind}.csv"
        assert path.read_bytes().endswith(b"\r\n"), path
        assert all(None not in row and None not in row.values() for row in rows_of(path)), path


NOISY = """
import logging
import warnings
import gevent
from locust import User, constant, events, task


@events.test_start.add_listener
def start(**_):
    gevent.spawn(lambda: 1 / 0)
    raise RuntimeError("of a listener")


class Noisy(User):
    wait_time = constant(0.2)

    @task
    def shout(self):
        logging.info("of two\\nlines", extra={"order": {"number": 7}})
        warnings.warn("careful")
        raise KeyError("of a task")
"""


def test_a_json_log_has_nothing_but_json(tmp_path: Path) -> None:
    process = start(tmp_path, "-t 1 --log-format json", NOISY)
    _, log = process.communicate(timeout=20)

    entries = [json.loads(line) for line in log.splitlines()]
    assert process.returncode == 1
    assert {"of two\nlines", "--run-time limit reached, shutting down"} <= {entry["message"] for entry in entries}
    kinds = {entry["exception"]["type"] for entry in entries if "exception" in entry}
    assert kinds == {"ZeroDivisionError", "KeyError", "RuntimeError"}
    assert next(entry["order"] for entry in entries if "order" in entry) == {"number": 7}
    assert any("Aggregated" in entry["message"] for entry in entries)


def set_width(terminal: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))


def test_tables_are_as_wide_as_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE)
    master, slave = pty.openpty()
    set_width(master, 120)
    process = subprocess.Popen(
        [sys.executable, "-m", "locust", "--headless", "--only-summary"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(slave)
    assert process.stderr is not None
    for line in process.stderr:
        if "All users spawned" in line:
            break
    set_width(master, 110)
    process.send_signal(signal.SIGWINCH)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    process.wait(timeout=10)
    os.close(master)

    assert len(re.findall(r"^-{110}$", re.sub(r"\|", "-", rest), re.MULTILINE)) == 2, rest
