"""What has changed since the last look."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fakes.web import make_web_ui

from locust.web import WebUI, _shown
from locust.web._shown import Shown, new_lines


@pytest.fixture
def web_ui() -> Iterator[WebUI]:
    web_ui = make_web_ui()
    yield web_ui
    web_ui.environment.runner.quit()


def count(web_ui: WebUI, name: str, times: int = 1) -> None:
    for _ in range(times):
        web_ui.environment.stats.log_request("GET", name, 10.0, 100)


def changes(shown: Shown, **settings: int) -> dict[str, object]:
    return {name: json.loads(data) for name, data in shown.changes(**settings)}


def names(event: object) -> list[str]:
    return [row["name"] for row in event["rows"]]


def test_only_rows_that_changed_of_late_are_told(web_ui: WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_shown, "STAYS_HOT_SEC", 0)
    count(web_ui, "/a")
    count(web_ui, "/b")
    assert names(changes(web_ui.shown)["stats"]) == ["/a", "/b"]

    count(web_ui, "/b")

    assert names(changes(web_ui.shown)["stats"]) == ["/b"]


def test_nothing_is_told_when_nothing_changed(web_ui: WebUI) -> None:
    changes(web_ui.shown)

    assert changes(web_ui.shown) == {}


def test_rows_take_turns_when_there_are_too_many(web_ui: WebUI) -> None:
    for number in range(5):
        count(web_ui, f"/{number}")

    first, second, third = (changes(web_ui.shown, max_rows=2)["stats"] for _ in range(3))

    assert [event["pending"] for event in (first, second, third)] == [3, 3, 3]
    assert sorted(names(first) + names(second) + names(third)) == [f"/{number}" for number in range(5)]


def test_a_snapshot_has_all_that_was_told(web_ui: WebUI) -> None:
    count(web_ui, "/a", 3)
    web_ui.environment.stats.log_error("GET", "/a", ValueError("<b>"))
    web_ui.environment.runner.log_exception("local", "boom", "trace")
    told = changes(web_ui.shown)

    snapshot = json.loads(web_ui.shown.snapshot())

    assert snapshot["statistics"]["rows"] == told["stats"]["rows"]
    assert snapshot["errors"] == told["errors"]
    assert snapshot["exceptions"] == told["exceptions"]
    assert snapshot["workers"] == told["workers"]


def test_a_snapshot_can_be_had_before_anything_was_told(web_ui: WebUI) -> None:
    assert json.loads(web_ui.shown.snapshot())["statistics"]["total"]["requests"] == 0


def test_an_error_is_told_again_when_it_came_again(web_ui: WebUI) -> None:
    web_ui.environment.stats.log_error("GET", "/a", ValueError("x"))
    changes(web_ui.shown)
    assert "errors" not in changes(web_ui.shown)

    web_ui.environment.stats.log_error("GET", "/a", ValueError("x"))

    assert [row["occurrences"] for row in changes(web_ui.shown)["errors"]] == [2]


def test_rows_that_went_away_are_noticed(web_ui: WebUI) -> None:
    count(web_ui, "/a")
    changes(web_ui.shown)
    assert not web_ui.shown.has_lost_rows()

    web_ui.environment.stats.clear_all()

    assert web_ui.shown.has_lost_rows()


def test_rows_of_plugins_tables_come_from_what_they_add_to_the_statistics(web_ui: WebUI) -> None:
    web_ui.template_args["extended_tables"] = [{"key": "sizes", "structure": []}]

    @web_ui.app.after_request
    def extend(response):
        from flask import request

        if request.path == "/stats/requests":
            response.set_data(
                json.dumps({**response.json, "extended_stats": [{"key": "sizes", "data": [{"size": 1}]}]})
            )
        return response

    assert changes(web_ui.shown)["extended_stats"] == [{"key": "sizes", "data": [{"size": 1}]}]


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ([], ["a"], ["a"]),
        (["a"], ["a"], []),
        (["a"], ["a", "b"], ["b"]),
        (["a", "b", "c"], ["b", "c", "d"], ["d"]),
        (["a", "x", "b"], ["a", "x", "b", "c", "b"], ["c", "b"]),
        (["a"], ["b", "c"], ["b", "c"]),
        (["a", "b"], [], []),
    ],
)
def test_new_log_lines_are_those_after_the_old_end(before: list[str], after: list[str], news: list[str]) -> None:
    assert new_lines(before, after) == news
