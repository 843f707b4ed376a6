"""The help offers the same options, in the same groups, with the same metavars."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from beside import Comparison, Outcome, Run

Outcomes = Callable[[Run], tuple[Outcome, Outcome]]

HELP = Run("help", "--help")
OPTION = re.compile(r"^  (-.*?)(?:  +.*)?$")
GROUP = re.compile(r"^(\w.*):$")

FLAGS = [
    "--help", "--locustfile", "--config", "--host", "--users", "--spawn-rate", "--run-time", "--list", "--config-users",
    "--web-host", "--web-port", "--headless", "--autostart", "--autoquit", "--web-login", "--tls-cert", "--tls-key",
    "--class-picker", "--web-base-path", "--master", "--master-bind-host", "--master-bind-port", "--expect-workers",
    "--expect-workers-max-wait", "--enable-rebalancing", "--worker", "--processes", "--master-host", "--master-port",
    "--tags", "--exclude-tags", "--csv", "--csv-full-history", "--print-stats", "--only-summary", "--reset-stats",
    "--html", "--json", "--json-file", "--skip-log-setup", "--loglevel", "--logfile", "--show-task-ratio",
    "--show-task-ratio-json", "--version", "--exit-code-on-error", "--stop-timeout", "--equal-weights", "--profile",
    "--otel",
]  # fmt: skip


def offered(text: str) -> dict[str, tuple[str, str]]:
    """Reads a help text: long option → its group and all its spellings."""
    found = {}
    group = ""
    for line in text.splitlines():
        if title := GROUP.match(line):
            group = title[1]
        elif option := OPTION.match(line):
            long = re.search(r"--[\w-]+", option[1])
            assert long, line
            found[long[0]] = (group, option[1].strip())
    return found


@pytest.mark.parametrize("flag", FLAGS)
def test_an_option_is_offered_alike(flag: str, outcomes: Outcomes, same: Comparison) -> None:
    theirs, ours = (offered(outcome.stdout).get(flag) for outcome in outcomes(HELP))

    assert theirs
    same({"option": theirs}, {"option": ours})


def test_there_are_no_other_options(outcomes: Outcomes) -> None:
    theirs, ours = (set(offered(outcome.stdout)) for outcome in outcomes(HELP))

    assert theirs == set(FLAGS)
    # Ours may have more, which 2.47 has not.
    assert theirs <= ours


def test_the_help_has_the_same_groups(outcomes: Outcomes, same: Comparison) -> None:
    theirs, ours = (
        [title[1] for line in outcome.stdout.splitlines() if (title := GROUP.match(line))] for outcome in outcomes(HELP)
    )

    same({"groups": theirs}, {"groups": [group for group in ours if group in theirs]})
