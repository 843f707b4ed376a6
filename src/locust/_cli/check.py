"""`locust check`: says what is wrong with a locustfile and what it would do, before it meets the target."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from locust.exception import LocustError

if TYPE_CHECKING:
    from locust._check.findings import Finding
    from locust._check.once import Pass
    from locust._check.plan import EffectiveOption, PlannedClass
    from locust._cli.locustfile import Content
    from locust.argument_parser import LocustArgumentParser
    from locust.env import Environment
    from locust.user.users import User

FIT: Final = 0
UNFIT: Final = 1
_SECRET: Final = "********"


def run_check(arguments: list[str]) -> int:
    """Runs `locust check` with these arguments and gives the exit code: 0 when the locustfile is fit to run, else 1.

    Args:
        arguments: what comes after `check`: its own options, and all those of a run.
    """
    own, rest = _parser().parse_known_args(arguments)
    _refuse_unknown_rules(own.ignore)
    from locust import argument_parser

    early = argument_parser.parse_locustfile_option(rest)
    if early.locustfile == "-":
        raise LocustError("locust check reads a file: name it with -f")
    if importlib.util.find_spec("locust_plugins") is not None:
        importlib.import_module("locust_plugins")
    paths = argument_parser.get_locustfiles_locally(early)
    report = _inspect(own, paths, rest)
    print(json.dumps(report.as_json(), indent=2) if own.json else report.as_text(), flush=True)  # noqa: T201
    return FIT if report.is_fit(strict=own.strict) else UNFIT


class Report:
    """All that was found out about the locustfiles.

    Attributes:
        paths: of the files.
        findings: in the order of the lines.
        classes: the plan; empty when the files can't be imported.
        options: that aren't as by default.
        passes: what `--once` did; None without it.
    """

    def __init__(
        self,
        paths: list[str],
        findings: list[Finding],
        classes: list[PlannedClass],
        options: list[EffectiveOption],
        passes: list[Pass] | None,
    ) -> None:
        self.paths = paths
        self.findings = findings
        self.classes = classes
        self.options = options
        self.passes = passes

    def is_fit(self, *, strict: bool) -> bool:
        """Whether it can run: no errors, with `strict` no warnings either, and each pass went well."""
        from locust._check.findings import Severity

        is_sound = not any(strict or finding.severity is Severity.ERROR for finding in self.findings)
        return is_sound and all(each.is_good for each in self.passes or [])

    def as_json(self) -> dict[str, Any]:
        from locust._check.plan import as_json

        return {
            "is_fit": self.is_fit(strict=False),
            "findings": [{**asdict(each), "severity": each.severity.value} for each in self.findings],
            "plan": as_json(self.classes, self.options),
            "once": None
            if self.passes is None
            else [{**asdict(each), "is_good": each.is_good} for each in self.passes],
        }

    def as_text(self) -> str:
        lines = [_finding_line(each) for each in self.findings]
        if lines:
            lines.append("")
        if self.classes:
            lines += ["Plan", *_class_lines(self.classes), "", "Options", *_option_lines(self.options), ""]
        if self.passes is not None:
            lines += ["Once", *(line for each in self.passes for line in _pass_lines(each)), ""]
        return "\n".join([*lines, self._verdict()])

    def _verdict(self) -> str:
        counts = Counter(each.severity.value for each in self.findings)
        words = [f"{count} {kind}{'s' * (count > 1)}" for kind, count in sorted(counts.items())]
        if bad := sum(not each.is_good for each in self.passes or []):
            words.append(f"{bad} of {len(self.passes or [])} passes went wrong")
        found = ", ".join(words) or "Nothing found"
        return f"{found}. {'Fit to run.' if self.is_fit(strict=False) else 'Not fit to run.'}"


def _parser() -> argparse.ArgumentParser:
    from locust._check.findings import RULES

    rules = "\n".join(f"  {name:<22} {rule.severity.value:<8} {rule.summary}" for name, rule in RULES.items())
    parser = argparse.ArgumentParser(
        prog="locust check",
        usage="locust check [--once] [--json] [--strict] [--ignore RULE] [any option of a run] [UserClass ...]",
        description="Says what is wrong with a locustfile and what a run would do. Sends nothing without --once.",
        epilog=f"Rules (a comment `# locust-check: ignore[RULE]` leaves a line out):\n{rules}\n\n"
        "Exit codes: 0 fit to run; 1 not fit; 2 wrong options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--once", action="store_true", help="run each task once against the target")
    parser.add_argument(
        "--once-timeout", type=float, default=30.0, metavar="<seconds>", help="give a task up (default: %(default)g)"
    )
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")
    parser.add_argument("--ignore", action="append", default=[], metavar="RULE", help="leave this rule out; repeatable")
    return parser


def _refuse_unknown_rules(names: Sequence[str]) -> None:
    from locust._check.findings import RULES

    if unknown := [name for name in names if name not in RULES]:
        raise LocustError(f"--ignore: no such rule: {', '.join(unknown)}. Rules: {', '.join(RULES)}")


def _inspect(own: argparse.Namespace, paths: list[str], arguments: list[str]) -> Report:
    """Reads the files, imports them, and looks at what they make."""
    from locust import argument_parser
    from locust._check.classes import check_classes
    from locust._check.findings import without_ignored
    from locust._check.plan import plan_classes

    sources = {path: Path(path).read_text(encoding="utf-8") for path in paths}
    content, found = _load(sources)
    if content is None:
        return Report(paths, without_ignored(found, sources, own.ignore), [], [], None)
    parser = argument_parser.get_parser()
    options = parser.parse_args(args=arguments)
    environment = _build_environment(options, content, paths)
    classes = environment.user_classes
    found += check_classes(classes, paths, options.num_users)
    found += _check_hosts(classes, options.host)
    return Report(
        paths,
        without_ignored(found, sources, own.ignore),
        plan_classes(classes, options.host, options.num_users),
        effective_options(parser, options),
        _run_once(environment, options, own.once_timeout) if own.once else None,
    )


def _load(sources: dict[str, str]) -> tuple[Content | None, list[Finding]]:
    """Gives what the files define, None when they can't be imported; and what is wrong with their text."""
    from locust._check.findings import Finding
    from locust._check.source import check_source
    from locust._cli import locustfile
    from locust.util.load_locustfile import load_locustfile, load_locustfile_pytest

    found: list[Finding] = []
    try:
        for path, text in sources.items():
            found += check_source(path, text)
        # What it prints isn't part of the report.
        with contextlib.redirect_stdout(io.StringIO()):
            return locustfile.load(sources, load_locustfile, load_locustfile_pytest), found
    except LocustError:
        raise
    except SyntaxError as error:
        place = (error.filename or next(iter(sources)), error.lineno or 1)
        return None, [*found, Finding(*place, "cannot-import", f"not Python: {error.msg}")]
    except Exception as error:
        lines = [
            (frame.filename, frame.lineno or 1)
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename in sources
        ]
        place = lines[-1] if lines else (next(iter(sources)), 1)
        return None, [*found, Finding(*place, "cannot-import", f"importing it raises {error!r}")]


def _build_environment(options: argparse.Namespace, content: Content, paths: list[str]) -> Environment:
    """As a run would have it: classes chosen, configured, weighed and their tasks filtered."""
    import locust
    from locust._cli.locustfile import choose_user_classes
    from locust.env import Environment

    try:
        environment = Environment(
            user_classes=choose_user_classes(content.user_classes, options.user_classes),
            shape_class=content.first_shape,
            events=locust.events,
            host=options.host,
            tags=options.tags,
            exclude_tags=options.exclude_tags,
            parsed_options=options,
            parsed_locustfiles=paths,
            available_user_classes=content.user_classes,
            available_user_tasks=content.tasks,
        )
    except ValueError as error:
        raise LocustError(str(error)) from error
    for settings in options.config_users or []:
        for user_settings in settings:
            try:
                environment.update_user_class(user_settings)
            except KeyError as name:
                raise LocustError(f"--config-users: the locustfile has no User class {name}") from name
    if options.equal_weights:
        environment.assign_equal_weights()
    environment._filter_tasks_by_tags()
    return environment


def _check_hosts(user_classes: Sequence[type[User]], host: str | None) -> list[Finding]:
    from locust._check.classes import place_of
    from locust._check.findings import Finding

    return [
        Finding(
            *place_of(user_class),
            "no-host",
            f"{user_class.__name__} has no host: name the target with -H, or as `host` of the class",
        )
        for user_class in user_classes
        if hasattr(user_class, "rest") and not (host or user_class.host)
    ]


def _run_once(environment: Environment, options: argparse.Namespace, timeout_sec: float) -> list[Pass]:
    from locust import log
    from locust._check.once import run_once

    log.setup_logging(options.loglevel, options.logfile)
    runner = environment.create_local_runner()
    environment.events.init.fire(environment=environment, runner=runner, web_ui=None)
    passes = list(run_once(environment, environment.user_classes, timeout_sec))
    environment.events.quitting.fire(environment=environment, reverse=True)
    runner.quit()
    return passes


def effective_options(parser: LocustArgumentParser, options: argparse.Namespace) -> list[EffectiveOption]:
    """Options that somebody set, with who did: the command line, a variable or a file.

    Args:
        parser: that has just parsed.
        options: what it gave.
    """
    from locust._check.plan import EffectiveOption

    origins = {
        action.dest: _origin(source, key)
        for source, settings in parser.get_source_to_settings_dict().items()
        for key, (action, _) in settings.items()
        if action is not None
    }
    chosen = []
    for action in parser._actions:
        value = getattr(options, action.dest, None)
        origin = origins.get(action.dest) or ("default" if value == action.default else "command line")
        if action.dest in ("help", "version") or origin == "default":
            continue
        is_secret = action.dest in parser.secret_args_included_in_web_ui
        name = action.option_strings[-1] if action.option_strings else action.dest
        for flag in action.option_strings:
            name = flag if flag.startswith("--") else name
        chosen.append(EffectiveOption(name, _SECRET if is_secret else value, origin))
    return chosen


def _origin(source: str, key: str) -> str:
    kind, _, name = source.partition("|")
    if kind == "config_file":
        return _short(name)
    return key if kind == "environment_variables" else "default"


def _short(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def _finding_line(finding: Finding) -> str:
    return f"{_short(finding.path)}:{finding.line}: {finding.severity.value} [{finding.rule}] {finding.message}"


def _class_lines(classes: list[PlannedClass]) -> list[str]:
    lines: list[str] = []
    for each in classes:
        amount = f"fixed {each.fixed_count}" if each.fixed_count else f"weight {each.weight:g}"
        users = "" if each.users is None else f", {each.users} users"
        lines.append(
            f"  {each.name}  {amount} ({each.share:.1%}{users})  host {each.host or '-'}  wait {each.wait_time}"
        )
        lines += _task_lines(each.tasks, "    ")
    return lines


def _task_lines(tasks: dict[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for name, task in tasks.items():
        lines.append(f"{indent}{task['ratio']:6.1%}  {name}")
        lines += _task_lines(task.get("tasks", {}), indent + "  ")
    return lines


def _option_lines(options: list[EffectiveOption]) -> list[str]:
    if not options:
        return ["  all as by default"]
    return [f"  {each.name:<24} {each.value!s:<32} {each.origin}" for each in options]


def _pass_lines(each: Pass) -> list[str]:
    count = f"{len(each.requests)} request{'s' * (len(each.requests) != 1)}"
    lines = [f"  {'ok    ' if each.is_good else 'FAILED'}  {each.task}  {each.elapsed_ms:.0f} ms, {count}"]
    lines += [f"            {each_request}" for each_request in _request_errors(each)]
    if each.error:
        lines += [f"            {line}" for line in each.error.splitlines()]
    return lines


def _request_errors(each: Pass) -> list[str]:
    return [f"{request.method} {request.name}: {request.error}" for request in each.requests if request.error]
