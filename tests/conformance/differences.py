"""Every intended difference from Locust 2.47.0, with its reason. One that isn't here fails, and so does one gone."""

from __future__ import annotations

from beside import Difference

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "test_cli_runs.py::test_a_run_looks_the_same",
        ("tables",),
        "a file of JSON is no reason to hide the tables",
        "0005",
        ("json file",),
    ),
    Difference(
        "test_cli_runs.py::test_a_run_looks_the_same",
        ("stderr",),
        "the message about the host says it all, without a traceback of our own code",
        "0005",
        ("no host",),
    ),
)
