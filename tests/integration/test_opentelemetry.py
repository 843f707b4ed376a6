"""`--otel`: what arrives at a collector of OpenTelemetry, and what a run says that can't export."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fakes.collector import attributes, collector
from fakes.hostile import Hostile
from fakes.steps import Again, ReadHead, Send

pytestmark = pytest.mark.slow

LOCUSTFILE = """
import requests
from locust import FastHttpUser, HttpUser, constant, events, task

class Slow(HttpUser):
    wait_time = constant(0.2)

    @task
    def visit(self):
        self.client.get("/status/404", name="missing")
        self.client.post("/login?next=1", data={"username": "ada", "password": "lovelace"})
        self.client.get("http://127.0.0.1:1/", name="refused")
        requests.head(self.host + "/users")

class Fast(FastHttpUser):
    wait_time = constant(0.2)

    @task
    def visit(self):
        self.client.get("/users", name="all users")
        self.environment.events.request.fire(
            request_type="X", name="own", response_time=300, response_length=0, exception=None, context={})
"""

NOWHERE = {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}


def run(
    folder: Path,
    host: str,
    *arguments: str,
    environment: Mapping[str, str] = {},
    code: str = LOCUSTFILE,
    before: str = "",
) -> subprocess.CompletedProcess[str]:
    (folder / "locustfile.py").write_text(code)
    start = f"{before}\nimport sys; sys.argv[0] = 'locust'\nfrom locust.main import main; main()"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", start, "--headless", "-u2", "-r2", "-t1", "--otel", "-H", host, *arguments],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=40,
    )


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_spans_metrics_and_log_arrive(tmp_path: Path, target: str, protocol: str) -> None:
    with collector(protocol, tmp_path) as got:
        done = run(tmp_path, target, "--profile=spring", "-t2", "--exit-code-on-error=0", environment=got.environment)

        assert done.returncode == 0, done.stderr
        assert ", OpenTelemetry enabled" in done.stderr
        first = {span["name"]: span for span in reversed(got.spans())}
        assert set(first) == {"GET missing", "POST /login", "GET refused", "GET all users", "HEAD"}
        assert {span["kind"] for span in first.values()} == {"SPAN_KIND_CLIENT"}
        assert attributes(first["GET missing"]) == {
            "http.method": "GET",
            "http.url": f"{target}/status/404",
            "http.status_code": "404",
        }
        assert [first[name]["status"].get("code") for name in ("GET missing", "GET refused", "GET all users")] == [
            "STATUS_CODE_ERROR",
            "STATUS_CODE_ERROR",
            None,
        ]
        assert "refused" in first["GET refused"]["status"]["message"]
        resource = attributes(next(got.resources("resourceSpans"))["resource"])
        assert (resource["service.name"], resource["filename"], resource["profile"]) == (
            "locust",
            "locustfile.py",
            "spring",
        )
        assert "--run-time limit reached, shutting down" in got.logs()
        check_metrics(got.metrics())


def check_metrics(metrics: dict[str, Any]) -> None:
    assert set(metrics) == {"locust.client.duration", "locust.users.count"}
    duration = metrics["locust.client.duration"]
    points = {attributes(point)["name"]: point for point in duration["histogram"]["dataPoints"]}
    assert set(points) == {"missing", "/login?next=1", "refused", "all users", "own"}
    assert attributes(points["missing"])["error.type"] == "HTTPError"
    assert "error.type" not in attributes(points["own"])
    assert duration["unit"] == "s"
    assert points["own"]["sum"] / int(points["own"]["count"]) == pytest.approx(0.3)
    assert points["own"]["explicitBounds"][:2] == [0.005, 0.01]
    users = metrics["locust.users.count"]["gauge"]["dataPoints"]
    assert {attributes(point)["user_class"] for point in users} == {"Slow", "Fast"}


def test_the_server_is_told_the_span(tmp_path: Path, hostile: Hostile) -> None:
    server = hostile.serve(ReadHead(), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Again())
    environment = {**NOWHERE, "OTEL_TRACES_EXPORTER": "console"}
    code = """
from locust import FastHttpUser, HttpUser, task

class Slow(HttpUser):
    @task
    def visit(self):
        self.client.get("/slow", headers={"X-Own": "1"})
        self.environment.runner.quit()

class Fast(FastHttpUser):
    @task
    def visit(self):
        self.client.request("GET", "/fast", None, None, False, False, {"X-Own": "2"})
"""

    for user in ("Slow", "Fast"):
        run(tmp_path, server.url, user, "-u1", environment=environment, code=code)

    heads = {note.payload.split()[1]: note.payload for note in server.notes() if note.kind == "head"}
    assert set(heads) == {b"/slow", b"/fast"}
    assert b"\r\nX-Own: 1" in heads[b"/slow"]
    assert b"\r\nX-Own: 2" in heads[b"/fast"]
    assert all(b"\r\ntraceparent: 00-" in head for head in heads.values())


def test_wrong_urls_and_passwords_are_no_trouble(tmp_path: Path, target: str) -> None:
    code = """
from locust import HttpUser, task

class Careless(HttpUser):
    @task
    def visit(self):
        for url in ("http://[", "http://ada:lovelace@127.0.0.1:1/secret"):
            try:
                self.client.get(url)
            except ValueError:
                print("no URL")
        self.environment.runner.quit()
"""
    with collector("http/protobuf", tmp_path) as got:
        done = run(tmp_path, target, "-u1", environment=got.environment, code=code)

        urls = {span["name"]: attributes(span)["http.url"] for span in got.spans()}

    assert "no URL\n" in done.stdout
    assert urls["GET /secret"] == "http://127.0.0.1:1/secret"


def test_every_process_exports_its_own_users(tmp_path: Path, target: str) -> None:
    with collector("http/protobuf", tmp_path) as got:
        done = run(
            tmp_path,
            target,
            "--processes=2",
            "--master-bind-host=127.0.0.1",
            "--exit-code-on-error=0",
            environment=got.environment,
        )

        assert done.returncode == 0, done.stderr
        instances = {attributes(part["resource"])["service.instance.id"] for part in got.resources("resourceSpans")}
        assert len(instances) == 2


def test_names_beyond_twenty_share_one(tmp_path: Path, target: str) -> None:
    code = """
from locust import User, task

class Many(User):
    @task
    def fire(self):
        for number in range(25):
            self.environment.events.request.fire(
                request_type="X", name=f"n{number}", response_time=1, response_length=0, exception=None, context={})
        self.environment.runner.quit()
"""
    with collector("http/protobuf", tmp_path) as got:
        run(tmp_path, target, "-u1", environment=got.environment, code=code)

        points = got.metrics()["locust.client.duration"]["histogram"]["dataPoints"]

    names = {attributes(point)["name"] for point in points}
    assert names == {f"n{number}" for number in range(20)} | {"Too many unique request names"}


@pytest.mark.parametrize(
    ("environment", "said", "is_enabled"),
    [
        ({}, "No OpenTelemetry exporters configured, opentelemetry not enabled", False),
        ({"OTEL_METRICS_EXPORTER": "prometheus"}, "Prometheus metrics exporter is not yet implemented!", True),
        ({"OTEL_TRACES_EXPORTER": "smoke"}, "Unknown traces exporter 'smoke'. Ignored", True),
        (
            {"OTEL_LOGS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "pigeon"},
            "Unknown OpenTelemetry otlp exporter protocol 'pigeon'. Use 'grpc' or 'http/protobuf'",
            True,
        ),
    ],
    ids=["none", "prometheus", "unknown exporter", "unknown protocol"],
)
def test_what_cannot_be_exported_is_said_and_the_run_goes_on(
    tmp_path: Path, target: str, environment: dict[str, str], said: str, is_enabled: bool
) -> None:
    done = run(tmp_path, target, "--exit-code-on-error=0", environment={**NOWHERE, **environment})

    assert done.returncode == 0, done.stderr
    assert f"locust.opentelemetry: {said}\n" in done.stderr
    assert (", OpenTelemetry enabled" in done.stderr) is is_enabled


def test_missing_libraries_are_said_and_the_run_goes_on(tmp_path: Path, target: str) -> None:
    hide = "import sys; sys.modules['opentelemetry'] = None"

    done = run(tmp_path, target, "--exit-code-on-error=0", before=hide)

    assert done.returncode == 0, done.stderr
    assert "SDK is not installed, opentelemetry not enabled. Run 'pip install locust[otel]'" in done.stderr
    assert ", OpenTelemetry enabled" not in done.stderr


def test_a_run_without_the_option_imports_nothing_of_it() -> None:
    code = "import sys, locust.main, locust.env, locust.runners; print('opentelemetry' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout == "False\n"
