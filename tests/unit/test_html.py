"""The report's file: its name, its values under upstream's names, and what it says when it can't be made."""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from locust import html, stats
from locust.env import Environment
from locust.exception import LocustError
from locust.user import User, task
from locust.util.page import script_source

PAGE = (
    "<html><head><!--locust:policy--><!--locust:template-args--></head>"
    '<body><script type="module">show()</script></body></html>'
)


class Shopper(User):
    host = "http://shop.example"

    @task
    def buy(self) -> None:
        """Never runs here."""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    (tmp_path / "report.html").write_text(PAGE)
    monkeypatch.setattr(html, "DEFAULT_BUILD_PATH", str(tmp_path))
    environment = Environment(user_classes=[Shopper], locustfile="shop.py")
    environment.create_local_runner()
    return environment


def values_of(report: str) -> dict[str, Any]:
    packed = re.search(r'<script type="application/gzip" id="template-args">(.*?)</script>', report)
    found = packed or re.search(r"^window\.templateArgs = (.*)$", report, re.MULTILINE)
    assert found, report
    text = gzip.decompress(base64.b64decode(found[1])) if packed else found[1]
    values: dict[str, Any] = json.loads(text)
    return values


@pytest.mark.parametrize(
    ("users", "rate", "seconds", "name"),
    [
        (10, 2.0, 60, "r_10_2_60.html"),
        (1000, 1.5, 5, "r_1000_1.5_5.html"),
        (0, 1e20, None, "r_0_100000000000000000000_{t}.html"),
        (None, None, None, "r_{u}_{r}_{t}.html"),
    ],
)
def test_the_file_is_named_after_the_run_as_upstream_does(
    users: int | None, rate: float | None, seconds: int | None, name: str
) -> None:
    options = argparse.Namespace(html_file="r_{u}_{r}_{t}.html", num_users=users, spawn_rate=rate, run_time=seconds)

    html.process_html_filename(options)

    assert options.html_file == name


def test_a_report_has_upstreams_values(environment: Environment) -> None:
    assert environment.runner is not None
    environment.stats.log_request("GET", "/", 12, 100)
    environment.stats.log_request("GET", "/", 20, 100)
    environment.stats.log_error("GET", "/", "refused")
    environment.runner.log_exception("local", "boom", "Traceback ...")

    values = values_of(html.get_html_report(environment, show_download_link=False, theme="dark"))

    upstreams = {
        "duration",
        "end_time",
        "exceptions_statistics",
        "failures_statistics",
        "history",
        "host",
        "is_report",
        "locustfile",
        "percentiles_to_chart",
        "profile",
        "requests_statistics",
        "response_time_statistics",
        "show_download_link",
        "start_time",
        "tasks",
    }
    assert upstreams <= values.keys()
    assert (values["host"], values["locustfile"], values["theme"]) == ("http://shop.example", "shop.py", "dark")
    assert [(row["method"], row["name"], row["num_requests"]) for row in values["requests_statistics"]] == [
        ("GET", "/", 2),
        ("", "Aggregated", 2),
    ]
    assert values["response_time_statistics"][0]["0.5"] == 20
    assert values["response_time_statistics"][0]["1.0"] == 20
    assert values["failures_statistics"][0]["error"] == "refused"
    assert values["exceptions_statistics"][0] == {
        "count": 1,
        "msg": "boom",
        "traceback": "Traceback ...",
        "nodes": "local",
    }
    assert values["tasks"]["per_class"] == {"Shopper": {"ratio": 0.0, "tasks": {"buy": {"ratio": 1.0}}}}


def test_a_run_that_was_followed_is_there_second_by_second(environment: Environment) -> None:
    class Followed:
        def report_values(self) -> dict[str, Any]:
            return {"series": {"total": {"time": [1]}}, "marks": [{"kind": "start"}]}

    environment._runs = Followed()

    values = values_of(html.get_html_report(environment))

    assert (values["series"], values["marks"]) == ({"total": {"time": [1]}}, [{"kind": "start"}])


def test_names_from_the_target_stay_in_the_block(environment: Environment) -> None:
    for name in ("</script><script>alert(1)</script>", "<!--locust:policy-->", "<!--locust:template-args-->"):
        environment.stats.log_request("GET", name, 1, 1)

    report = html.get_html_report(environment)

    assert report.count("<script") == 2
    assert {row["name"] for row in values_of(report)["requests_statistics"]} >= {"<!--locust:template-args-->"}


def test_different_hosts_read_none_as_upstream_says(environment: Environment) -> None:
    class Other(User):
        host = "http://other.example"

        @task
        def look(self) -> None:
            """Never runs here."""

    environment.user_classes.append(Other)

    assert values_of(html.get_html_report(environment))["host"] == "None"


def test_only_the_reports_own_scripts_may_run(environment: Environment) -> None:
    report = html.get_html_report(environment)

    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)" />', report)
    codes = re.findall(r"<script[^>]*>(.*?)</script>", report, re.DOTALL)
    assert policy
    assert set(re.findall(r"'sha256-[^']+'", policy[1])) == {script_source(code) for code in codes}
    assert len(codes) == 2


def test_a_page_that_is_not_built_names_the_command(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "DEFAULT_BUILD_PATH", "/nowhere")

    with pytest.raises(LocustError, match="make ui"):
        html.get_html_report(environment)


def test_tunables_are_read_when_a_report_is_made(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "PERCENTILES_TO_CHART", [0.5, 0.9])
    monkeypatch.setattr(html, "PERCENTILES_FOR_HTML_REPORT", [0.25])

    values = values_of(html.get_html_report(environment))

    assert values["percentiles_to_chart"] == [0.5, 0.9]
    assert list(values["response_time_statistics"][0]) == ["method", "name", "0.25"]


def test_a_run_with_thousands_of_names_is_still_one_small_file(environment: Environment) -> None:
    for index in range(10_000):
        environment.stats.log_request("GET", f"/item/{index}?</script>", index % 1_000, 10)

    report = html.get_html_report(environment)

    assert len(report) < 1_000_000
    assert len(values_of(report)["requests_statistics"]) == 10_001


def test_a_page_of_the_build_is_rendered_with_what_is_given(tmp_path: Path) -> None:
    (tmp_path / "ours.html").write_text("<head><!--locust:template-args--></head>")
    (tmp_path / "template.html").write_text("<h1>{{ theme }} {{ more }}</h1>")

    ours = html.render_template_from("ours.html", str(tmp_path), template_args={"name": "</script>"}, theme="dark")
    template = html.render_template_from("template.html", str(tmp_path), theme="dark", more=1)

    assert 'window.templateArgs = {"name": "\\u003c/script\\u003e"}\nwindow.theme = "dark"' in ours
    assert template == "<h1>dark 1</h1>"
