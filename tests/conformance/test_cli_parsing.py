"""Options, environment and configuration files become the same options as upstream's."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from beside import Comparison, probe


@dataclass(frozen=True)
class Question:
    """One case for probes/parsing.py."""

    id: str
    line: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    added: tuple[tuple[list[str], dict[str, Any]], ...] = ()
    ask: str = "parsed"

    def as_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "arguments": shlex.split(self.line)}


def lines(*texts: str) -> list[Question]:
    """Cases that are no more than a command line."""
    return [Question(text or "nothing", text) for text in texts]


def variables(**values: str) -> list[Question]:
    return [Question(f"{name}={value}", environment={name: value}) for name, value in values.items()]


# Every option of 2.47, in each of its spellings.
GOOD_LINES = lines(
    "",
    "-f a.py", "--locustfile a.py,b.py", "-H http://x", "--host http://x", "-u 5", "--users 5", "-r 0.5",
    "--spawn-rate 3", "-t 20", "--run-time 1h20m", "-t 3h30m10s", "-l", "--list", "--web-host 1.2.3.4", "--web-host *",
    "--web-host-display-name x", "--web-port 1", "-P 2", "--headless", "--headful", "--autostart", "--autoquit 3",
    "--autoquit -1", "--web-login", "--tls-cert a --tls-key b", "--class-picker", "--build-path p",
    "--web-base-path /x", "--master", "--master-bind-host h", "--master-bind-port 1", "--expect-workers 2",
    "--expect-workers-max-wait 3", "--enable-rebalancing", "--worker", "--processes 2", "--processes -1",
    "--master-host h", "--master-port 9", "-T a b", "--tags a", "--tags", "-E a b", "--exclude-tags a", "--csv p",
    "--csv p --csv-full-history", "--print-stats", "--only-summary", "--reset-stats", "--html f", "--json",
    "--json-file f", "--skip-log-setup", "--loglevel debug", "-L WARNING", "--logfile f", "--show-task-ratio",
    "--show-task-ratio-json", "--exit-code-on-error 0", "-s 10", "--stop-timeout 1m", "--stop-timeout 99",
    "--equal-weights", "--profile p", "--otel", "A B", "--headless A B", "-u 1 -- A", "-T a -- A B",
    """--config-users '{"user_class_name": "A", "x": 1}'""",
    """--config-users '[{"user_class_name": "A"}, {"user_class_name": "B"}]' '{"user_class_name": "C"}'""",
)  # fmt: skip


QUESTIONS: dict[str, list[Question]] = {"good_lines": GOOD_LINES}


@pytest.fixture(scope="module")
def answers() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    asked = {f"{group}/{question.id}": question.as_json() for group, cases in QUESTIONS.items() for question in cases}
    return probe("parsing", asked)


def compare(group: str, question: Question, answers: tuple[Mapping[str, Any], Mapping[str, Any]], same: Comparison):
    theirs, ours = (given[f"{group}/{question.id}"] for given in answers)
    same(theirs, ours)


@pytest.mark.parametrize("question", GOOD_LINES, ids=lambda question: question.id)
def test_a_command_line_means_the_same(question: Question, answers, same: Comparison) -> None:
    compare("good_lines", question, answers, same)
