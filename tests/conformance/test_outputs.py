"""What runs leave behind: CSV and JSON to the cell and the key, logs, and what library users get."""

from __future__ import annotations

import csv
import io
import re
import signal
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from beside import Outcome, Run
from beside.run import Signal, Wait

Alike = Callable[..., None]
Aspects = Mapping[str, object]

# Requests of fixed numbers as soon as the user starts, and an end by itself some time later, however slow the machine:
# figures can be compared, not only their shape.
FIXED = """
import os
import gevent
from locust import User, constant, events, task
{imports}

class Fixed(User):
    wait_time = constant(60)

    def on_start(self):
        if "END_SECONDS" in os.environ:
            gevent.spawn_later(float(os.environ["END_SECONDS"]), self.environment.runner.quit)

    def request(self, name, response_time=10, length=100, exception=None, method="GET", **more):
        self.environment.events.request.fire(
            request_type=method, name=name, response_time=response_time, response_length=length, exception=exception,
            context={{}}, **more)

    @task
    def once(self):
        {once}
        print("done", flush=True)
"""


def fixed(once: str, imports: str = "") -> dict[str, str]:
    return {"locustfile.py": FIXED.format(imports=imports, once=once.replace("\n", "\n        "))}


SPREAD = "for n in range(1, 100): self.request('/spread', n, n)"
FAILING = """for n in range(3): self.request('/ok', 20)
self.request('/failed', 30, 7, ValueError('bad value'))
self.request('/failed', 40, 7, ValueError('bad value'))
self.request('/failed', 40, 7, KeyError('other'))
self.request('/ok', 50, 7, Exception('sometimes'), method='POST')"""
RAISING = SPREAD + "\nprint('done', flush=True)\nraise RuntimeError('of a task')"

CONTENTS = {
    "spread": fixed(SPREAD),
    "nothing": fixed("pass"),
    "failures": fixed(FAILING),
    "an exception": fixed(RAISING),
    "an exception of some lines": fixed("print('done', flush=True)\nraise RuntimeError('a\\nb, \"c\"')"),
    "an exception without text": fixed("print('done', flush=True)\nraise RuntimeError"),
    "many names": fixed("for n in range(120): self.request(f'/{n}', n % 90 + 1, n)"),
    "methods": fixed("for m in ('GET', 'POST', 'DELETE', 'WSE', 'a b', ''): self.request('/', method=m)"),
    "the order of names": fixed("for n in ('b', 'B', 'a', 'A', 'ä', '_', '10', '9', '/'): self.request(n)"),
    "quotes": fixed("""for n in ('"', '""', "'", 'a"b', '"a"'): self.request(n)"""),
    "commas and semicolons": fixed("for n in (',', 'a,b', ';', 'a;b', ',,'): self.request(n)"),
    "line ends": fixed("for n in ('a\\nb', 'a\\r\\nb', '\\n', 'a\\rb'): self.request(n)"),
    "blanks": fixed("for n in (' ', '  a', 'a  ', 'a\\tb'): self.request(n)"),
    "unicode": fixed("for n in ('grüße', '你好', '🦗', 'a\\u2028b', '\\u200f'): self.request(n)"),
    "long names": fixed("for n in (1, 100, 3000): self.request('x' * n)"),
    "an empty name": fixed("self.request('')"),
    "errors as text": fixed("for e in ('text', 'a, b', 'a\\nb', '\"q\"'): self.request('/', exception=e)"),
    "errors of all kinds": fixed(
        "for e in (ValueError(), ValueError(1, 2), OSError(5, 'io'), AssertionError('x'), Exception('', ''), "
        "UnicodeError('ü'), CatchResponseError('failed'), TimeoutError()): self.request('/', exception=e)",
        "from locust.exception import CatchResponseError",
    ),
    "an error with an address": fixed("self.request('/', exception=ValueError(object()))"),
    "no response time": fixed("self.request('/', None)\nself.request('/', 10)\nself.request('/none', None)"),
    "a response time of nothing": fixed("self.request('/', 0)"),
    "fractions": fixed("for n in (1.25, 2.5, 3.75): self.request('/', n)"),
    "long times": fixed("for n in (60000, 120000, 4000000): self.request('/', n)"),
    "no length": fixed("self.request('/', 10, 0)"),
    "a long length": fixed("self.request('/', 10, 10 ** 12)"),
    "equal times": fixed("for n in range(500): self.request('/', 42)"),
    "two": fixed("self.request('/', 10)\nself.request('/', 90)"),
    "percentiles of the locustfile": fixed(
        SPREAD, "import locust.stats\nlocust.stats.PERCENTILES_TO_REPORT = [0.1, 0.5, 0.999, 0.99999, 1.0]"
    ),
    "no percentiles": fixed(SPREAD, "import locust.stats\nlocust.stats.PERCENTILES_TO_REPORT = []"),
    "percentiles of the statistics": fixed(
        SPREAD, "import locust.stats\nlocust.stats.PERCENTILES_TO_STATISTICS = [0.2, 0.3]"
    ),
    "percentiles changed in init": fixed(
        SPREAD,
        "import locust.stats\n@events.init.add_listener\ndef f(**_):\n    locust.stats.PERCENTILES_TO_REPORT = [0.5]",
    ),
    "formulas": fixed("for n in ('=1+1', '+1+1', '-1-1', '@a', '=', '-1', '+49'): self.request(n, exception=n)"),
    "an interval of its own": fixed(SPREAD, "import locust.stats\nlocust.stats.CSV_STATS_INTERVAL_SEC = 0.2"),
    "an entry put in by hand": fixed(
        "stats = self.environment.stats\nstats.get('/by hand', 'GET').log(10, 20)\nstats.log_request('X', '/y', 5, 6)\n"
        "stats.log_error('X', '/y', 'broken')"
    ),
    "cleared statistics": fixed(SPREAD + "\nself.environment.stats.clear_all()\nself.request('/after', 5)"),
    "reset statistics": fixed(SPREAD + "\nself.environment.stats.reset_all()\nself.request('/after', 5)"),
    "an exception told by hand": fixed("self.environment.runner.log_exception('me', 'm, \"n\"', 't')"),
}

CSV = "--headless --only-summary --csv p"
SOON = {"END_SECONDS": "0.6"}
AFTER_A_TICK = {"END_SECONDS": "1.5"}
# In its first second, upstream has no percentiles of late.
AFTER_TWO_TICKS = {"END_SECONDS": "2.6"}
CSV_RUNS = [Run(id, CSV, files, AFTER_A_TICK, kept=("*.csv",)) for id, files in CONTENTS.items()]


def sampled(runs: list[Run]) -> list[Any]:
    """Marks all but every third: CI has only minutes."""
    return [pytest.param(run, marks=() if number % 3 == 0 else pytest.mark.full) for number, run in enumerate(runs)]


HISTORY_RUNS = [
    pytest.param(Run(id, CSV + " --csv-full-history", files, AFTER_TWO_TICKS, kept=("*.csv",)), marks=pytest.mark.full)
    for id, files in CONTENTS.items()
]
JSON_RUNS = [
    Run(id, "--headless --only-summary --json-file out --skip-log", files, SOON, kept=("*.json",))
    for id, files in CONTENTS.items()
]

LOUD = fixed(
    "self.request('/', 10)\ntime.sleep(0.3)\nself.request('/', 20)\nlogging.info('an info')\n"
    "logging.getLogger('mine').warning('a %s', 'warning')\nlogging.debug('not shown')\nlogging.error('of\\ntwo lines')\n"
    "logging.getLogger('locust.mine').debug('deep')",
    "import logging, time",
)
ENDLESS = "--headless --only-summary "
KEPT = ("*.csv", "*.json", "*.log")
OPTION_RUNS = [
    Run(line, f"{line} --headless --only-summary", LOUD, SOON, kept=KEPT, json="--json " in line + " ")
    for line in (
        "--csv p", "--csv p --csv-full-history", "--csv d/p", "--csv d/e/p", "--csv d/", "--csv ./p", "--csv {folder}/p",
        "--csv .p", "--csv 'a b'", "--csv ''", "--csv p --json", "--csv p --json-file out", "--json --json-file out",
        "--json-file d/out", "--json-file ''", "--json-file out.json", "--json-file {folder}/out", "--csv p --logfile p.log",
        "--logfile p.log", "--logfile p.log --csv p --json-file out", "--logfile d/e/p.log", "--logfile ''", "-L error", "-L critical", "-L Warning --logfile p.log", "--skip-log-setup",
        "--skip-log-setup --csv p", "--skip-log-setup --logfile p.log", "--skip-log-setup -L debug", "--reset-stats --csv p",
        "--reset-stats --json-file out", "--print-stats", "--print-stats --csv p", "--exit-code-on-error 0 --csv p",
        "--csv p --html p.html", "--profile mine --csv p", "-u 3 -r 1 --csv p", "--csv p --stop-timeout 1",
    )
] + [
    Run(f"{name}={value}", "--headless --only-summary" + more, LOUD, {**SOON, name: value}, kept=KEPT)
    for name, value, more in (
        ("LOCUST_CSV", "p", ""), ("LOCUST_CSV", "d/p", ""), ("LOCUST_CSV_FULL_HISTORY", "true", " --csv p"),
        ("LOCUST_CSV_FULL_HISTORY", "true", ""), ("LOCUST_LOGFILE", "p.log", ""), ("LOCUST_LOGLEVEL", "error", ""),
        ("LOCUST_SKIP_LOG_SETUP", "true", ""), ("LOCUST_SKIP_LOG_SETUP", "false", ""), ("LOCUST_RESET_STATS", "1", ""),
        ("LOCUST_PRINT_STATS", "1", ""), ("LOCUST_ONLY_SUMMARY", "no", ""), ("COLUMNS", "200", ""), ("COLUMNS", "60", ""),
    )
] + [
    Run(f"locust.conf: {line}", "--headless --only-summary", {**LOUD, "locust.conf": line}, SOON, kept=KEPT)
    for line in ("csv = p", "csv p", "csv = p\ncsv-full-history", "logfile = p.log", "loglevel = error", "json-file = out")
] + [
    Run(f"{line}, {name}", ENDLESS + line, LOUD, steps=(Wait("done"), Signal(number)), kept=KEPT, json="--json " in line + " ")
    for line in ("--csv p", "--json", "--json-file out", "--logfile p.log", "--csv p --csv-full-history --json-file out")
    for name, number in (("interrupted", signal.SIGINT), ("terminated", signal.SIGTERM))
]  # fmt: skip

COLUMNS_THAT_VARY = ("Timestamp", "Requests/s", "Failures/s", "First Seen", "Last Seen")


def csv_aspects(theirs: Outcome, ours: Outcome) -> tuple[Aspects, Aspects]:
    return _csv_aspects(theirs), _csv_aspects(ours)


def _csv_aspects(outcome: Outcome) -> dict[str, object]:
    aspects: dict[str, object] = {"exit code": outcome.code, "files": sorted(outcome.raw_files)}
    for name, text in outcome.raw_files.items():
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        aspects[f"{name}: header"] = text[: text.index("\r\n")]
        cells = [[_cell(column, cell) for column, cell in zip(header, row, strict=True)] for row in rows]
        if "history" in name:
            # The last of each name: how many seconds there were is nobody's business.
            at = header.index("Name")
            cells = sorted({row[at]: row for row in cells}.values())
        elif "failures" in name:
            # Upstream sorts by a hash of the error's place in memory, for some.
            cells = sorted(cells)
        aspects[name] = cells
    return aspects


def _cell(column: str, cell: str) -> str:
    if column == "Traceback":
        # Whose lines they are is in the program's own paths.
        return cell.rstrip("\n").splitlines()[-1] if cell.strip() else cell
    return _as_pattern(cell) if column in COLUMNS_THAT_VARY else re.sub(r"0x[0-9a-f]{6,}", "<address>", cell)


def _as_pattern(cell: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\d+\.\d+", lambda number: "0.0" if not float(number[0]) else "#.#", cell))


@pytest.mark.parametrize("run", sampled(CSV_RUNS), ids=str)
def test_csv_files_have_the_same_cells(run: Run, alike: Alike) -> None:
    alike(run, csv_aspects)


@pytest.mark.parametrize("run", HISTORY_RUNS, ids=str)
def test_the_full_history_has_the_same_cells(run: Run, alike: Alike) -> None:
    alike(run, csv_aspects)


def json_aspects(theirs: Outcome, ours: Outcome) -> tuple[Aspects, Aspects]:
    return _json_aspects(theirs), _json_aspects(ours)


def _json_aspects(outcome: Outcome) -> dict[str, object]:
    text = re.sub(r"\b1\d{9}(\.\d+)?\b", "<time>", outcome.raw_files.get("out.json", "[]"))
    return {"exit code": outcome.code, "text": sorted(text.splitlines()), "stdout": outcome.stdout}


@pytest.mark.parametrize("run", sampled(JSON_RUNS), ids=str)
def test_json_has_the_same_keys_and_values(run: Run, alike: Alike) -> None:
    alike(run, json_aspects)


def option_aspects(theirs: Outcome, ours: Outcome) -> tuple[Aspects, Aspects]:
    return _option_aspects(theirs), _option_aspects(ours)


def _option_aspects(outcome: Outcome) -> dict[str, object]:
    """Files to their shape; of the tables of CSV only their first lines, for the last may be a second old."""
    shapes = {
        name: text.splitlines()[0] if name.endswith(".csv") and text else text for name, text in outcome.files.items()
    }
    return {**outcome.aspects(), "files": shapes}


@pytest.mark.parametrize("run", sampled(OPTION_RUNS), ids=str)
def test_options_of_outputs_do_the_same(run: Run, alike: Alike) -> None:
    alike(run, option_aspects)
