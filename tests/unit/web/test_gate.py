"""Who may do what, from where, and how much of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fakes.web import client_of, make_environment, make_web_ui
from flask import Flask

from locust.web import WebUI, allow_cross_site
from locust.web._gate import (
    ALL_PERMISSIONS,
    CHANGING_BY_GET,
    MAX_BODY_BYTES,
    PERMISSIONS,
    SAFE_METHODS,
    content_policy,
    is_cross_site,
)

BROWSER = "Mozilla/5.0 (X11; Linux x86_64)"


@pytest.fixture
def web_ui() -> Iterator[WebUI]:
    web_ui = make_web_ui()
    yield web_ui
    web_ui.environment.runner.quit()


def state_changing(app: Flask) -> list[tuple[str, str]]:
    """(method, path) of each route that changes something."""
    return [
        (method, rule.rule.replace("<user_class>", "Visitor"))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
        if method not in SAFE_METHODS or (rule.endpoint in CHANGING_BY_GET and method == "GET")
    ]


# --- where a request comes from ---


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({}, False),
        ({"User-Agent": "curl/8"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://here:8089"}, True),
        # A proxy in front may give the server another name than the browser has.
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://outside"}, False),
        ({"Origin": "http://here:8089"}, False),
        ({"Origin": "http://HERE:8089"}, False),
        ({"Origin": "http://here:8090"}, True),
        ({"Origin": "http://evil"}, True),
        ({"Origin": "null"}, True),
        ({"User-Agent": BROWSER}, False),
    ],
)
def test_a_change_is_refused_when_another_site_made_it(headers: dict[str, str], is_refused: bool) -> None:
    assert is_cross_site(headers, "here:8089") is is_refused


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"User-Agent": "python-requests/2"}, False),
        ({}, False),
        ({"User-Agent": BROWSER}, True),
        ({"User-Agent": BROWSER, "Sec-Fetch-Site": "none"}, False),
    ],
)
def test_a_get_that_changes_something_is_refused_from_browsers_that_do_not_say(headers, is_refused: bool) -> None:
    assert is_cross_site(headers, "here:8089", is_safe_method=True) is is_refused


def test_every_route_that_changes_something_refuses_other_sites(web_ui: WebUI) -> None:
    client = client_of(web_ui)
    routes = state_changing(web_ui.app)
    before = vars(web_ui.environment.parsed_options).copy()

    assert len(routes) >= 12
    for headers in ({"Origin": "http://evil"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        for method, path in routes:
            answer = client.open(path, method=method, headers=headers, json={"user_count": 1, "spawn_rate": 1})
            assert answer.status_code == 403, (method, path, headers)

    assert web_ui.environment.runner.state == "ready"
    assert vars(web_ui.environment.parsed_options) == before


def test_nobody_else_may_read_answers_or_show_the_page_in_a_frame(web_ui: WebUI) -> None:
    headers = client_of(web_ui).get("/", headers={"Origin": "http://evil"}).headers

    assert "Access-Control-Allow-Origin" not in headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    # Files of ours, and the script that has the page's arguments.
    assert re.search(r"script-src 'self' 'sha256-[^']+';", headers["Content-Security-Policy"])


def test_routes_of_plugins_pass_the_gate_too_but_choose_their_own_policy(web_ui: WebUI) -> None:
    @web_ui.app.post("/plugin")
    def plugin() -> str:
        return "done"

    @web_ui.app.post("/callback")
    @allow_cross_site
    def callback() -> str:
        return "done"

    client = client_of(web_ui)
    evil = {"Origin": "http://evil"}

    assert client.post("/plugin", headers=evil).status_code == 403
    assert client.post("/callback", headers=evil).status_code == 200
    answer = client.post("/plugin")
    assert answer.status_code == 200
    assert "Content-Security-Policy" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# --- permissions ---


def test_every_route_declares_its_permission(web_ui: WebUI) -> None:
    assert {rule.endpoint for rule in web_ui.app.url_map.iter_rules()} == set(PERMISSIONS)


def test_every_route_is_refused_without_its_permission(web_ui: WebUI) -> None:
    web_ui.permissions = frozenset
    client = client_of(web_ui)

    for rule in web_ui.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            path = rule.rule.replace("<user_class>", "Visitor").replace("<path:path>", "none.js")
            answer = client.open(path, method=method)
            needed = PERMISSIONS[rule.endpoint]
            assert (answer.status_code == 403) is (needed is not None), (method, path)
            if needed is not None:
                assert needed in answer.get_data(as_text=True)


def test_every_route_but_the_login_page_asks_for_the_login() -> None:
    web_ui = make_web_ui(web_login=True)
    web_ui.login_manager.user_loader(lambda _: None)
    client = client_of(web_ui)

    for rule in web_ui.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = client.open(rule.rule.replace("<user_class>", "Visitor"), method=method, json={})
            if PERMISSIONS[rule.endpoint] is not None:
                expected = 401 if rule.rule.startswith("/api/v2/") else 302
                assert answer.status_code == expected, (method, rule.rule)
    web_ui.environment.runner.quit()


@pytest.mark.parametrize("permission", sorted(ALL_PERMISSIONS))
def test_a_permission_opens_its_routes_only(permission, web_ui: WebUI) -> None:
    web_ui.permissions = lambda: {permission}
    client = client_of(web_ui)
    # Those that wait for nothing.
    paths = {"/api/v2/runs": "run:read", "/stats/requests": "run:read"}

    for path, needed in paths.items():
        assert (client.get(path).status_code == 200) is (needed == permission)


# --- how much ---


@pytest.mark.parametrize("path", ["/swarm", "/user", "/api/v2/run/start", "/api/v2/run/load"])
def test_a_huge_body_is_refused(path: str, web_ui: WebUI) -> None:
    answer = client_of(web_ui).post(path, data=b"x" * (MAX_BODY_BYTES + 1), content_type="application/json")

    assert answer.status_code == 413
    assert "1,000,000" in answer.get_data(as_text=True)


# --- pages' policies ---


def test_a_page_runs_the_scripts_that_it_came_with_and_no_others() -> None:
    page = '<script>one()</script><script type="application/json">{}</script><script src="x.js"></script>'

    policy = content_policy(page)

    assert policy.count("sha256-") == 1
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


@pytest.mark.parametrize("path", ["/stop", "/stats/reset"])
def test_asking_for_headers_changes_nothing(path: str) -> None:
    web_ui = make_web_ui(make_environment())
    told: list[str] = []
    web_ui.environment.events.reset_stats.add_listener(lambda: told.append("reset"))

    answer = client_of(web_ui).head(path)
    web_ui.environment.runner.quit()

    assert (answer.status_code, told) == (405, [])
    assert "POST" in answer.headers["Allow"]
