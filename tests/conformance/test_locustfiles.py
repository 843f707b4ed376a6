"""Locustfiles as people write them, for two seconds each: the same names, failures, counts, prints and exit codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from beside import Outcome, Run, each

Alike = Callable[..., None]

FOLDER = Path(__file__).parent / "locustfiles"
FILES = sorted(FOLDER.glob("*.py"))
SUPPORT = {str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.rglob("*") if path.is_file()}
USUAL = "--headless -u 4 -r 20 -t 2 -H {target} --only-summary"
# What a file's run needs beside the usual.
MORE = {
    "tagged.py": "--tags read --exclude-tags deep",
    "custom_args.py": "--my-argument given --env prod",
    "weights.py": "-u 9",
    # Requests of others may be under way when one quits.
    "iteration_limit.py": "-u 1",
    "wait_functions.py": "-u 8",
}
# Programs of their own, which use Locust as a library.
SCRIPTS = {"library_use.py", "library_shape.py", "library_steps.py", "run_single.py", "subprocess_style.py"}
ENVIRONMENTS = {"env_config.py": {"TARGET": "{target}", "ENDPOINTS": "/json, /users"}}


def run_of(path: Path) -> Run:
    name = path.name
    if name in SCRIPTS:
        return Run(name, f"{name} {{target}}", SUPPORT, loose=True, is_script=True)
    line = USUAL.replace("-t 2 ", "") if "(LoadTestShape)" in path.read_text() else USUAL
    return Run(name, f"-f {name} {line} {MORE.get(name, '')}", SUPPORT, ENVIRONMENTS.get(name, {}), loose=True)


RUNS = [run_of(path) for path in FILES]

ROW = re.compile(r"^(\S*) {2,}(.+?) +(\d+) +(\d+)\([\d.]+%\) \|")
ERROR = re.compile(r"^\d+ +(.*?) *$")
# Fewer say nothing about proportions.
ENOUGH = 40
FACTOR = 2.0


def rows(outcome: Outcome) -> dict[str, tuple[int, int]]:
    """Reads the last table: name → requests and failures."""
    found: dict[str, tuple[int, int]] = {}
    for line in outcome.raw_stderr.splitlines():
        if line.startswith("Type "):
            title = "# fails" in line
            found = {} if title else found
        elif row := ROW.match(line):
            found[f"{row[1]} {row[2]}"] = (int(row[3]), int(row[4]))
    found.pop("Aggregated", None)
    return found


def errors(outcome: Outcome) -> list[str]:
    """Reads the table of errors, without its counts."""
    text = outcome.tables.partition("Error report")[2]
    return sorted(set(re.findall(r"^# +(.*?) *$", text, re.MULTILINE)))


def looks(theirs: Outcome, ours: Outcome) -> tuple[dict[str, object], dict[str, object]]:
    """Gives what is compared. Counts are alike within a factor, failures by whether there are none, some or only such."""
    seen = [
        {
            "exit code": one.code,
            "stdout": one.stdout,
            "stderr": one.stderr,
            "errors": errors(one),
            "names": {
                name: "never" if not fails else "always" if fails == count else "at times"
                for name, (count, fails) in rows(one).items()
            },
        }
        for one in (theirs, ours)
    ]
    counts = [{name: count for name, (count, _) in rows(one).items()} for one in (theirs, ours)]
    apart = {
        name: (count, counts[1].get(name, 0))
        for name, count in counts[0].items()
        if count >= ENOUGH and not count / FACTOR <= counts[1].get(name, 0) <= count * FACTOR
    }
    return seen[0] | {"counts": {}}, seen[1] | {"counts": apart}


def test_each_kind_of_locustfile_is_there() -> None:
    assert len(FILES) >= 60


@each(RUNS, in_ci=3)
def test_a_locustfile_runs_alike(run: Run, alike: Alike) -> None:
    alike(run, looks)
