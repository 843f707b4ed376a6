"""Options that can't be followed yet."""

from __future__ import annotations

import pytest

from locust._cli.readiness import missing_feature
from locust.argument_parser import parse_options


@pytest.mark.parametrize("line", ["--headless", "--headless --profile p --tags a --json --stop-timeout 3 --web-port 1"])
def test_what_can_be_done_is_not_refused(line: str) -> None:
    assert missing_feature(parse_options(line.split())) is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--headless --csv x", "--csv: CSV files are not in this version yet"),
    ],
)
def test_what_can_not_be_done_is_refused(line: str, message: str) -> None:
    assert missing_feature(parse_options(line.split())) == message
