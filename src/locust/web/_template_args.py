"""What the page gets: upstream's `template_args`, which scripts and plugins read."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from locust import stats
from locust._course import facts
from locust._version import __version__

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners import Runner


def template_args(
    environment: Environment, runner: Runner, *, has_picker: bool, is_host_required: bool
) -> dict[str, Any]:
    """All of upstream's keys; values of secret options are left out."""
    options = environment.parsed_options
    shape = environment.shape_class
    uses_common = getattr(shape, "use_common_options", None)
    classes = environment.available_user_classes
    own_tasks: dict[str, list[Any]] | None = environment.available_user_tasks
    host = shown_host(environment)
    return {
        "available_shape_classes": ["Default", *sorted(environment.available_shape_classes or {})],
        "available_user_classes": None if classes is None else sorted(classes),
        "available_user_tasks": own_tasks
        and {name: [task.__name__ for task in tasks] for name, tasks in own_tasks.items()},
        "extra_options": extra_options(environment),
        "hide_common_options": (not (has_picker or uses_common)) if shape else None,
        "history": runner.stats.history,
        "host": host or "",
        "is_distributed": facts.is_distributed(runner),
        "is_host_required": is_host_required,
        "locustfile": environment.locustfile,
        "missing_host_warning": misses_host(environment),
        "num_users": getattr(options, "num_users", None),
        "override_host_warning": overrides_hosts(environment),
        "percentiles_to_chart": stats.PERCENTILES_TO_CHART,
        "percentiles_to_statistics": stats.PERCENTILES_TO_STATISTICS,
        "profile": environment.profile,
        "run_time": getattr(options, "run_time", None),
        "shape_use_common_options": uses_common,
        "show_userclass_picker": has_picker,
        "spawn_rate": getattr(options, "spawn_rate", None),
        "state": runner.state,
        "stats_history_enabled": getattr(options, "stats_history_enabled", None),
        "tasks": "{}",
        "user_count": runner.user_count,
        "users": classes and {name: user_class.json() for name, user_class in classes.items()},
        "version": __version__,
        "worker_count": facts.worker_count(environment),
    }


def extra_options(environment: Environment) -> dict[str, dict[str, Any]]:
    """Options of locustfile and plugins, by name."""
    if environment.parsed_options is None:
        return {}
    # One layer up.
    argument_parser = import_module("locust.argument_parser")
    values = vars(environment.parsed_options)
    rows: dict[str, dict[str, Any]] = argument_parser.extra_args_of(argument_parser.get_parser(), values)
    for row in rows.values():
        if row["is_secret"]:
            row["default_value"] = ""
    return rows


def shown_host(environment: Environment) -> str | None:
    """The host that the form begins with: the environment's, or that of all classes."""
    if environment.host:
        return environment.host
    hosts = {user_class.host for user_class in environment.user_classes}
    return next(iter(hosts)) if len(hosts) == 1 else None


def misses_host(environment: Environment) -> bool:
    """Whether no class has a host."""
    return not environment.host and not any(user_class.host for user_class in environment.user_classes)


def overrides_hosts(environment: Environment) -> bool:
    """Whether the form's host would take the place of different ones."""
    return not environment.host and len({user_class.host for user_class in environment.user_classes}) > 1
