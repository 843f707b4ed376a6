"""The command line: the table of options becomes a parser; files, environment and arguments become parsed options."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any, NamedTuple, NoReturn

import configargparse  # type: ignore[import-untyped]  # it has none

import locust
from locust._options import (
    COMMON,
    GROUPS,
    OPTIONS,
    Group,
    Option,
    gt_zero,
    json_user_config,
    positive_integer,
    timespan,
    version_text,
)
from locust.exception import LocustError
from locust.util.borrowed import borrowed
from locust.util.url import is_url

__all__ = (
    "DEFAULT_CONFIG_FILES",
    "LocustArgumentParser",
    "UIExtraArgOptions",
    "default_args_dict",
    "download_locustfile_from_url",
    "get_empty_argument_parser",
    "get_locustfiles_locally",
    "get_parser",
    "gt_zero",
    "json_user_config",
    "parse_locustfile_option",
    "parse_locustfile_paths",
    "parse_options",
    "positive_integer",
    "setup_parser_arguments",
    "timespan",
    "ui_extra_args_dict",
)

# Later ones win over earlier ones, --config over all, the environment over files.
DEFAULT_CONFIG_FILES = ("~/.locust.conf", "locust.conf", "pyproject.toml")

_USAGE = "locust [options] [UserClass ...]"
_NARGS: dict[str, str | None] = {"value": None, "values": "*"}
_EPILOG = """Examples:

    locust -f my_test.py -H https://www.example.com

    locust --headless -u 100 -r 10 -t 20m MyUser AnotherUser

    locust check -f my_test.py    say what is wrong with a locustfile, and what it would do

    locust demo                   start the bundled target, and load it
    locust demo --target-only     start the bundled target

An option can also stand in a configuration file or in the environment: see --config."""


# Upstream has none of these: no abbreviation means one, and nobody who counts or compares finds one that was not given.
_OWN = frozenset(option.dest for option in OPTIONS if option.is_own)


class LocustArgumentParser(configargparse.ArgumentParser):  # type: ignore[misc]  # configargparse has no types
    """A parser whose options may show up in the web UI's start form.

    `add_argument` takes what argparse's does, `env_var`, and:

    Args:
        include_in_web_ui: show it there.
        is_secret: as a password field.
        is_required: must be filled in.
        is_multiple: several of `choices` may be taken.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Before argparse adds --help through add_argument.
        self._in_web_ui: dict[str, argparse.Action] = {}
        self._marked_for_web_ui: dict[str, set[str]] = {"is_secret": set(), "is_required": set(), "is_multiple": set()}
        super().__init__(*args, **kwargs)

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        is_included = kwargs.pop("include_in_web_ui", True)
        marks = [mark for mark in self._marked_for_web_ui if kwargs.pop(mark, False)]
        action: argparse.Action = super().add_argument(*args, **kwargs)
        if is_included:
            self._in_web_ui[action.dest] = action
        for mark in marks:
            self._marked_for_web_ui[mark].add(action.dest)
        return action

    @property
    def args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        """Options for the web UI, by their name among the parsed options."""
        return dict(self._in_web_ui)

    @property
    def secret_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        return self._marked("is_secret")

    @property
    def required_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        return self._marked("is_required")

    @property
    def multiple_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        return self._marked("is_multiple")

    def _marked(self, mark: str) -> dict[str, argparse.Action]:
        return {dest: action for dest, action in self._in_web_ui.items() if dest in self._marked_for_web_ui[mark]}

    def _get_option_tuples(self, option_string: str) -> list[Any]:
        """What an abbreviation may mean."""
        return [found for found in super()._get_option_tuples(option_string) if found[0].dest not in _OWN]

    def error(self, message: str) -> NoReturn:
        """Says what is wrong, with the nearest option there is, and exits with 2."""
        unknown_prefix = "unrecognized arguments: "
        lines = [f"{self.prog}: error: {message}"]
        if message.startswith(unknown_prefix):
            # Files' keys come as --key=value.
            unknown = [word.split("=")[0] for word in message[len(unknown_prefix) :].split() if word.startswith("-")]
            known = [
                flag
                for action in self._actions
                for flag in action.option_strings
                if flag.startswith("--") and action.help is not argparse.SUPPRESS
            ]
            # The first only: the next may be its value.
            if nearest := difflib.get_close_matches(unknown[0], known, n=1) if unknown else []:
                lines.append(f"Did you mean '{nearest[0]}'?")
        self.exit(2, "\n".join(lines) + "\n")
        raise AssertionError("unreachable")


class UIExtraArgOptions(NamedTuple):
    """What the web UI knows of an option that a locustfile or plugin added."""

    default_value: str
    is_secret: bool
    is_required: bool
    help_text: str | None
    is_multiple: bool
    choices: list[str] | None = None


def get_parser(default_config_files: Any = DEFAULT_CONFIG_FILES) -> LocustArgumentParser:
    """Gives the whole parser: Locust's options, then those that listeners of `init_command_line_parser` add."""
    parser = _parser_without_options(add_help=True, default_config_files=default_config_files)
    setup_parser_arguments(parser)
    locust.events.init_command_line_parser.fire(parser=parser)
    return parser


def parse_options(args: list[str] | None = None) -> argparse.Namespace:
    """Parses the command line, environment and configuration files.

    Exits with 2, saying why, when they make no sense.
    """
    parser = get_parser()
    options: argparse.Namespace = parser.parse_args(args=args)
    if options.stats_history_enabled and options.csv_prefix is None:
        parser.error("'--csv-full-history' requires '--csv'.")
    return options


def parse_locustfile_option(args: list[str] | None = None) -> argparse.Namespace:
    """Parses only what is needed to find the locustfile, which may add options of its own.

    `--version` is answered here, `--help` is only noted.
    """
    parser = _parser_without_options(add_help=False)
    for option in OPTIONS:
        if option.kind == "help":
            parser.add_argument(*option.flags, dest=option.dest, action="store_true", default=False)
        elif option.is_early:
            _add_option(parser, option)
        elif letters := [flag for flag in option.flags if not flag.startswith("--")]:
            # Letters can stand together: -lf my_test.py.
            kind: dict[str, Any] = {"action": "store_true"} if option.kind == "flag" else {"nargs": _NARGS[option.kind]}
            parser.add_argument(*letters, dest=option.dest, default=argparse.SUPPRESS, **kind)
    found: argparse.Namespace = parser.parse_known_args(args=args)[0]
    early = {option.dest: getattr(found, option.dest, False) for option in OPTIONS if option.is_early}
    return argparse.Namespace(**{dest: value for dest, value in early.items() if value or dest not in _OWN})


def get_empty_argument_parser(
    add_help: bool = True, default_config_files: Any = DEFAULT_CONFIG_FILES
) -> LocustArgumentParser:
    """Gives a parser of `-f` and `--config`, that reads the environment and the given configuration files."""
    parser = _parser_without_options(add_help, default_config_files)
    for option in OPTIONS:
        if option.dest in {"locustfile", "config"}:
            _add_option(parser, option)
    return parser


def _parser_without_options(add_help: bool, default_config_files: Any = DEFAULT_CONFIG_FILES) -> LocustArgumentParser:
    return LocustArgumentParser(
        prog="locust",
        default_config_files=default_config_files,
        config_file_parser_class=_ConfigFileParser,
        add_env_var_help=False,
        add_config_file_help=False,
        add_help=add_help,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=argparse.SUPPRESS,
        description=f"Usage: {_USAGE}",
        epilog=_EPILOG,
    )


def setup_parser_arguments(parser: LocustArgumentParser) -> None:
    """Adds Locust's own options to `parser`."""
    # No public way to name the group that add_argument without a group puts options in.
    parser._optionals.title = COMMON.title
    groups: dict[Group, Any] = {
        group: parser if group is COMMON else parser.add_argument_group(group.title, group.description)
        for group in GROUPS
    }
    # `get_empty_argument_parser` has two of them already.
    known = {action.dest for action in parser._actions}
    for option in OPTIONS:
        if option.kind != "help" and option.dest not in known:
            _add_option(groups.get(option.group, parser), option)


def default_args_dict() -> dict[str, Any]:
    """Gives all options as they are without arguments and configuration files, by name among the parsed options."""
    return dict(vars(get_parser(default_config_files=[]).parse_args(args=[])))


def ui_extra_args_dict(args: list[str] | None = None) -> dict[str, dict[str, Any]]:
    """Gives the options that locustfiles and plugins added, with what the web UI's start form needs to know of each."""
    parser = get_parser()
    return extra_args_of(parser, vars(parser.parse_args(args=args)))


def extra_args_of(parser: LocustArgumentParser, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """As `ui_extra_args_dict`, of options that are parsed already."""
    own = {option.dest for option in OPTIONS}
    return {
        dest: UIExtraArgOptions(
            default_value=values[dest],
            is_secret=dest in parser.secret_args_included_in_web_ui,
            is_required=dest in parser.required_args_included_in_web_ui,
            help_text=action.help,
            is_multiple=dest in parser.multiple_args_included_in_web_ui,
            choices=list(action.choices) if action.choices else None,
        )._asdict()
        for dest, action in parser.args_included_in_web_ui.items()
        if dest not in own and dest in values
    }


# --- from -f to files -------------------------------------------------------------------------------------------------


def get_locustfiles_locally(options: argparse.Namespace) -> list[str]:
    """Gives the absolute paths of the files that `-f` names.

    Raises:
        LocustError: there is no such file, or it can't be fetched.
    """
    if options.locustfile == "-":
        raise LocustError("locustfile was set to '-' (meaning to download from master) but --worker was not specified.")
    return parse_locustfile_paths([path.strip() for path in options.locustfile.split(",")])


def parse_locustfile_paths(paths: list[str]) -> list[str]:
    """Gives the absolute paths of files, of what is in directories, and of copies of what is at URLs.

    Raises:
        LocustError: there is no such file, or it can't be fetched.
    """
    return [file for path in paths for file in _locustfiles_at(path)]


def _locustfiles_at(path: str) -> list[str]:
    if is_url(path):
        return [download_locustfile_from_url(path)]
    if os.path.isdir(path):
        files = sorted(
            os.path.abspath(os.path.join(folder, name))
            for folder, _, names in os.walk(path)
            for name in names
            if name.endswith(".py") and not name.startswith("_")
        )
        if not files:
            raise LocustError(f"Could not find any locustfiles in directory '{path}'")
        return files
    if not (path.endswith(".py") and os.path.isfile(path)):
        raise LocustError(
            f"Could not find '{path}'. Ensure your locustfile ends with '.py' or is a directory with locustfiles. "
            "See --help for available options."
        )
    return [os.path.abspath(path)]


def download_locustfile_from_url(url: str) -> str:
    """Saves the Python file at `url` until this process ends, and gives its path.

    Raises:
        LocustError: it can't be fetched, or is no Python.
    """
    import ast
    from urllib.parse import unquote, urlparse

    import requests

    from locust.util.directory import make_temporary_folder

    try:
        response = requests.get(url, timeout=30)
        response.raise_for_status()
    except requests.exceptions.RequestException as error:
        raise LocustError(f"Failed to get locustfile from: {url}. Exception: {error}") from error
    try:
        # Bytes: what the file says of its encoding holds, and UTF-8 by default; HTTP's default is another.
        ast.parse(response.content)
    except (SyntaxError, ValueError) as error:
        raise LocustError(
            f"Failed to get locustfile from: {url}. Response was not valid python code: {response.text[:100]!r}"
        ) from error
    folder = make_temporary_folder()
    # A folder of its own, and no more than a file name: what a server calls its file must not choose where it goes.
    name = os.path.basename(unquote(urlparse(url).path)) or "locustfile"
    path = os.path.join(folder, name if name.endswith(".py") else f"{name}.py")
    with open(path, "wb") as file:
        file.write(response.content)
    return path


# --- the parser's parts -----------------------------------------------------------------------------------------------


class _Removed(argparse.Action):
    """An option that upstream took out: says what to use instead."""

    def __init__(self, *args: Any, reason: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason = reason

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise argparse.ArgumentError(self, self.reason)


class _ConfigFileParser(configargparse.DefaultConfigFileParser):  # type: ignore[misc]  # configargparse has no types
    """Reads `[tool.locust]` of `.toml` files, and `name = value` lines of all others."""

    def parse(self, stream: IO[str]) -> OrderedDict[str, Any]:
        if not stream.name.endswith(".toml"):
            items: OrderedDict[str, Any] = super().parse(stream)
            return items
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        try:
            tools = tomllib.loads(stream.read()).get("tool", {})
        except tomllib.TOMLDecodeError as error:
            raise configargparse.ConfigFileParserException(
                f"Couldn't parse TOML file: {stream.name}: {error}"
            ) from error
        table = tools.get("locust", {}) if isinstance(tools, dict) else {}
        if not isinstance(table, dict):
            raise configargparse.ConfigFileParserException(
                f"{stream.name}: [tool.locust] is to be a table of options, not {table!r}"
            )
        return OrderedDict((key, _as_text(value)) for key, value in table.items())


def _as_text(value: Any) -> str | list[Any]:
    """A TOML value as somebody would have typed it."""
    if isinstance(value, list):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _add_option(parent: Any, option: Option) -> None:
    """Adds a row of the table to a parser or one of its groups."""
    if not option.flags:
        default = (os.environ.get(option.env_var or "") or "").split()
        parent.add_argument(option.dest, nargs="*", default=default, metavar=option.metavar, help=option.help)
        return
    keywords: dict[str, Any] = {"dest": option.dest, "help": option.help or argparse.SUPPRESS}
    if option.env_var:
        keywords["env_var"] = option.env_var
    if isinstance(parent, LocustArgumentParser):
        keywords["include_in_web_ui"] = option.shown_in_web_ui
    if option.dest == "config":
        keywords["is_config_file_arg"] = True
    if option.removed:
        keywords |= {"action": _Removed, "reason": option.removed, "default": option.default, "metavar": option.metavar}
        if option.kind == "flag":
            keywords["nargs"] = 0
    elif option.kind == "version":
        keywords |= {"action": "version", "version": version_text()}
    elif option.kind == "flag":
        keywords |= {"action": "store_true", "default": option.default}
    else:
        keywords |= {
            "default": option.default,
            "type": option.type,
            "metavar": option.metavar,
            "choices": option.choices,
        }
        if option.kind == "values":
            keywords["nargs"] = "*"
    parent.add_argument(*option.flags, **keywords)


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "Message": "locust.rpc",
            "get_abspaths_in": "locust.util.directory",
            "parse_timespan": "locust.util.timespan",
            "requests": "locust.clients",
        },
    )
