"""Pages with their arguments in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.web import client_of, make_environment, make_web_ui

from locust.web import WebUI
from locust.web._pages import PLACEHOLDER, data_block

NASTY = "</script><script>alert(1)</script><!-- \u2028 & \"'"


@pytest.fixture
def web_ui(tmp_path: Path) -> Iterator[WebUI]:
    web_ui = make_web_ui(make_environment(locustfile=NASTY))
    web_ui.folders = [tmp_path]
    yield web_ui
    web_ui.environment.runner.quit()


def block_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="template-args">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    loaded: dict[str, object] = json.loads(found[1])
    return loaded


def test_no_text_breaks_out_of_the_block() -> None:
    block = data_block({"name": NASTY}, "x")

    assert block.count("<") == 2
    assert json.loads(block.partition(">")[2].rpartition("<")[0]) == {"name": NASTY}


def test_our_page_gets_a_block_of_data(web_ui: WebUI, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f"<html>{PLACEHOLDER}</html>")

    page = client_of(web_ui).get("/").get_data(as_text=True)

    assert block_of(page)["locustfile"] == NASTY
    assert "alert(1)</script>" not in page


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
    assert block_of(answer.get_data(as_text=True))["state"] == "ready"


def test_what_plugins_put_in_stays(web_ui: WebUI) -> None:
    web_ui.template_args["extended_tabs"] = [{"title": "Sizes", "key": "sizes"}]

    page = client_of(web_ui).get("/").get_data(as_text=True)

    assert block_of(page)["extended_tabs"] == [{"title": "Sizes", "key": "sizes"}]


@pytest.mark.parametrize("host", ["http://x.example/a b", "https://[::1]:1/;rm -rf", "http://é"])
def test_names_of_files_are_safe_everywhere(host: str, web_ui: WebUI) -> None:
    web_ui.environment.host = host

    header = client_of(web_ui).get("/stats/requests/csv").headers["Content-Disposition"]

    assert re.fullmatch(r"attachment;filename=Locust_[\w.-]+_requests\.csv", header, re.ASCII)
