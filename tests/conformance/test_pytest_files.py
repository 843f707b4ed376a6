"""Files of tests: what pytest makes of them with the plugin, and what Locust does."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from beside import Outcome, Run

TESTS = {
    "test_site.py": """
import time

def test_page(session):
    assert session.get("/", name="page").status_code == 200
    print(type(session).__name__, session.base_url.startswith("http://127"), type(session.request_event).__name__)
    time.sleep(0.1)

def test_fast(fastsession):
    assert fastsession.get("/", name="fast page").status_code == 200
    print(type(fastsession).__name__)
    time.sleep(0.1)

def test_missing(session):
    session.get("/not-there", name="missing")
    time.sleep(0.1)

def test_status(session):
    time.sleep(0.1)
    session.get("/not-there", name="raised").raise_for_status()

def test_refused(session):
    time.sleep(0.1)
    session.get("http://127.0.0.1:1/", name="refused")

def helper(session):
    raise AssertionError("no test")
"""
}
LOCUST = "-f test_site.py "
RUN = LOCUST + "--headless --only-summary -t 2 -r 100 -H {target} "
LOCUST_RUNS = [
    Run(line.removeprefix(LOCUST), line, TESTS, loose=True)
    for line in (
        LOCUST + "--list", LOCUST + "--show-task-ratio", LOCUST + "--show-task-ratio -u 7",
        LOCUST + "--show-task-ratio-json", LOCUST + "--list nobody", RUN + "-u 1 test_page", RUN + "-u 2 test_fast",
        RUN + "-u 3 test_page test_fast test_missing", RUN + "-u 1 test_status", RUN + "-u 1 test_refused",
        RUN + "-u 1 nobody", RUN + "-u 1 helper",
    )
] + [
    Run("two files", "-f test_site.py,more.py --list", {**TESTS, "more.py": "def test_more(session): pass\n"}),
    Run("with a User class", "-f test_site.py,more.py --list", {**TESTS, "more.py": "from locust import User\nclass A(User):\n    tasks = [print]\n"}),
    Run("no tests", "-f more.py --list", {"more.py": "x = 1\n"}),
    Run("named as usual", "--list", {"locustfile.py": TESTS["test_site.py"]}),
]  # fmt: skip
PYTEST_RUNS = [
    Run(line, f"-m pytest -p no:cacheprovider {line}", TESTS, is_script=True)
    for line in (
        "-q -s --host {target} test_site.py", "-s -H {target} test_site.py", "-s --host={target} -k page",
        "-k missing --host http://127.0.0.1:1", "--collect-only -q", "--fixtures -q",
    )
]  # fmt: skip


@pytest.mark.parametrize("run", LOCUST_RUNS, ids=str)
def test_locust_takes_tests_as_users(run: Run, alike: Callable[..., None]) -> None:
    alike(run)


@pytest.mark.parametrize("run", PYTEST_RUNS, ids=str)
def test_pytest_runs_the_same(run: Run, alike: Callable[..., None]) -> None:
    alike(run, lambda theirs, ours: (pytest_aspects(theirs), pytest_aspects(ours)))


def pytest_aspects(outcome: Outcome) -> dict[str, object]:
    return {
        "exit code": outcome.code,
        "results": sorted(set(re.findall(r"\d+ (?:passed|failed|errors?|tests? collected)", outcome.stdout))),
        "printed": re.findall(r"\w*HttpSession(?: True \w+)?", outcome.stdout),
        "fixtures": sorted(set(re.findall(r"^(?:fast)?session\b(?=.*-- )", outcome.stdout, re.MULTILINE))),
    }
