"""The CSV files, for any names and numbers: what is read back is what was counted."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from locust._report.csv import safe_cell
from locust.stats import RequestStats, StatsCSVFileWriter

# Python 3.10 can't read a NUL, and halves of surrogate pairs are written as text.
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=20) | st.sampled_from(
    ["=1+1", '"', '""', "a,b", "a\r\nb", "\n", "\r", "'", "-", "+49", "@x", "\u2028", ";", "\\", " "]
)
REQUESTS = st.lists(
    st.tuples(TEXTS, TEXTS, st.none() | st.floats(0, 1e7), st.integers(0, 1 << 40), st.none() | TEXTS), max_size=12
)


def rows_of(path: str) -> list[list[str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, strict=True))


@given(REQUESTS, st.lists(st.tuples(TEXTS, TEXTS)))
def test_rows_read_back_as_they_were_counted(requests: list[Any], exceptions: list[tuple[str, str]]) -> None:
    request_stats = RequestStats()
    for method, name, elapsed_ms, length, error in requests:
        request_stats.log_request(method, name, elapsed_ms, length)
        if error is not None:
            request_stats.log_error(method, name, error)
    happened = {
        number: {"count": 1, "msg": message, "traceback": trace, "nodes": {"local"}}
        for number, (message, trace) in enumerate(exceptions)
    }
    environment: Any = SimpleNamespace(stats=request_stats, runner=SimpleNamespace(exceptions=happened, user_count=1))
    with tempfile.TemporaryDirectory() as folder:
        writer = StatsCSVFileWriter(environment, [0.5, 1.0], f"{folder}/p", full_history=True)
        writer._add_history(1_700_000_000)
        writer.write_tables()
        writer.close_files()
        assert len(list(Path(folder).iterdir())) == 4
        rows, failures, exceptions_rows = (rows_of(f"{folder}/p_{kind}.csv") for kind in KINDS)
        history = rows_of(f"{folder}/p_stats_history.csv")

    counted = [
        [safe_cell(entry.method), safe_cell(entry.name), str(entry.num_requests), str(entry.num_failures)]
        for _, entry in sorted(request_stats.entries.items())
    ]
    total = ["", "Aggregated", str(len(requests)), str(sum(error is not None for *_, error in requests))]
    assert [row[:4] for row in rows[1:]] == [*counted, total]
    assert [row[2:4] + row[8:10] for row in history[1:]] == [*counted, total]
    assert {len(row) for row in rows} == {13}
    assert {len(row) for row in history} == {15}
    assert sorted(tuple(row[:4]) for row in failures[1:]) == sorted(
        (
            safe_cell(error.method),
            safe_cell(error.name),
            safe_cell(error.parse_error(error.error)),
            str(error.occurrences),
        )
        for error in request_stats.errors.values()
    )
    assert [row[1:3] for row in exceptions_rows[1:]] == [[safe_cell(m), safe_cell(t)] for m, t in exceptions]


KINDS = ("stats", "failures", "exceptions")
