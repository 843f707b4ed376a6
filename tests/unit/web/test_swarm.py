"""What a post to /swarm asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.web import make_environment
from werkzeug.datastructures import MultiDict

from locust import events
from locust.env import Environment
from locust.web._steering import KEEP, Order
from locust.web._swarm import like, order_from_form

LOAD = {"user_count": "3", "spawn_rate": "1.5"}


@pytest.fixture
def environment() -> Iterator[Environment]:
    environment = make_environment()
    yield environment
    environment.runner.quit()


def read(environment: Environment, *, has_picker: bool = False, **form: object) -> Order:
    return order_from_form(MultiDict(form), environment, has_picker=has_picker)


def test_users_and_rate_are_read(environment: Environment) -> None:
    order = read(environment, **LOAD)

    assert (order.user_count, order.spawn_rate, order.host, order.run_time_s) == (3, 1.5, KEEP, 0)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Missing or invalid user_count or spawn_rate"),
        ({"user_count": "2"}, "Missing or invalid"),
        ({**LOAD, "user_count": "-1"}, "Missing or invalid"),
        ({**LOAD, "spawn_rate": "0"}, "Missing or invalid"),
        ({**LOAD, "spawn_rate": "nan"}, "Missing or invalid"),
        ({**LOAD, "spawn_rate": "inf"}, "Missing or invalid"),
        ({**LOAD, "user_count": "1.5"}, r"Invalid user_count value: '1.5' \(must be an integer\)"),
        ({**LOAD, "spawn_rate": "x"}, r"Invalid spawn_rate value: 'x' \(must be a number\)"),
        ({**LOAD, "run_time": "soon"}, "Valid run_time formats are : 20, 20s"),
        ({**LOAD, "stop_timeout": "x"}, "Invalid stop_timeout value: 'x'"),
    ],
)
def test_a_bad_value_is_told_in_upstreams_words(form, message: str, environment: Environment) -> None:
    with pytest.raises(ValueError, match=message):
        read(environment, **form)


def test_tags_are_taken_out_of_the_host(environment: Environment) -> None:
    assert read(environment, **LOAD, host="<b>http://x</b>").host == "bhttp://x/b"


def test_known_options_take_their_type_and_unknown_ones_are_ignored(environment: Environment) -> None:
    order = read(environment, **LOAD, stop_timeout="3", reset_stats="true", profile="p", foo="1")

    assert order.options == {"stop_timeout": 3, "reset_stats": True, "profile": "p"}


@pytest.mark.parametrize(
    ("old", "texts", "new"),
    [
        (False, ["True"], True),
        (True, ["off"], False),
        (1, ["5"], 5),
        (1.5, ["5"], 5.0),
        (None, ["5"], "5"),
        ("a", ["b"], "b"),
        (["a"], ["b, c"], ["b", "c"]),
        ([1], ["2", "3"], [2, 3]),
        ([], ["2,3"], ["2", "3"]),
        (["a"], [""], []),
    ],
)
def test_a_text_becomes_what_the_option_was(old, texts, new) -> None:
    assert like(old, texts) == new


def test_the_picker_chooses_classes_and_shape(environment: Environment) -> None:
    order = read(environment, has_picker=True, **LOAD, user_classes=["Buyer"], shape_class="Wave")

    assert (order.user_classes, order.shape) == (["Buyer"], "Wave")


def test_the_picker_without_a_choice_means_all(environment: Environment) -> None:
    order = read(environment, has_picker=True, **LOAD)

    assert (order.user_classes, order.shape) == (["Visitor", "Buyer"], None)


def test_without_a_choice_the_selection_of_a_run_that_goes_on_stays(environment: Environment) -> None:
    environment.runner.state = "running"

    assert read(environment, has_picker=True, **LOAD).user_classes is KEEP


@pytest.mark.parametrize(
    ("choice", "message"),
    [({"user_classes": ["X"]}, r"Unknown User\(s\): X"), ({"shape_class": "X"}, "Unknown shape: X")],
)
def test_an_unknown_choice_is_told(choice, message: str, environment: Environment) -> None:
    with pytest.raises(ValueError, match=message):
        read(environment, has_picker=True, **LOAD, **choice)


def test_a_shape_needs_no_load(environment: Environment) -> None:
    assert read(environment, has_picker=True, shape_class="Wave").user_count is None


def test_only_options_are_set_whatever_else_their_object_has(environment: Environment) -> None:
    assert read(environment, **LOAD, __class__="x", __dict__="y").options == {}


def test_an_empty_profile_is_none(environment: Environment) -> None:
    assert read(environment, **LOAD, profile="").options == {"profile": None}


def test_a_secret_that_the_page_does_not_tell_is_kept_when_its_field_comes_back_empty() -> None:
    def add(parser: Any, **_: Any) -> None:
        parser.add_argument("--token", default="s3cret", is_secret=True)
        parser.add_argument("--color", default="red")

    events.init_command_line_parser.add_listener(add)
    try:
        environment = make_environment()
        empty = read(environment, **LOAD, token="", color="").options
        new = read(environment, **LOAD, token="n3w").options
    finally:
        events.init_command_line_parser.remove_listener(add)
        environment.runner.quit()

    assert (empty, new) == ({"color": ""}, {"token": "n3w"})
