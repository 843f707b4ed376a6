"""What may be wrong with a locustfile: the rules, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Severity(str, Enum):
    """How much a finding weighs."""

    ERROR = "error"
    """The test can't do what it says."""
    WARNING = "warning"
    """It runs, and its numbers or its load may not be what they seem."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Something to look out for.

    Attributes:
        severity: of each of its findings.
        summary: what it looks for, for the list of rules.
    """

    severity: Severity
    summary: str


RULES: Final[dict[str, Rule]] = {
    "async-task": Rule(Severity.ERROR, "a task is `async def`: Locust calls it, and nothing awaits it"),
    "blocking-call": Rule(Severity.ERROR, "a call or library that stops all users of the process while it waits"),
    "cannot-import": Rule(Severity.ERROR, "the file isn't Python, or raises when it is imported"),
    "catch-without-with": Rule(
        Severity.ERROR, "`catch_response=True` without a `with` block: the request isn't counted"
    ),
    "duplicate-name": Rule(Severity.ERROR, "a class or method takes the place of an earlier one of its name"),
    "no-tasks": Rule(Severity.ERROR, "a user or task set without tasks"),
    "success-without-catch": Rule(
        Severity.ERROR, "`success()` or `failure()` of a response without `catch_response=True`"
    ),
    "unreachable-task": Rule(Severity.ERROR, "a task that no user comes to"),
    "endless-task": Rule(Severity.WARNING, "a task with a loop that nothing leaves"),
    "never-leaves": Rule(Severity.WARNING, "a nested task set that nothing interrupts, beside other tasks"),
    "no-host": Rule(Severity.WARNING, "an HTTP user without a host"),
    "no-timeout": Rule(Severity.WARNING, "HttpUser requests that would wait for ever"),
    "no-wait-time": Rule(Severity.WARNING, "a user class that doesn't say how long its users wait"),
    "too-few-users": Rule(Severity.WARNING, "fewer users than classes: some never run"),
    "unmeasured-request": Rule(Severity.WARNING, "a request past the user's client: nothing counts it"),
    "unnamed-url": Rule(Severity.WARNING, "a URL with ids or other values in it, without `name=`"),
    "unverified-tls": Rule(Severity.WARNING, "certificates aren't verified"),
}


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """Something that a rule found.

    Attributes:
        path: of the file.
        line: in it, from 1.
        rule: one of RULES.
        message: what was found and what to do.
    """

    path: str
    line: int
    rule: str
    message: str

    @property
    def severity(self) -> Severity:
        return RULES[self.rule].severity


def without_ignored(findings: Iterable[Finding], sources: dict[str, str], ignored: Iterable[str]) -> list[Finding]:
    """Leaves out rules that are ignored everywhere, or by a comment `# locust-check: ignore` on the line.

    Args:
        findings: what was found.
        sources: text of each file, by its path.
        ignored: rules.
    """
    dropped = set(ignored)
    return sorted({each for each in findings if each.rule not in dropped and not _is_ignored(each, sources)})


def _is_ignored(finding: Finding, sources: dict[str, str]) -> bool:
    lines = sources.get(finding.path, "").splitlines()
    line = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
    _, found, rest = line.partition("# locust-check: ignore")
    if not found:
        return False
    names = rest.strip()
    return not names.startswith("[") or finding.rule in [name.strip() for name in names[1:].split("]")[0].split(",")]
