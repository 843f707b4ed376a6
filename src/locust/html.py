"""The report of a run: one HTML file that needs no other, made of the statistics and the page that `make ui` builds."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import gevent

from locust import stats
from locust._course import facts
from locust._version import __version__
from locust.exception import LocustError
from locust.runners._state import STATE_STOPPED, STATE_STOPPING
from locust.util.borrowed import borrowed
from locust.util.date import format_duration, format_utc_timestamp
from locust.util.page import PLACEHOLDER, arguments_script, assignments, json_text, packed_block, script_source

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.runners import Runner

__all__ = (
    "DEFAULT_BUILD_PATH",
    "PERCENTILES_FOR_HTML_REPORT",
    "check_page",
    "get_html_report",
    "process_html_filename",
    "render_template_from",
)

DEFAULT_BUILD_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "web", "dist")
PERCENTILES_FOR_HTML_REPORT = [0.50, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0]

_ROWS_AT_A_TIME: Final = 100
# More is compressed: thousands of names would make a file that no mail takes.
_MOST_LETTERS: Final = 1_000_000
_Row = TypeVar("_Row")
_POLICY: Final = "<!--locust:policy-->"


def process_html_filename(options: argparse.Namespace) -> None:
    """Puts numbers of the run into the name of the report's file: `{u}` users, `{r}` spawn rate, `{t}` run time.

    Those that weren't given stay as they are.
    """
    values = {"{u}": options.num_users, "{r}": options.spawn_rate, "{t}": options.run_time}
    for mark, value in values.items():
        if value is not None:
            number = int(value) if float(value).is_integer() else value
            options.html_file = options.html_file.replace(mark, str(number))


def get_html_report(environment: Environment, show_download_link: bool = True, theme: str = "") -> str:
    """The report as of now, as one HTML page.

    Args:
        environment: with its runner.
        show_download_link: whether the page links to `/stats/report?download=1`.
        theme: "light", "dark", or what the reader's system prefers.

    Raises:
        LocustError: the page isn't built, or there is no runner.
    """
    page = _read_page(DEFAULT_BUILD_PATH)
    values = _report_values(environment, show_download_link, theme)
    text = json_text(values)
    if len(text) > _MOST_LETTERS:
        script, policy = packed_block(text, "template-args"), _policy(page)
    else:
        code = assignments({"templateArgs": text, "theme": json_text(theme)})
        script, policy = f"<script>{code}</script>", _policy(page, script_source(code))
    # The values last: nothing in them may be taken for a mark.
    page = page.replace(_POLICY, f'<meta http-equiv="Content-Security-Policy" content="{policy}" />')
    head, tail = page.split(PLACEHOLDER)
    return head + script + tail


def render_template_from(file: str, build_path: str = DEFAULT_BUILD_PATH, **kwargs: Any) -> str:
    """A page of a folder with built pages, ours or Jinja templates as upstream's, with its arguments.

    Args:
        file: name of the page.
        build_path: the folder.
        kwargs: `template_args`, `auth_args`, `theme`; to templates also others.

    Raises:
        FileNotFoundError: there's no such page.
    """
    source = Path(build_path, file).read_text(encoding="utf-8")
    if PLACEHOLDER in source:
        return source.replace(PLACEHOLDER, arguments_script(**kwargs))
    from jinja2 import Template

    return str(Template(source).render(**kwargs))


def check_page() -> None:
    """Raises `LocustError` when the report's page isn't built, so that nobody learns it at the end of a run."""
    _read_page(DEFAULT_BUILD_PATH)


@cache
def _read_page(folder: str) -> str:
    try:
        return (Path(folder) / "report.html").read_text(encoding="utf-8")
    except OSError as error:
        raise LocustError(f"The page of the HTML report is missing in '{folder}'. Make it with: make ui") from error


def _policy(page: str, *more_sources: str) -> str:
    sources = " ".join((*_script_sources(page), *more_sources))
    return f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'"


@cache
def _script_sources(page: str) -> list[str]:
    return [script_source(code) for code in re.findall(r"<script type=\"module\"[^>]*>(.*?)</script>", page, re.DOTALL)]


def _report_values(environment: Environment, show_download_link: bool, theme: str) -> dict[str, Any]:
    """What the page shows, under upstream's names."""
    runner = environment.runner
    if runner is None:
        raise LocustError("A report needs a runner: make one with Environment.create_local_runner()")
    statistics = runner.stats
    start = statistics.start_time
    end = statistics.last_request_timestamp or start
    entries = [*stats.sort_stats(statistics.entries), statistics.total]
    return {
        "is_report": True,
        "requests_statistics": [entry.to_dict() for entry in _in_turns(entries)],
        "failures_statistics": [error.to_dict() for error in _in_turns(list(statistics.errors.values()))],
        "exceptions_statistics": facts.exceptions(runner),
        "response_time_statistics": [_percentiles(entry) for entry in _in_turns(entries)],
        "start_time": format_utc_timestamp(start),
        "end_time": format_utc_timestamp(end),
        "duration": format_duration(start, end),
        "host": _host(environment),
        "history": statistics.history,
        "show_download_link": show_download_link,
        "locustfile": str(environment.locustfile),
        "tasks": _ratios(environment, runner),
        "percentiles_to_chart": stats.PERCENTILES_TO_CHART,
        "profile": environment.profile,
        "theme": theme,
        "version": __version__,
        **_course(environment),
    }


def _course(environment: Environment) -> dict[str, Any]:
    """The run second by second and what happened in it, when something has followed it."""
    values: dict[str, Any] = environment._runs.report_values() if environment._runs is not None else {}
    return values


def _in_turns(rows: Sequence[_Row]) -> Iterator[_Row]:
    """The rows, with room for users to run now and then: the report of ten thousand names takes a second."""
    for index, row in enumerate(rows):
        if index % _ROWS_AT_A_TIME == _ROWS_AT_A_TIME - 1:
            gevent.sleep(0)
        yield row


def _percentiles(entry: stats.StatsEntry) -> dict[str, Any]:
    return {
        "method": entry.method,
        "name": entry.name,
        **{
            str(percentile): entry.get_response_time_percentile(percentile)
            for percentile in PERCENTILES_FOR_HTML_REPORT
        },
    }


def _host(environment: Environment) -> str:
    """The one host of the run; "None", as upstream has it, when classes differ."""
    if environment.host:
        return environment.host
    hosts = {user_class.host for user_class in environment.user_classes}
    return str(hosts.pop()) if len(hosts) == 1 else "None"


def _ratios(environment: Environment, runner: Runner) -> dict[str, Any]:
    """How users and tasks shared the run, at its end when it is over."""
    is_over = runner.state in (STATE_STOPPING, STATE_STOPPED)
    return facts.task_ratios(environment, runner.final_user_classes_count if is_over else facts.users_by_class(runner))


if not TYPE_CHECKING:
    __getattr__ = borrowed(__name__, {"MasterRunner": "locust.runners", "get_ratio": "locust.user.inspectuser"})
