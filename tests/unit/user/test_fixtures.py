"""Fixtures of collected tests, without pytest's own machinery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from locust.user._fixtures import FixtureError, Fixtures, check

USER: Any = object()


def collected(
    argument_names: list[str], *functions: Callable[..., Any], used: tuple[str, ...] = (), **parameters: Any
) -> Any:
    """A test as pytest gives it, with these functions as its fixtures."""

    def definition(function: Callable[..., Any]) -> Any:
        code = function.__code__
        optional = len(function.__defaults__ or ())
        return SimpleNamespace(func=function, argnames=code.co_varnames[: code.co_argcount - optional])

    return SimpleNamespace(
        nodeid="test_a.py::test_a",
        callspec=SimpleNamespace(params=parameters) if parameters else None,
        _fixtureinfo=SimpleNamespace(
            argnames=tuple(argument_names),
            initialnames=(*used, *argument_names),
            name2fixturedefs={function.__name__: [definition(function)] for function in functions},
        ),
    )


def test_fixtures_are_set_up_once_and_tidied_up_the_last_first() -> None:
    told: list[str] = []

    def base() -> Iterator[str]:
        told.append("base")
        yield "base"
        told.append("no base")

    def upper(base: str) -> Iterator[str]:
        told.append("upper")
        yield base.upper()
        told.append("no upper")

    fixtures = Fixtures(collected(["base", "upper"], base, upper), USER)

    assert fixtures.arguments() == {"base": "base", "upper": "BASE"}
    fixtures.close()
    fixtures.close()
    assert told == ["base", "upper", "no upper", "no base"]


def test_the_user_goes_to_those_who_have_an_argument_for_it() -> None:
    def client(user: Any = None) -> Any:
        return user

    assert Fixtures(collected(["client"], client), USER).arguments() == {"client": USER}


def test_used_ones_are_set_up_but_not_given() -> None:
    told: list[str] = []

    def automatic() -> None:
        told.append("automatic")

    assert Fixtures(collected([], automatic, used=("automatic",)), USER).arguments() == {}
    assert told == ["automatic"]


def test_parameters_are_arguments() -> None:
    function = collected(["page"], page="/a")

    check(function)
    assert Fixtures(function, USER).arguments() == {"page": "/a"}


@pytest.mark.parametrize("wanted", ["request", "unknown", "deep", "tmp_path"])
def test_what_only_pytest_has_is_refused(wanted: str) -> None:
    def tmp_path(request: Any) -> None:
        raise AssertionError("not called")

    def deep(tmp_path: Any) -> None:
        raise AssertionError("not called")

    with pytest.raises(FixtureError, match=r"wants the fixture '(request|unknown|tmp_path)', which there is only"):
        check(collected([wanted], tmp_path, deep))
