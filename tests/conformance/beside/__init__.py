"""Runs Locust 2.47.0 and this package side by side, and says where they differ."""

from __future__ import annotations

from beside.compare import Comparison, Difference
from beside.probe import probe
from beside.programs import OURS, Program, upstream
from beside.run import Outcome, Pause, Press, Run, Signal, Wait, each, run_beside

__all__ = [
    "OURS",
    "Comparison",
    "Difference",
    "Outcome",
    "Pause",
    "Press",
    "Program",
    "Run",
    "Signal",
    "Wait",
    "each",
    "probe",
    "run_beside",
    "upstream",
]
