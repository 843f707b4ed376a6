"""What a post to `/swarm` asks for: a form becomes an order, or a refusal in upstream's words."""

from __future__ import annotations

import math
from argparse import Namespace
from typing import TYPE_CHECKING, Any, Final

from locust._course.facts import is_under_way
from locust.util.timespan import parse_timespan
from locust.web import _template_args
from locust.web._steering import KEEP, Order

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from locust.env import Environment

BAD_RUN_TIME: Final = "Valid run_time formats are : 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc."
BAD_LOAD: Final = "Missing or invalid user_count or spawn_rate from /swarm request"
NO_SHAPE: Final = "Default"
# What isn't an option by its own name.
OWN_FIELDS: Final = frozenset({"user_count", "spawn_rate", "host", "run_time", "user_classes", "shape_class"})


def order_from_form(form: MultiDict[str, str], environment: Environment, *, has_picker: bool) -> Order:
    """Reads the form.

    Raises:
        ValueError: why not, in upstream's words where it has some.
    """
    order = Order(options=_options(form, environment))
    if "host" in form:
        # Older clients show it as it is.
        order.host = form["host"].replace("<", "").replace(">", "")
    if has_picker:
        _read_picker(form, environment, order)
    order.run_time_s = _run_time(form.get("run_time", ""))
    shape = environment.shape_class if order.shape is KEEP else order.shape
    order.user_count, order.spawn_rate = _load(form, is_needed=shape is None)
    return order


def like(old: Any, texts: list[str]) -> Any:
    """A form's value in the type that the option had.

    Raises:
        ValueError: the text isn't of that type.
    """
    text = texts[0]
    if isinstance(old, bool):
        return text.lower() == "true"
    if isinstance(old, list):
        parts = texts if len(texts) > 1 else [part.strip() for part in text.split(",") if part.strip()]
        return [type(old[0])(part) if old else part for part in parts]
    if isinstance(old, (int, float)):
        return type(old)(text)
    return text


def _options(form: MultiDict[str, str], environment: Environment) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    known = vars(environment.parsed_options or Namespace())
    hidden = _hidden_secrets(form, environment)
    for name in form:
        if name in OWN_FIELDS or name not in known or name in hidden:
            continue
        old = known[name]
        try:
            changes[name] = like(old, form.getlist(name))
        except (ValueError, TypeError):
            raise ValueError(f"Invalid {name} value: {form[name]!r} (must be like {old!r})") from None
    if "profile" in changes:
        changes["profile"] = changes["profile"] or None
    return changes


def _hidden_secrets(form: MultiDict[str, str], environment: Environment) -> set[str]:
    """Fields that a form sends back empty only because the page doesn't tell the secrets that are in them."""
    empty = {name for name in form if not form[name]}
    if not empty:
        return empty
    rows = _template_args.extra_options(environment)
    return {name for name in empty if rows.get(name, {}).get("is_secret")}


def _read_picker(form: MultiDict[str, str], environment: Environment, order: Order) -> None:
    classes = environment.available_user_classes or {}
    names = form.getlist("user_classes")
    if unknown := [name for name in names if name not in classes]:
        raise ValueError(f"Unknown User(s): {', '.join(unknown)}. Take some of: {', '.join(classes)}")
    if names:
        order.user_classes = names
    elif not is_under_way(environment.runner):
        order.user_classes = list(classes)
    shapes = environment.available_shape_classes or {}
    shape = form.get("shape_class", NO_SHAPE)
    if shape != NO_SHAPE and shape not in shapes:
        raise ValueError(f"Unknown shape: {shape}. Take one of: {', '.join((NO_SHAPE, *shapes))}")
    order.shape = None if shape == NO_SHAPE else shape


def _run_time(text: str) -> int:
    """Seconds, 0 without a limit."""
    if not text:
        return 0
    try:
        return parse_timespan(text)
    except ValueError:
        raise ValueError(BAD_RUN_TIME) from None


def _load(form: MultiDict[str, str], *, is_needed: bool) -> tuple[int | None, float | None]:
    count_text, rate_text = form.get("user_count"), form.get("spawn_rate")
    try:
        count = None if count_text is None else int(count_text)
    except ValueError:
        raise ValueError(f"Invalid user_count value: {count_text!r} (must be an integer)") from None
    try:
        rate = None if rate_text is None else float(rate_text)
    except ValueError:
        raise ValueError(f"Invalid spawn_rate value: {rate_text!r} (must be a number)") from None
    if not is_needed:
        return count, rate
    if count is None or rate is None or count < 0 or not math.isfinite(rate) or rate <= 0:
        raise ValueError(BAD_LOAD)
    return count, rate
