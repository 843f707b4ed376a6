"""Pages with their arguments in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.web import client_of, make_environment, make_web_ui
from flask import Response, render_template
from jinja2 import TemplateNotFound

from locust.util.page import PLACEHOLDER, assignments, json_text, script_source
from locust.web import WebUI

NASTY = "</script><script>alert(1)</script><!-- \u2028 & \"'"


@pytest.fixture
def web_ui(tmp_path: Path) -> Iterator[WebUI]:
    web_ui = make_web_ui(make_environment(locustfile=NASTY))
    web_ui.folders = [tmp_path]
    yield web_ui
    web_ui.environment.runner.quit()


def arguments_of(page: str) -> dict[str, object]:
    found = re.search(r"^window\.templateArgs = (.*)$", page, re.MULTILINE)
    assert found is not None
    loaded: dict[str, object] = json.loads(found[1])
    return loaded


def test_no_text_breaks_out_of_the_script() -> None:
    code = assignments({"x": json_text({"name": NASTY})})

    assert "<" not in code
    assert json.loads(code.removeprefix("\nwindow.x = ")) == {"name": NASTY}


def test_a_number_that_json_has_no_word_for_does_not_break_the_page() -> None:
    assert json_text({"rate": float("nan"), "names": {"a"}}) == '{"rate": null, "names": ["a"]}'


def test_our_page_gets_its_arguments_as_upstreams_does(web_ui: WebUI, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f"<html>{PLACEHOLDER}</html>")

    answer = client_of(web_ui).get("/")
    page = answer.get_data(as_text=True)

    assert arguments_of(page)["locustfile"] == NASTY
    assert "alert(1)</script>" not in page
    # No other script than this one runs.
    assert answer.headers["Content-Security-Policy"].count("'sha256-") == 1


def test_a_page_of_somebody_else_is_a_template(web_ui: WebUI, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<script>args = {{ template_args|tojson }}</script>")

    answer = client_of(web_ui).get("/")

    text = answer.get_data(as_text=True)
    assert json.loads(text.removeprefix("<script>args = ").removesuffix("</script>"))["locustfile"] == NASTY
    assert answer.headers["Content-Security-Policy"].count("'sha256-") == 1


def test_a_missing_build_says_how_to_make_it(web_ui: WebUI) -> None:
    answer = client_of(web_ui).get("/")

    assert answer.status_code == 200
    assert "make ui" in answer.get_data(as_text=True)
    assert arguments_of(answer.get_data(as_text=True))["state"] == "ready"


def test_what_plugins_put_in_stays(web_ui: WebUI) -> None:
    web_ui.template_args["extended_tabs"] = [{"title": "Sizes", "key": "sizes"}]

    page = client_of(web_ui).get("/").get_data(as_text=True)

    assert arguments_of(page)["extended_tabs"] == [{"title": "Sizes", "key": "sizes"}]


@pytest.mark.parametrize("host", ["http://x.example/a b", "https://[::1]:1/;rm -rf", "http://é"])
def test_names_of_files_are_safe_in_a_header(host: str, web_ui: WebUI) -> None:
    web_ui.environment.host = host

    header = client_of(web_ui).get("/stats/requests/csv").headers["Content-Disposition"]

    # As upstream's for plain hosts: browsers put something else for ":" and "/".
    assert re.fullmatch(r"attachment;filename=Locust_[\w.:/-]+_requests\.csv", header, re.ASCII)


def test_a_route_of_a_locustfile_renders_our_page_with_arguments_of_its_own(web_ui: WebUI, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f"<html>{PLACEHOLDER}<script>a = '{{{{ b }}}}'</script></html>")

    @web_ui.app.route("/extend")
    def extend() -> str:
        web_ui.update_template_args()
        return render_template("index.html", template_args={**web_ui.template_args, "extended_tabs": [{"key": NASTY}]})

    page = client_of(web_ui).get("/extend").get_data(as_text=True)

    assert arguments_of(page)["extended_tabs"] == [{"key": NASTY}]
    assert arguments_of(page)["locustfile"] == NASTY
    assert "alert(1)</script>" not in page
    assert "'{{ b }}'" in page


def test_only_our_pages_are_templates(web_ui: WebUI, tmp_path: Path) -> None:
    (tmp_path.parent / "other.html").write_text("secret")

    for name in ("../other.html", "none.html"):
        with web_ui.app.test_request_context("/"), pytest.raises(TemplateNotFound):
            render_template(name)


def test_a_script_that_a_locustfile_puts_into_the_page_may_run(web_ui: WebUI, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f"<html>{PLACEHOLDER}</html>")

    @web_ui.app.after_request
    def put_in(response: Response) -> Response:
        response.set_data(response.get_data(as_text=True).replace("</html>", "<script>added()</script></html>"))
        return response

    policy = client_of(web_ui).get("/").headers["Content-Security-Policy"]

    assert script_source("added()") in policy
    assert policy.count("'sha256-") == 2
