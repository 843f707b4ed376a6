"""The routes of `/api/v2` and their description agree, both ways."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.description import SERVED, check_answer, description
from fakes.web import client_of, make_web_ui
from openapi_spec_validator import validate

from locust.web import WebUI
from locust.web._gate import PERMISSIONS
from locust.web._problem import KIND_BY_STATUS, TITLES

ROOT = Path(__file__).parents[3]
OPERATIONS = [
    (path, method, operation)
    for path, methods in description()["paths"].items()
    for method, operation in methods.items()
]


@pytest.fixture
def web_ui() -> Iterator[WebUI]:
    web_ui = make_web_ui(userclass_picker_is_active=True)
    yield web_ui
    web_ui.environment.runner.quit()


def routes(web_ui: WebUI) -> dict[tuple[str, str], str]:
    """(path, method) to endpoint."""
    return {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower()): rule.endpoint
        for rule in web_ui.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v2")
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
    }


def test_the_description_is_valid() -> None:
    validate(description())


def test_what_is_served_is_what_the_schema_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "schemas"))
    to_json = __import__("to_json")
    sys.modules.pop("to_json")

    assert to_json.as_json() == SERVED.read_text(encoding="utf-8"), "run: .venv/bin/python schemas/to_json.py"


def test_every_route_is_described_and_every_description_has_its_route(web_ui: WebUI) -> None:
    assert set(routes(web_ui)) == {(path, method) for path, method, _ in OPERATIONS}


def test_permissions_are_those_that_the_gate_asks_for(web_ui: WebUI) -> None:
    asked_for = {key: PERMISSIONS[endpoint] for key, endpoint in routes(web_ui).items()}

    assert asked_for == {(path, method): operation["x-permission"] for path, method, operation in OPERATIONS}


def test_names_of_operations_are_those_of_the_functions(web_ui: WebUI) -> None:
    named = {key: endpoint.partition(".")[2] for key, endpoint in routes(web_ui).items()}
    snake_case = {
        (path, method): re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", operation["operationId"])
        for path, method, operation in OPERATIONS
    }

    assert named == snake_case


def test_every_kind_of_problem_is_described() -> None:
    kinds = description()["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]

    assert {kind.rpartition(":")[2] for kind in kinds} == set(TITLES)
    assert set(KIND_BY_STATUS.values()) <= set(TITLES)


@pytest.mark.parametrize(
    "path", [path for path, method, _ in OPERATIONS if method == "get" and not path.endswith("/stream")]
)
def test_answers_are_as_described(path: str, web_ui: WebUI) -> None:
    web_ui.environment.stats.log_request("GET", "/a", 10.0, 100)
    web_ui.environment.stats.log_error("GET", "/a", ValueError("x"))
    web_ui.environment.runner.log_exception("local", "boom", "trace")

    answer = client_of(web_ui).get(path)

    assert answer.status_code == 200
    check_answer(answer.json, path, "get", 200)


BAD: list[tuple[str, str, Any, int]] = [
    ("post", "/api/v2/run/start", {"user_count": -1}, 422),
    ("post", "/api/v2/run/start", {"user_count": "3"}, 422),
    ("post", "/api/v2/run/start", {"user_count": True}, 422),
    ("post", "/api/v2/run/start", {"user_count": 1e400}, 422),
    ("post", "/api/v2/run/start", {"spawn_rate": 0}, 422),
    ("post", "/api/v2/run/start", {"run_time": "soon"}, 422),
    ("post", "/api/v2/run/start", {"run_time": -1}, 422),
    ("post", "/api/v2/run/start", {"host": 5}, 422),
    ("post", "/api/v2/run/start", {"host": "a\nb"}, 422),
    ("post", "/api/v2/run/start", {"user_classes": ["Nobody"]}, 422),
    ("post", "/api/v2/run/start", {"user_classes": []}, 422),
    ("post", "/api/v2/run/start", {"user_classes": "Visitor"}, 422),
    ("post", "/api/v2/run/start", {"shape_class": "None"}, 422),
    ("post", "/api/v2/run/start", {"options": {"nothing": 1}}, 422),
    ("post", "/api/v2/run/start", {"options": []}, 422),
    ("post", "/api/v2/run/start", {"unknown": 1}, 422),
    ("post", "/api/v2/run/start", [], 400),
    ("post", "/api/v2/run/load", {"user_count": 1}, 409),
    ("post", "/api/v2/run/pause", {}, 409),
    ("post", "/api/v2/run/resume", {}, 409),
    ("patch", "/api/v2/users/{user_class}", {"weight": -1}, 422),
    ("patch", "/api/v2/users/{user_class}", {"fixed_count": 1.5}, 422),
    ("patch", "/api/v2/users/{user_class}", {"tasks": ["none"]}, 422),
    ("patch", "/api/v2/users/{user_class}", {"tasks": []}, 422),
    ("patch", "/api/v2/users/{user_class}", {"attributes": {"__init__": 1}}, 422),
    ("patch", "/api/v2/users/{user_class}", {"on_start": 1}, 422),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), BAD)
def test_a_bad_request_is_answered_by_a_problem_and_changes_nothing(
    method: str, path: str, body: Any, status: int, web_ui: WebUI
) -> None:
    before = client_of(web_ui).get("/api/v2/config").json

    answer = client_of(web_ui).open(path.replace("{user_class}", "Visitor"), method=method.upper(), json=body)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    check_answer(answer.json, path, method, status)
    assert client_of(web_ui).get("/api/v2/config").json == before
    assert web_ui.environment.runner.state == "ready"


@pytest.mark.parametrize(
    ("method", "path", "settings", "status"),
    [
        ("GET", "/api/v2/none", {}, 404),
        ("DELETE", "/api/v2/run", {}, 405),
        ("GET", "/api/v2/series?endpoint=x", {}, 422),
        ("GET", "/api/v2/series?run=1.5", {}, 422),
        ("GET", "/api/v2/series?run=9", {}, 404),
        ("GET", "/api/v2/series?since=nan", {}, 422),
        ("GET", "/api/v2/series?heat=perhaps", {}, 422),
        ("GET", "/api/v2/stream?endpoint=x", {}, 422),
        ("POST", "/api/v2/run/start", {"data": "{", "content_type": "application/json"}, 400),
        ("POST", "/api/v2/run/start", {"data": "[" * 90_000, "content_type": "application/json"}, 400),
        ("POST", "/api/v2/run/start", {"data": "a=b"}, 415),
        ("PATCH", "/api/v2/users/Nobody", {"json": {}}, 404),
    ],
)
def test_what_can_not_be_read_or_is_not_there_is_a_problem(method, path, settings, status: int, web_ui: WebUI) -> None:
    answer = client_of(web_ui).open(path, method=method, **settings)

    assert answer.status_code == status
    check_answer(answer.json, "/api/v2/run/start", "post", status)


def test_user_classes_are_changed_only_with_the_class_picker() -> None:
    web_ui = make_web_ui()

    answer = client_of(web_ui).patch("/api/v2/users/Visitor", json={"weight": 5})

    assert (answer.status_code, "--class-picker" in answer.json["detail"]) == (409, True)
    web_ui.environment.runner.quit()


def test_settings_of_a_class_are_changed(web_ui: WebUI) -> None:
    change = {"weight": 5, "host": "https://x.example", "tasks": ["buy"], "attributes": {"region": "south"}}

    answer = client_of(web_ui).patch("/api/v2/users/Visitor", json=change)

    check_answer(answer.json, "/api/v2/users/{user_class}", "patch", 200)
    assert {**change, "available_tasks": ["look", "buy"]}.items() <= answer.json.items()
    assert web_ui.environment.user_classes_by_name["Visitor"].region == "south"


def test_without_a_runner_nothing_can_be_steered(web_ui: WebUI) -> None:
    runner, web_ui.environment.runner = web_ui.environment.runner, None

    for name in ("start", "load", "stop", "pause", "resume", "reset"):
        answer = client_of(web_ui).post(f"/api/v2/run/{name}", json={})
        assert (answer.status_code, answer.json["type"]) == (409, "urn:locust:problem:no-runner")
    for path in ("/api/v2/run", "/api/v2/config", "/api/v2/ratio", "/api/v2/series"):
        check_answer(client_of(web_ui).get(path).json, path, "get", 200)
    web_ui.environment.runner = runner
