"""Ratios of tasks. Figures and layout as seen in Locust 2.47."""

from __future__ import annotations

import json

import pytest

from locust import TaskSet, User
from locust.user.inspectuser import _calc_distribution, get_ratio, print_task_ratio, print_task_ratio_json


def a(user): ...


def b(user): ...


class Nested(TaskSet):
    tasks = {a: 3, b: 1}


class Heavy(User):
    tasks = [a, (Nested, 2), b]
    weight = 3


class Light(User):
    tasks = [b]


class Fixed(User):
    tasks = [b]
    fixed_count = 2


OF_PARENT = {
    "Heavy": {
        "ratio": 0.75,
        "tasks": {
            "a": {"ratio": 0.25},
            "Nested": {"ratio": 0.5, "tasks": {"a": {"ratio": 0.75}, "b": {"ratio": 0.25}}},
            "b": {"ratio": 0.25},
        },
    },
    "Light": {"ratio": 0.25, "tasks": {"b": {"ratio": 1.0}}},
}
OF_EVERYTHING = {
    "Heavy": {
        "ratio": 0.75,
        "tasks": {
            "a": {"ratio": 0.1875},
            "Nested": {"ratio": 0.375, "tasks": {"a": {"ratio": 0.28125}, "b": {"ratio": 0.09375}}},
            "b": {"ratio": 0.1875},
        },
    },
    "Light": {"ratio": 0.25, "tasks": {"b": {"ratio": 0.25}}},
}


@pytest.mark.parametrize(("total", "ratios"), [(False, OF_PARENT), (True, OF_EVERYTHING)])
def test_ratios_are_of_the_parent_or_of_everything(total, ratios):
    assert get_ratio([Heavy, Light], {"Heavy": 3, "Light": 1}, total) == ratios


def test_without_users_all_classes_have_no_share():
    ratios = get_ratio([Heavy, Light], {}, total=True)

    assert {name: entry["ratio"] for name, entry in ratios.items()} == {"Heavy": 0, "Light": 0}


@pytest.mark.parametrize(
    ("classes", "num_users", "distribution"),
    [
        ([Heavy, Light], None, {"Heavy": 3, "Light": 1}),
        ([Heavy, Light], 10, {"Heavy": 8, "Light": 2}),
        ([Heavy, Light, Fixed], 10, {"Heavy": 6, "Light": 2, "Fixed": 2}),
        ([Heavy, Light, Fixed], 1, {"Heavy": 0, "Light": 0, "Fixed": 2}),
        ([], 5, {}),
    ],
)
def test_users_are_spread_by_weight_after_the_fixed_ones(classes, num_users, distribution):
    assert _calc_distribution(classes, num_users) == distribution


def test_the_table_is_indented_by_level(capsys):
    print_task_ratio([Heavy, Light], None, total=True)

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        " 75.0       Heavy",
        "   18.8       a",
        "   37.5       Nested",
        "     28.1       a",
        "     9.4        b",
        "   18.8       b",
        " 25.0       Light",
        "   25.0       b",
    ]


def test_json_has_both_tables(capsys):
    print_task_ratio_json([Heavy, Light], None)

    assert json.loads(capsys.readouterr().out) == {"per_class": OF_PARENT, "total": OF_EVERYTHING}
