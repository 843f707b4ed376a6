"""Fixtures of a pytest file for users that run its tests: each user has its own of each, as long as it runs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locust.user.users import User

# What a fixture's function calls the user that it is for; under pytest it has a default.
_USER = "user"


class FixtureError(ValueError):
    """A test asks for what there is only under pytest."""


class Fixtures:
    """The fixtures of one test for one user, set up when asked for."""

    def __init__(self, function: Any, user: User) -> None:
        self._function = function
        self._user = user
        self._values: dict[str, Any] = {}
        self._open: list[Iterator[Any]] = []

    def arguments(self) -> dict[str, Any]:
        """What the test is called with. Those that it merely uses (`autouse`, `usefixtures`) are set up, too."""
        for name in _names(self._function):
            self._value(name)
        return {name: self._value(name) for name in argument_names(self._function)}

    def close(self) -> None:
        """Has all of them tidy up, the last first."""
        while self._open:
            next(self._open.pop(), None)

    def _value(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self._make(name)
        return self._values[name]

    def _make(self, name: str) -> Any:
        parameters = _parameters(self._function)
        if name in parameters:
            return parameters[name]
        definition = _definition(self._function, name)
        arguments = {argument: self._value(argument) for argument in definition.argnames}
        if _USER not in arguments and _USER in inspect.signature(definition.func).parameters:
            arguments[_USER] = self._user
        made = definition.func(**arguments)
        if not inspect.isgenerator(made):
            return made
        value = next(made)
        self._open.append(made)
        return value


def argument_names(function: Any) -> list[str]:
    """Names of a collected test's arguments."""
    return list(function._fixtureinfo.argnames)


def check(function: Any) -> None:
    """Looks whether all fixtures of a collected test can be had.

    Raises:
        FixtureError: one can't.
    """
    wanted = _names(function)
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in seen and name not in _parameters(function):
            seen.add(name)
            wanted.extend(_definition(function, name).argnames)


def _names(function: Any) -> list[str]:
    return [*argument_names(function), *function._fixtureinfo.initialnames]


def _parameters(function: Any) -> dict[str, Any]:
    """Values of `parametrize`."""
    call = getattr(function, "callspec", None)
    return dict(call.params) if call else {}


def _definition(function: Any, name: str) -> Any:
    found = function._fixtureinfo.name2fixturedefs.get(name)
    # `request` has none, and pytest's own ones need it.
    if not found or "request" in found[-1].argnames:
        raise FixtureError(
            f"{function.nodeid} wants the fixture '{name}', which there is only under pytest. Under Locust, tests can "
            "have session, fastsession, and fixtures of your own that need no others"
        )
    return found[-1]
