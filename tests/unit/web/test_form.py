"""What the start form is made of, and what it may send back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.web import make_environment, make_web_ui

from locust import HttpUser, events
from locust.web import WebUI
from locust.web._form import config, custom_options, start_order, time_text
from locust.web._problem import ProblemError


@pytest.fixture
def options() -> Iterator[None]:
    def add(parser: Any, **_: Any) -> None:
        parser.add_argument("--color", default="red", choices=["red", "blue"], help="of all")
        parser.add_argument("--token", default="s3cret", is_secret=True)
        parser.add_argument("--size", type=int, default=3, is_required=True)
        parser.add_argument("--ratio", type=float, default=0.5)
        parser.add_argument("--verbose", action="store_true")
        parser.add_argument("--parts", nargs="*", default=["a"], choices=["a", "b"], is_multiple=True)
        parser.add_argument("--hidden", default="x", include_in_web_ui=False)

    events.init_command_line_parser.add_listener(add)
    yield
    events.init_command_line_parser.remove_listener(add)


@pytest.fixture
def web_ui(options: None) -> Iterator[WebUI]:
    web_ui = make_web_ui(userclass_picker_is_active=True)
    yield web_ui
    web_ui.environment.runner.quit()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (20, "20s"), (90, "1m30s"), (3600, "1h"), (5400, "1h30m"), (1.5, "1.5")]
)
def test_a_run_time_is_shown_as_it_is_typed(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_each_option_has_its_control(web_ui: WebUI) -> None:
    rows = {row["name"]: row for row in custom_options(web_ui.environment)}

    assert {name: (row["kind"], row["value"]) for name, row in rows.items()} == {
        "color": ("choice", "red"),
        "token": ("text", None),
        "size": ("number", 3),
        "ratio": ("number", 0.5),
        "verbose": ("boolean", False),
        "parts": ("multiple", ["a"]),
    }
    assert (rows["token"]["is_secret"], rows["token"]["has_value"]) == (True, True)
    assert rows["size"]["is_required"]


def test_options_take_the_type_that_they_have(web_ui: WebUI) -> None:
    given = {"size": "5", "ratio": 1, "verbose": True, "parts": ["b"], "token": "n3w", "color": "blue"}

    order = start_order({"options": given}, web_ui)

    assert order.options == {**given, "size": 5, "ratio": 1.0}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("color", "green", "Wanted one of red, blue, found 'green'"),
        ("size", "x", "Wanted a number, found 'x'"),
        ("size", None, "Needed, but empty"),
        ("verbose", "yes", "Wanted true or false"),
        ("parts", ["c"], "Wanted some of a, b"),
        ("parts", "a", "Wanted some of a, b"),
        ("color", ["red"], "Wanted one of red, blue"),
        ("hidden", "y", "There is no such option"),
        ("loglevel", "DEBUG", "There is no such option"),
    ],
)
def test_a_wrong_option_is_refused_beside_its_field(name: str, value: Any, message: str, web_ui: WebUI) -> None:
    with pytest.raises(ProblemError) as refused:
        start_order({"options": {name: value}}, web_ui)

    [(field, detail)] = refused.value.errors
    assert field == f"options.{name}"
    assert message in detail


def test_all_wrong_values_are_told_at_once(web_ui: WebUI) -> None:
    with pytest.raises(ProblemError) as refused:
        start_order({"user_count": -1, "spawn_rate": "fast", "run_time": "soon", "nonsense": 1}, web_ui)

    assert {field for field, _ in refused.value.errors} == {"user_count", "spawn_rate", "run_time", "nonsense"}


@pytest.mark.parametrize(
    ("run_time", "seconds"), [(None, 0), ("", 0), (0, 0), (90, 90), ("1h30m", 5400), (" 20s ", 20), (1.5, 1.5)]
)
def test_a_run_time_is_seconds_or_a_time(run_time: Any, seconds: float, web_ui: WebUI) -> None:
    assert start_order({"run_time": run_time}, web_ui).run_time_s == seconds


def test_what_is_left_out_stays(web_ui: WebUI) -> None:
    options = web_ui.environment.parsed_options
    options.num_users, options.spawn_rate, options.run_time = 7, 2.5, 60

    order = start_order({}, web_ui)

    assert (order.user_count, order.spawn_rate, order.run_time_s) == (7, 2.5, 60)


@pytest.fixture
def http_ui() -> Iterator[WebUI]:
    class Browser(HttpUser):
        pass

    web_ui = make_web_ui(make_environment(user_classes=[Browser], available_user_classes={"Browser": Browser}))
    yield web_ui
    web_ui.environment.runner.quit()


@pytest.mark.parametrize("host", ["x.example", "ftp://x", "//x.example"])
def test_users_of_http_need_a_host_with_scheme(host: str, http_ui: WebUI) -> None:
    with pytest.raises(ProblemError, match="begins with http://"):
        start_order({"host": host}, http_ui)


@pytest.mark.parametrize("host", ["http://x", "HTTPS://x.example"])
def test_a_host_with_scheme_is_taken(host: str, http_ui: WebUI) -> None:
    assert start_order({"host": host}, http_ui).host == host


def test_other_users_may_have_any_host(web_ui: WebUI) -> None:
    assert start_order({"host": "broker:1883"}, web_ui).host == "broker:1883"


def test_the_picker_has_to_be_on_for_a_choice() -> None:
    web_ui = make_web_ui()
    with pytest.raises(ProblemError, match="--class-picker"):
        start_order({"user_classes": ["Visitor"]}, web_ui)
    web_ui.environment.runner.quit()


def test_the_form_knows_classes_and_shapes(web_ui: WebUI) -> None:
    form = config(web_ui)

    assert [row["name"] for row in form["user_classes"]] == ["Visitor", "Buyer"]
    assert form["user_classes"][0]["tasks"] == ["look", "buy"]
    assert form["user_classes"][0]["attributes"] == {"region": "north"}
    assert form["shapes"] == [{"name": "Wave", "uses_common_options": False}]
    assert form["override_host_warning"]
