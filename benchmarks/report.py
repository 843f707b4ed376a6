"""Results as text: the tables, the bars, and docs/reference/performance.md."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.scenarios import SCENARIOS

Results = dict[str, dict[str, Any]]
FAST = "FastHttpUser (ours)"
HTTP = "HttpUser (ours)"

HEADINGS = {
    "rate": "requests/s",
    "ratio": "ratio to wrk",
    "cpu_us": "CPU µs/request",
    "cpu_ratio": "CPU ratio",
    "target_busy": "target busy",
    "generator_busy": "generator busy",
    "p50_ms": "p50 said, ms",
    "p90_ms": "p90 said, ms",
    "p99_ms": "p99 said, ms",
    "true_p50_ms": "p50 true, ms",
    "true_p90_ms": "p90 true, ms",
    "true_p99_ms": "p99 true, ms",
    "kib_per_user": "KiB/user",
    "spawn_cpu_s": "CPU s to spawn",
    "spawn_s": "s to spawn",
    "wall_s": "s",
    "cpu_s": "CPU s",
    "python_calls": "Python calls",
    "c_calls": "C calls",
    "deepest": "deepest",
}
DIGITS = {
    "rate": 0,
    "ratio": 2,
    "cpu_ratio": 2,
    "cpu_us": 1,
    "kib_per_user": 1,
    "spawn_cpu_s": 2,
    "spawn_s": 2,
    "python_calls": 1,
    "c_calls": 1,
    "deepest": 0,
}
SHARES = {"target_busy", "generator_busy"}
# These show their spread.
SPREAD = {"rate", "ratio", "kib_per_user", "spawn_cpu_s", "wall_s"}


@dataclass(frozen=True)
class Bar:
    """Something that was promised.

    Attributes:
        text: the promise.
        scenario: where its number is from.
        figure: the number, from that scenario's rows; None when they do not have it.
        limit: what it must reach, or stay below.
        is_at_least: which of the two.
    """

    text: str
    scenario: str
    figure: Callable[[dict[str, Any]], float | None]
    limit: float
    is_at_least: bool = False

    def is_met(self, figure: float) -> bool:
        """Whether this number keeps the promise."""
        return figure >= self.limit if self.is_at_least else figure <= self.limit


def _median(row: str, column: str) -> Callable[[dict[str, Any]], float | None]:
    def figure(rows: dict[str, Any]) -> float | None:
        return middle(rows.get(row, {}).get(column))

    return figure


def _error(row: str, *percentiles: str, slack_ms: float) -> Callable[[dict[str, Any]], float | None]:
    """The largest error of a percentile, as a multiple of what is allowed (10 % of the truth and `slack_ms`)."""

    def figure(rows: dict[str, Any]) -> float | None:
        errors = []
        for percentile in percentiles:
            said = rows.get(row, {}).get(f"{percentile}_ms")
            true = rows.get(row, {}).get(f"true_{percentile}_ms")
            if not said or not true:
                return None
            # Round by round: the truth moves between rounds.
            errors.append(middle([abs(a - b) / (0.1 * b + slack_ms) for a, b in zip(said, true, strict=True)]))
        return max(error for error in errors if error is not None)

    return figure


BARS = [
    Bar("closed loop, FastHttpUser: ratio to wrk", "http", _median(FAST, "ratio"), 0.6, is_at_least=True),
    Bar("closed loop, HttpUser: ratio to wrk", "http", _median(HTTP, "ratio"), 0.45, is_at_least=True),
    Bar("closed loop over TLS, FastHttpUser: ratio to wrk", "tls", _median(FAST, "ratio"), 0.5, is_at_least=True),
    Bar(
        "HttpUser reading status, text, header: ratio to wrk",
        "variants",
        _median(f"{HTTP}, read", "ratio"),
        0.35,
        is_at_least=True,
    ),
    Bar("10,000/s with wait times, FastHttpUser: CPU µs/request", "waiting", _median(f"{FAST}, waiting", "cpu_us"), 50),
    Bar("10,000/s with wait times, HttpUser: CPU µs/request", "waiting", _median(f"{HTTP}, waiting", "cpu_us"), 50),
    Bar("busy Python, FastHttpUser: error of p50 and p90", "busy", _error(FAST, "p50", "p90", slack_ms=0.3), 1),
    Bar("busy Python, HttpUser: error of p50 and p90", "busy", _error(HTTP, "p50", "p90", slack_ms=0.3), 1),
    Bar("closed loop, FastHttpUser: error of p50", "truth", _error(FAST, "p50", slack_ms=0.2), 1),
    Bar("closed loop, HttpUser: error of p50", "truth", _error(HTTP, "p50", slack_ms=0.2), 1),
    Bar("idle FastHttpUser: KiB", "users", _median(FAST, "kib_per_user"), 13),
    Bar("idle HttpUser: KiB", "users", _median(HTTP, "kib_per_user"), 20),
    Bar("10,000 FastHttpUser: CPU s to spawn", "users", _median(FAST, "spawn_cpu_s"), 2.0),
    Bar("10,000 HttpUser: CPU s to spawn", "users", _median(HTTP, "spawn_cpu_s"), 2.0),
    Bar("`locust -V`: s", "startup", _median("locust -V, ours", "wall_s"), 0.25),
    Bar("`import locust`: s", "startup", _median("import locust, ours", "wall_s"), 0.25),
    Bar("Python calls of a FastHttpUser request", "calls", _median(FAST, "python_calls"), 15),
    Bar("Python calls of an HttpUser request", "calls", _median(HTTP, "python_calls"), 15),
]


def middle(numbers: list[float] | float | None) -> float | None:
    """The median of a list; a single number as it is."""
    if isinstance(numbers, list):
        return statistics.median(numbers) if numbers else None
    return numbers


def cell(column: str, numbers: list[float] | float | None) -> str:
    """One cell of a table."""
    value = middle(numbers)
    if value is None:
        return "-"
    if column in SHARES:
        return f"{value:.0%}"
    digits = DIGITS.get(column, 3)
    text = f"{value:,.{digits}f}"
    if column in SPREAD and isinstance(numbers, list) and len(numbers) > 1:
        text += f" ({min(numbers):,.{digits}f} to {max(numbers):,.{digits}f})"
    return text


def table(scenario: str, result: dict[str, Any]) -> list[str]:
    """The Markdown of one experiment's table."""
    columns = SCENARIOS[scenario].columns
    lines = _row(["", *(HEADINGS[column] for column in columns)])
    lines += _row(["---", *("---:" for _ in columns)])
    for name, numbers in result["rows"].items():
        lines += _row([name, *(cell(column, numbers.get(column)) for column in columns)])
    lines += [f"\nMissing: **{name}** ({reason})." for name, reason in result["missing"].items()]
    for name, reasons in result.get("failed", {}).items():
        lines.append(f"\n**{name}**: {len(reasons)} rounds failed ({reasons[-1]}).")
    return lines


def bars(results: Results) -> list[str]:
    """The Markdown of what was promised, and whether it is kept."""
    lines = _row(["what", "bar", "measured", ""]) + _row(["---", "---:", "---:", "---"])
    for bar in BARS:
        figure = bar.figure(results.get(bar.scenario, {}).get("rows", {}))
        sign = ">=" if bar.is_at_least else "<="
        measured = "not measured" if figure is None else f"{figure:.2f}"
        verdict = "" if figure is None else "met" if bar.is_met(figure) else "**not met**"
        lines += _row([bar.text, f"{sign} {bar.limit:g}", measured, verdict])
    return lines


def document(results: Results) -> str:
    """docs/reference/performance.md."""
    lines = [
        "# Performance",
        "",
        "Written by `make bench` (see [benchmarks/README.md](../../benchmarks/README.md)); do not edit. Medians over",
        "rounds in which every generator ran once, with the smallest and the largest in brackets; ratios are to wrk in",
        "the same round. The target has a core of its own, the generator another. Where the target is 100 % busy, it",
        "was the limit. The CPU ratio is wrk's CPU time for a request over the generator's: what the ratio of rates",
        "would be if each had a core to itself and the target did not matter. It is steady where rates are not, as on",
        "machines that others use too.",
        "",
        "## Bars",
        "",
        "Errors of percentiles are in multiples of what is allowed: 10 % of the true value and 0.2 ms (0.3 ms while",
        "Python is busy).",
        "",
        *bars(results),
    ]
    for key, scenario in SCENARIOS.items():
        if key in results:
            result = results[key]
            lines += ["", f"## {scenario.title}", "", scenario.description, "", *table(key, result), ""]
            lines += [f"{result['date']}, {result['machine']}, `{result['command']}`."]
    lines += ["", "## Versions", "", *_versions(results), ""]
    return "\n".join(lines)


def _versions(results: Results) -> Iterable[str]:
    found: dict[str, str] = {}
    for result in results.values():
        found |= result["versions"]
    yield from _row(["", ""]) + _row(["---", "---"])
    for name, text in sorted(found.items(), key=lambda item: item[0].lower()):
        yield from _row([name, text])


def _row(cells: list[str]) -> list[str]:
    return ["| " + " | ".join(cells) + " |"]
