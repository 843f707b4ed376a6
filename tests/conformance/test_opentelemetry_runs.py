"""Runs with `--otel` say the same as upstream's, whatever is to be exported, and export the same log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from beside import Outcome, Run

Alike = Callable[..., None]

LINE = "-f ./locustfile.py --headless -u 1 -t 2 -H {target} --only-summary --otel"
NOTHING = {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}
CODE = """
from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.3)

    @task
    def visit(self):
        self.client.get("/users?page=1", name="all users")
        self.client.post("/echo", data="x")
"""


def run(name: str, **variables: str) -> Run:
    return Run(name, LINE, files={"locustfile.py": CODE}, environment={**NOTHING, **variables})


RUNS = [
    run("nothing"),
    run("prometheus", OTEL_METRICS_EXPORTER="prometheus"),
    run("unknown exporters", OTEL_TRACES_EXPORTER="smoke", OTEL_METRICS_EXPORTER="a,b", OTEL_LOGS_EXPORTER="x"),
    run("unknown protocol", OTEL_TRACES_EXPORTER="otlp", OTEL_EXPORTER_OTLP_PROTOCOL="pigeon"),
    run("unknown protocol of one", OTEL_LOGS_EXPORTER="otlp", OTEL_EXPORTER_OTLP_LOGS_PROTOCOL="http/json"),
]

SPANS = run("spans", OTEL_TRACES_EXPORTER="console")
METRICS = run("metrics", OTEL_METRICS_EXPORTER="console", OTEL_SERVICE_NAME="shop", OTEL_RESOURCE_ATTRIBUTES="a=b")
LOGS = run("log", OTEL_LOGS_EXPORTER="console")


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_run_says_the_same(run: Run, alike: Alike) -> None:
    alike(run)


def _exported(outcome: Outcome) -> list[dict[str, Any]]:
    """Gives what the console's exporters have printed."""
    text, decoder, found = outcome.raw_stdout, json.JSONDecoder(), []
    for match in re.finditer(r"^\{", text, re.MULTILINE):
        found.append(decoder.raw_decode(text[match.start() :])[0])
    return found


def _spans(outcome: Outcome) -> dict[str, Any]:
    spans = {span["name"]: span for span in _exported(outcome)}
    return {
        "names": sorted(spans),
        "kinds": sorted({span["kind"] for span in spans.values()}),
        "states": {name: span["status"] for name, span in spans.items()},
        "attributes": {name: sorted(span["attributes"]) for name, span in spans.items()},
        "resource": sorted(spans["GET all users"]["resource"]["attributes"]),
    }


def _metrics(outcome: Outcome) -> dict[str, Any]:
    parts = [part for state in _exported(outcome) for part in state["resource_metrics"]]
    metrics = {
        metric["name"]: metric
        for part in parts
        for scope in part["scope_metrics"]
        for metric in scope["metrics"]
        if metric["name"].startswith("locust.")
    }
    resource = parts[0]["resource"]["attributes"]
    return {
        "names": sorted(metrics),
        "units": {name: metric["unit"] for name, metric in metrics.items()},
        "attributes": sorted(
            json.dumps(point["attributes"]) for metric in metrics.values() for point in metric["data"]["data_points"]
        ),
        "resource": {name: resource.get(name) for name in ("service.name", "a", "filename", "profile")},
    }


def _logs(outcome: Outcome) -> dict[str, Any]:
    records = _exported(outcome)
    return {
        "texts": [re.sub(r"Locust \S+,", "Locust,", record["body"]) for record in records],
        "levels": [record["severity_text"] for record in records],
        "attributes": sorted(records[0]["attributes"]),
    }


def _both(look: Callable[[Outcome], dict[str, Any]]) -> Callable[[Outcome, Outcome], Any]:
    return lambda theirs, ours: (look(theirs), look(ours))


@pytest.mark.parametrize("run", [SPANS], ids=str)
def test_spans_are_the_same(run: Run, alike: Alike) -> None:
    alike(run, _both(_spans))


@pytest.mark.parametrize("run", [METRICS], ids=str)
def test_metrics_are_the_same(run: Run, alike: Alike) -> None:
    alike(run, _both(_metrics))


@pytest.mark.parametrize("run", [LOGS], ids=str)
def test_the_log_is_the_same(run: Run, alike: Alike) -> None:
    alike(run, _both(_logs))
