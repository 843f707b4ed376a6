"""Locustfiles of `examples` run alike, but for those with what only we have, with other servers, or with chance in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from beside import Run, each
from test_locustfiles import looks

Alike = Callable[..., None]

FOLDER = Path(__file__).parents[2] / "examples"
# Feeds of test data are ours; upstream's `-t` doesn't end a shape.
OURS = {"csv_accounts", "sqlite_products", "shape_spike"}
OTHER_SERVERS = {"socketio_chat", "mqtt_sensors", "postgres_queries"}
# They log what was measured; and a program instead of a locustfile.
OTHERWISE = {"listeners", "exit_code", "library"}
FILES = [path for path in sorted(FOLDER.glob("*.py")) if path.stem not in OURS | OTHER_SERVERS | OTHERWISE]

RUNS = [
    Run(
        path.name,
        f"-f {path.name} --headless -u 5 -r 10 {'' if 'LoadTestShape' in path.read_text() else '-t 2'} -H {{target}} "
        "--only-summary",
        {path.name: path.read_text()},
        loose=True,
    )
    for path in FILES
]


@pytest.mark.full
@each(RUNS)
def test_an_example_runs_alike(run: Run, alike: Alike) -> None:
    alike(run, looks)
