"""The arithmetic of the benchmarks: what generators say is read right, and bars are judged right."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from benchmarks import report
from benchmarks.generators import GENERATORS, Load, Reported, milliseconds
from benchmarks.scenarios import SCENARIOS

WRK = """\
  Latency Distribution
     50%  640.00us
     75%    1.10ms
     90%    1.50ms
     99%   12.25ms
"""
HEY = """\
Latency distribution:
  10%% in 0.0004 secs
  50%% in 0.0012 secs
  90%% in 0.0020 secs
  99%% in 0.0150 secs
"""
K6 = "http_req_duration..............: p(50)=812.5µs p(90)=1.2ms p(99)=1.01s\n"
OHA = 'noise\n{"latencyPercentiles": {"p50": 0.001, "p90": 0.002, "p99": 0.0035}}'
VEGETA = '{"latencies": {"50th": 1500000, "90th": 2000000, "99th": 9000000}}'


@pytest.mark.parametrize(
    ("generator", "output", "expected"),
    [
        ("wrk", WRK, Reported(0.64, 12.25, 1.5)),
        ("hey", HEY, Reported(1.2, 15.0, 2.0)),
        ("k6", K6, Reported(0.8125, 1010.0, 1.2)),
        ("oha", OHA, Reported(1.0, 3.5, 2.0)),
        ("vegeta", VEGETA, Reported(1.5, 9.0, 2.0)),
    ],
)
def test_what_a_generator_reports_is_read(generator: str, output: str, expected: Reported, tmp_path: Path) -> None:
    reported = GENERATORS[generator].reported(output, tmp_path)

    assert reported is not None
    assert (reported.p50_ms, reported.p99_ms, reported.p90_ms) == pytest.approx(
        (expected.p50_ms, expected.p99_ms, expected.p90_ms)
    )


def test_a_generator_that_said_nothing_has_no_report(tmp_path: Path) -> None:
    assert [GENERATORS[name].reported("", tmp_path) for name in ("wrk", "hey", "k6", "fast")] == [None] * 4


@pytest.mark.parametrize(("text", "expected"), [("1m2.5s", 62_500), ("230us", 0.23), ("1.5ms", 1.5), ("2s", 2_000)])
def test_durations_are_read_in_every_unit(text: str, expected: float) -> None:
    assert milliseconds(text) == pytest.approx(expected)


def test_every_generator_gets_the_whole_url(tmp_path: Path) -> None:
    load = Load("http://127.0.0.1:1/10k", 50, 3.0, tmp_path)
    for generator in GENERATORS.values():
        command = generator.command(Path("/program"), load)

        said = " ".join([*command.arguments, *command.environment.values()])
        assert "http://127.0.0.1:1" in said, generator.name
        assert "/10k" in said, generator.name


def test_a_bar_is_judged_by_the_median_of_its_rounds() -> None:
    bar = report.BARS[0]

    figure = bar.figure({report.FAST: {"ratio": [0.1, 0.7, 0.9]}})

    assert figure == 0.7
    assert bar.is_met(figure)
    assert not bar.is_met(0.59)
    assert bar.figure({}) is None


def test_an_error_is_measured_in_what_is_allowed() -> None:
    bar = next(bar for bar in report.BARS if bar.scenario == "truth")

    figure = bar.figure({report.FAST: {"p50_ms": [1.3], "true_p50_ms": [1.0]}})

    assert figure == pytest.approx(1.0)


def test_a_missing_peer_is_named_with_its_reason() -> None:
    result = {"rows": {"wrk": {"rate": [1000.0, 3000.0]}}, "missing": {"k6": "no Go"}}

    lines = report.table("http", result)

    assert lines[2].startswith("| wrk | 2,000 (1,000 to 3,000) | - |")
    assert lines[-1] == "\nMissing: **k6** (no Go)."


def test_every_bar_belongs_to_an_experiment() -> None:
    assert {bar.scenario for bar in report.BARS} <= set(SCENARIOS)
