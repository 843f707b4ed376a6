"""Whole runs of the command: what is printed and written, and the exit codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from beside import Comparison, Outcome, Run

Outcomes = Callable[[Run], tuple[Outcome, Outcome]]

SHORT = "--headless -t 1 -H {target} --only-summary "

RUNS = [
    Run("a run with its tables", "--headless -t 3 -u 2 -r 2 -H {target}"),
    Run("json", SHORT + "--json --skip-log", json=True),
    Run("json file", SHORT + "--json-file result", kept=("result.json",)),
    Run("no host", "--headless -t 1 --only-summary"),
    Run("list", "--list"),
]


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_run_looks_the_same(run: Run, outcomes: Outcomes, same: Comparison) -> None:
    theirs, ours = outcomes(run)

    same(theirs.aspects(), ours.aspects())
