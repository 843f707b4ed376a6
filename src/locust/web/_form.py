"""What the start form of `/api/v2` is made of, and what it may send back."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any, Final

from locust import web
from locust._course import facts
from locust._version import __version__
from locust.web import _template_args
from locust.web._input import MAX_HOST_LENGTH, MAX_PROFILE_LENGTH, Input
from locust.web._problem import ProblemError
from locust.web._steering import Order

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.user.users import User
    from locust.web import WebUI

# Their users can't do anything without a URL.
HTTP_USERS: Final = frozenset({"HttpUser", "FastHttpUser"})
OWN_ATTRIBUTES: Final = frozenset({"host", "weight", "fixed_count", "tasks"})


def config(web_ui: WebUI) -> dict[str, Any]:
    """`Config`."""
    environment = web_ui.environment
    options = environment.parsed_options
    shape = environment.shape_class
    run_time = getattr(options, "run_time", None)
    return {
        "version": __version__,
        "locustfile": environment.locustfile,
        "is_distributed": facts.is_distributed(environment.runner),
        "is_host_required": web.HOST_IS_REQUIRED,
        "has_class_picker": web_ui.userclass_picker_is_active,
        "has_login": web_ui.web_login,
        "hides_common_options": shape is not None
        and not shape.use_common_options
        and not web_ui.userclass_picker_is_active,
        "user_count": getattr(options, "num_users", None),
        "spawn_rate": getattr(options, "spawn_rate", None),
        "run_time": None if run_time is None else time_text(run_time),
        "host": _template_args.shown_host(environment),
        "profile": environment.profile,
        "profiles": [str(each) for each in web_ui.template_args.get("all_profiles") or []],
        "missing_host_warning": _template_args.misses_host(environment),
        "override_host_warning": _template_args.overrides_hosts(environment),
        "options": custom_options(environment),
        "user_classes": [user_class_row(environment, name) for name in known_classes(environment)],
        "shapes": shape_rows(environment),
        "shape_class": facts.shape_name(environment),
        "permissions": sorted(web_ui.permissions()),
    }


def time_text(seconds: float | str) -> str:
    """A run time as people type it."""
    if isinstance(seconds, str):
        return seconds
    if seconds != int(seconds):
        return f"{seconds:g}"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if count) or "0s"


def custom_options(environment: Environment) -> list[dict[str, Any]]:
    """`CustomOption` of each option that locustfile and plugins added."""
    options = environment.parsed_options or Namespace()
    found = []
    for name, row in _template_args.extra_options(environment).items():
        value = getattr(options, name, row["default_value"])
        is_secret = bool(row["is_secret"])
        found.append(
            {
                "name": name,
                "kind": _kind(value, row),
                "value": None if is_secret else _shown_value(value),
                "has_value": value not in (None, ""),
                "is_secret": is_secret,
                "is_required": bool(row["is_required"]),
                "help": row["help_text"],
                "choices": None if row["choices"] is None else [str(choice) for choice in row["choices"]],
            }
        )
    return found


def known_classes(environment: Environment) -> dict[str, type[User]]:
    """User classes by name: those that may be chosen, otherwise those that run."""
    return environment.available_user_classes or environment.user_classes_by_name


def user_class_row(environment: Environment, name: str) -> dict[str, Any]:
    """`UserClass`."""
    user_class = known_classes(environment)[name]
    shown = dict(user_class.json())
    tasks = (environment.available_user_tasks or {}).get(name) or user_class.tasks
    return {
        "name": name,
        "is_chosen": user_class in environment.user_classes,
        "user_count": facts.users_by_class(environment.runner).get(name, 0),
        "host": user_class.host,
        "weight": user_class.weight,
        "fixed_count": user_class.fixed_count,
        "tasks": _names(user_class.tasks),
        "available_tasks": _names(tasks),
        "attributes": {key: value for key, value in shown.items() if key not in OWN_ATTRIBUTES},
    }


def shape_rows(environment: Environment) -> list[dict[str, Any]]:
    """`Shape` of each."""
    return [
        {"name": name, "uses_common_options": bool(shape.use_common_options)}
        for name, shape in (environment.available_shape_classes or {}).items()
    ]


def start_order(body: dict[str, Any], web_ui: WebUI) -> Order:
    """Reads a `StartRequest`.

    Raises:
        ProblemError: something in it is wrong.
    """
    environment = web_ui.environment
    known = {"user_count", "spawn_rate", "host", "run_time", "profile", "user_classes", "shape_class", "options"}
    given = Input(body, known)
    order = Order(user_count=given.user_count(), spawn_rate=given.spawn_rate())
    if "host" in given:
        order.host = given.text("host", MAX_HOST_LENGTH)
    if "run_time" in given:
        order.run_time_s = given.run_time_s()
    else:
        order.run_time_s = _current_run_time(environment)
    order.options = _options(given, environment)
    if "profile" in given:
        order.options["profile"] = given.text("profile", MAX_PROFILE_LENGTH)
    _read_picker(given, web_ui, order)
    if isinstance(order.host, str):
        chosen = order.user_classes if isinstance(order.user_classes, list) else environment.user_classes_by_name
        check_host(given, order.host, [known_classes(environment)[name] for name in chosen])
    given.check()
    options = environment.parsed_options
    if order.user_count is None:
        order.user_count = getattr(options, "num_users", None) or 1
    if order.spawn_rate is None:
        order.spawn_rate = getattr(options, "spawn_rate", None) or 1
    return order


def check_host(given: Input, host: str, user_classes: list[type[User]]) -> None:
    """Refuses a host that users of HTTP can't do anything with."""
    uses_http = any(base.__name__ in HTTP_USERS for user_class in user_classes for base in user_class.__mro__)
    if uses_http and not host.lower().startswith(("http://", "https://")):
        given.refuse("host", f"Wanted a URL that begins with http:// or https://, found {host[:100]!r}")


def change_user_class(body: dict[str, Any], web_ui: WebUI, name: str) -> None:
    """Does what a `UserClassChange` says.

    Raises:
        ProblemError: it can't be done.
    """
    environment = web_ui.environment
    if name not in known_classes(environment):
        known = ", ".join(known_classes(environment))
        raise ProblemError("not-found", 404, f"There is no user class {name!r}. Known are: {known}.")
    if not web_ui.userclass_picker_is_active:
        raise ProblemError("conflict", 409, "User classes can be changed only when Locust runs with --class-picker.")
    row = user_class_row(environment, name)
    given = Input(body, OWN_ATTRIBUTES | {"attributes"})
    settings: dict[str, Any] = {}
    if "host" in given:
        settings["host"] = given.text("host", MAX_HOST_LENGTH)
        if settings["host"]:
            check_host(given, settings["host"], [known_classes(environment)[name]])
    if "weight" in given:
        settings["weight"] = given.number("weight")
    if "fixed_count" in given:
        settings["fixed_count"] = given.number("fixed_count", is_whole=True)
    if "tasks" in given:
        settings["tasks"] = given.names("tasks", row["available_tasks"])
        if not settings["tasks"]:
            given.refuse("tasks", "Wanted one task at least: a user without tasks fails")
    for key, value in given.object("attributes").items():
        if key not in row["attributes"]:
            given.refuse(f"attributes.{key}", f"Not among those that {name}.json() gives")
        settings[key] = value
    given.check()
    environment.update_user_class({"user_class_name": name, **settings})


def _read_picker(given: Input, web_ui: WebUI, order: Order) -> None:
    environment = web_ui.environment
    for name in ("user_classes", "shape_class"):
        if name in given and not web_ui.userclass_picker_is_active:
            given.refuse(name, "Can be chosen only when Locust runs with --class-picker")
            return
    if "user_classes" in given:
        classes = given.names("user_classes", known_classes(environment))
        if classes is not None:
            if not any(
                known_classes(environment)[each].weight or known_classes(environment)[each].fixed_count
                for each in classes
            ):
                given.refuse("user_classes", "Wanted one class at least whose weight or fixed count isn't 0")
            order.user_classes = classes
    if "shape_class" in given:
        shape = given.text("shape_class", MAX_PROFILE_LENGTH)
        if shape is not None and shape not in (environment.available_shape_classes or {}):
            known = ", ".join(environment.available_shape_classes or {})
            given.refuse("shape_class", f"There is no shape {shape!r}. Known are: {known}")
        order.shape = shape


def _options(given: Input, environment: Environment) -> dict[str, Any]:
    """Custom options, in the types that they have."""
    rows = {row["name"]: row for row in custom_options(environment)} if "options" in given else {}
    found = {}
    for name, value in given.object("options").items():
        row = rows.get(name)
        if row is None:
            given.refuse(f"options.{name}", f"There is no such option. Known are: {', '.join(rows) or 'none'}")
            continue
        if row["is_required"] and value in (None, ""):
            given.refuse(f"options.{name}", "Needed, but empty")
            continue
        try:
            found[name] = _like(getattr(environment.parsed_options, name, None), value, row)
        except (TypeError, ValueError):
            given.refuse(f"options.{name}", f"Wanted {_wanted(row)}, found {str(value)[:100]!r}")
    return found


def _like(old: Any, value: Any, row: dict[str, Any]) -> Any:
    """A value from JSON in the type of the option; raises ValueError or TypeError when it isn't one."""
    if value is None:
        return None
    if row["kind"] in ("multiple", "list"):
        if not isinstance(value, list):
            raise TypeError
        item_type = type(old[0]) if isinstance(old, list) and old else str
        values = [item_type(each) for each in value]
        if row["choices"] is not None and any(str(each) not in row["choices"] for each in values):
            raise ValueError
        return values
    if isinstance(value, (list, dict)):
        raise TypeError
    if row["choices"] is not None and str(value) not in row["choices"]:
        raise ValueError
    if row["kind"] == "boolean":
        if not isinstance(value, bool):
            raise TypeError
        return value
    if isinstance(old, (int, float)) and not isinstance(old, bool):
        return type(old)(value)
    return value if isinstance(value, str) else str(value)


def _wanted(row: dict[str, Any]) -> str:
    if row["choices"] is not None:
        return f"{'some' if row['kind'] == 'multiple' else 'one'} of {', '.join(row['choices'])}"
    return {"boolean": "true or false", "number": "a number", "list": "a list"}.get(row["kind"], "a text")


def _kind(value: Any, row: dict[str, Any]) -> str:
    if row["is_multiple"]:
        return "multiple" if row["choices"] else "list"
    if row["choices"]:
        return "choice"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "list" if isinstance(value, list) else "text"


def _shown_value(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [each if isinstance(each, (int, float)) else str(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _names(tasks: Any) -> list[str]:
    return list(dict.fromkeys(task.__name__ for task in tasks))


def _current_run_time(environment: Environment) -> float:
    run_time = getattr(environment.parsed_options, "run_time", None)
    return run_time if isinstance(run_time, (int, float)) else 0
