"""Rules, and how to leave one out."""

from __future__ import annotations

from pathlib import Path

import pytest

from locust._check.findings import RULES, Finding, Severity, without_ignored

FOUND = Finding("f.py", 1, "no-host", "x")


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("class A:", True),
        ("class A:  # locust-check: ignore", False),
        ("class A:  # locust-check: ignore[no-host]", False),
        ("class A:  # locust-check: ignore[no-tasks, no-host]", False),
        ("class A:  # locust-check: ignore[no-tasks]", True),
    ],
)
def test_a_comment_leaves_a_line_out(line: str, *, stays: bool) -> None:
    assert bool(without_ignored([FOUND], {"f.py": line}, [])) == stays


def test_a_rule_can_be_ignored_everywhere() -> None:
    assert without_ignored([FOUND], {}, ["no-host"]) == []


def test_findings_come_in_the_order_of_the_lines_and_once() -> None:
    later = Finding("f.py", 9, "no-host", "x")

    assert without_ignored([later, FOUND, later], {}, []) == [FOUND, later]


def test_each_rule_says_what_it_looks_for() -> None:
    assert all(rule.summary for rule in RULES.values())
    assert {rule.severity for rule in RULES.values()} == set(Severity)


def test_the_guide_lists_the_rules_as_they_are() -> None:
    page = (Path(__file__).parents[3] / "docs" / "guide" / "check.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 4 and "--" not in line]

    assert rows == [f"| `{name}` | {rule.severity.value} | {rule.summary} |" for name, rule in RULES.items()]
