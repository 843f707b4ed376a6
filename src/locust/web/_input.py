"""Reads the JSON that requests of `/api/v2` carry, and collects everything that is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, Final, TypeGuard

from flask import Request

from locust.util.timespan import parse_timespan
from locust.web._problem import ProblemError

MAX_USERS: Final = 10_000_000
MAX_HOST_LENGTH: Final = 2000
MAX_PROFILE_LENGTH: Final = 200
RUN_TIME: Final = "Wanted seconds or a time like 90, 20s, 3m, 2h or 1h20m"


def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body; an empty body is an empty object.

    Raises:
        ProblemError: it is something else.
    """
    if not request.get_data(cache=True):
        return {}
    if request.mimetype != "application/json":
        raise ProblemError(
            "unsupported-media-type", 415, f"Wanted Content-Type: application/json, found {request.mimetype!r}."
        )
    try:
        body = request.get_json(cache=False)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise ProblemError("bad-request", 400, "Wanted a JSON object in the body.")
    return body


class Input:
    """Takes values out of an object by name; what is wrong is told at the end, by `check`."""

    def __init__(self, body: dict[str, Any], known: Collection[str]) -> None:
        self._body = body
        self._errors = [
            (name, f"Not known here. Known are: {', '.join(sorted(known))}") for name in body if name not in known
        ]

    def __contains__(self, name: str) -> bool:
        return name in self._body

    def refuse(self, name: str, detail: str) -> None:
        """Notes what is wrong with a value."""
        self._errors.append((name, detail))

    def check(self) -> None:
        """Ends here when anything was wrong.

        Raises:
            ProblemError: so it was.
        """
        if self._errors:
            detail = "; ".join(f"{name}: {text}" for name, text in self._errors)
            raise ProblemError("invalid-input", 422, detail, self._errors)

    def user_count(self, name: str = "user_count") -> int | None:
        value = self._body.get(name)
        if name not in self._body:
            return None
        if _is_number(value) and value == int(value) and 0 <= value <= MAX_USERS:
            return int(value)
        self.refuse(name, f"Wanted a whole number of users from 0 to {MAX_USERS:,}, found {_shown(value)}")
        return None

    def spawn_rate(self, name: str = "spawn_rate") -> float | None:
        value = self._body.get(name)
        if name not in self._body:
            return None
        if _is_number(value) and 0 < value <= MAX_USERS:
            return float(value)
        self.refuse(name, f"Wanted users per second above 0 and up to {MAX_USERS:,}, found {_shown(value)}")
        return None

    def number(self, name: str, *, is_whole: bool = False) -> float | int | None:
        """A number that isn't negative."""
        value = self._body.get(name)
        if _is_number(value) and value >= 0 and (not is_whole or value == int(value)):
            return int(value) if is_whole else float(value)
        kind = "a whole number" if is_whole else "a number"
        self.refuse(name, f"Wanted {kind} from 0 on, found {_shown(value)}")
        return None

    def text(self, name: str, max_length: int) -> str | None:
        """A text; empty is None."""
        value = self._body.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and len(value) <= max_length and _is_clean(value):
            return value
        self.refuse(name, f"Wanted a text of at most {max_length} characters, in one line, found {_shown(value)}")
        return None

    def run_time_s(self, name: str = "run_time") -> float:
        """Seconds; 0 without a limit."""
        value = self._body.get(name)
        if value is None or value == "":
            return 0
        if _is_number(value) and 0 <= value <= MAX_USERS:
            return float(value)
        if isinstance(value, str) and len(value) <= 50:
            try:
                return parse_timespan(value.strip())
            except ValueError:
                pass
        self.refuse(name, f"{RUN_TIME}, found {_shown(value)}")
        return 0

    def names(self, name: str, known: Collection[str]) -> list[str] | None:
        """A list of known names."""
        value = self._body.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.refuse(name, f"Wanted a list of names, found {_shown(value)}")
            return None
        if unknown := [each for each in value if each not in known]:
            self.refuse(name, f"Unknown: {', '.join(map(_shown, unknown[:5]))}. Known are: {', '.join(known)}")
            return None
        return value

    def object(self, name: str) -> dict[str, Any]:
        value = self._body.get(name, {})
        if isinstance(value, dict):
            return value
        self.refuse(name, f"Wanted an object, found {_shown(value)}")
        return {}


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_clean(text: str) -> bool:
    return all(character.isprintable() for character in text)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
