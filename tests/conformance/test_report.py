"""The HTML report: the same values under the same names, whatever the page around them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from beside import Outcome, Run

# Requests of fixed numbers, all at once: figures can be compared, not only their shape.
LOCUSTFILE = """
from locust import User, constant, events, task


class Fixed(User):
    wait_time = constant(60)
    {host}

    def request(self, name, response_time=10, length=100, exception=None, method="GET"):
        self.environment.events.request.fire(
            request_type=method, name=name, response_time=response_time, response_length=length, exception=exception,
            context={{}})

    @task
    def once(self):
        {once}

    @task(0)
    def never(self):
        pass


class Other(User):
    wait_time = constant(60)
    host = "http://other.example"

    @task
    def nothing(self):
        pass
"""
SPREAD = "for n in range(1, 90): self.request('/spread', n, n)"
FAILING = "self.request('/a', 5); self.request('/a', 7, exception=ValueError('bad </script> value'))"
# Of when and how fast it ran.
VOLATILE = {"current_rps", "current_fail_per_sec", "total_rps", "total_fail_per_sec", "first_seen", "last_seen"}


def files(once: str, host: str = "") -> dict[str, str]:
    return {"locustfile.py": LOCUSTFILE.format(once=once, host=host)}


def run(name: str, once: str, arguments: str = "", host: str = "") -> Run:
    line = f"--headless -u 2 -r 10 -t 2 --only-summary --html r.html {arguments}"
    return Run(name, line, files=files(once, host), kept=("r.html",))


RUNS = [
    run("spread", SPREAD),
    run("failures", FAILING),
    run("an exception", "raise RuntimeError('of a task')"),
    run("nothing", "pass"),
    run("a host of the command line", SPREAD, "-H http://shop.example --profile nightly"),
    run("hosts that agree", SPREAD, host='host = "http://other.example"'),
    run("one class", SPREAD, "Fixed"),
]


def values_of(outcome: Outcome) -> dict[str, Any]:
    page = outcome.raw_files["r.html"]
    [start] = [found.end() for found in re.finditer(r"window\.templateArgs = (?=\{)", page)]
    return dict(json.JSONDecoder().raw_decode(page[start:])[0])


def steady(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: "some" if name in VOLATILE else value for name, value in row.items()} for row in rows]


def report(outcome: Outcome) -> dict[str, object]:
    """What of a report two runs share."""
    values = values_of(outcome)
    return {
        "requests": steady(values["requests_statistics"]),
        "percentiles": values["response_time_statistics"],
        "failures": steady(values["failures_statistics"]),
        "exceptions": [(row["count"], row["msg"], row["nodes"]) for row in values["exceptions_statistics"]],
        "host": values["host"],
        "profile": values["profile"],
        "locustfile": values["locustfile"],
        "ratio": values["tasks"],
        "link": values["show_download_link"],
        "percentiles of charts": values["percentiles_to_chart"],
        "keys of the history": sorted({name for point in values["history"] for name in point}),
        "times": [
            bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", values[name])) for name in ("start_time", "end_time")
        ],
    }


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_report_has_the_same_values(run: Run, alike: Callable[..., None]) -> None:
    alike(run, lambda theirs, ours: (report(theirs), report(ours)))
