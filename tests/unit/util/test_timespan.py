"""Spans of time as people write them."""

from __future__ import annotations

import pytest

from locust.util.timespan import parse_timespan


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("0", 0), ("30s", 30), ("2m", 120), ("1h", 3600), ("1h20m", 4800), ("1h1m1s", 3661), ("1h5s", 3605)],
)
def test_seconds_or_hours_minutes_and_seconds(text, seconds):
    assert parse_timespan(text) == seconds


@pytest.mark.parametrize(
    "text", ["abc", "1d", "s", "-5", "1.5", "1h 20m", " 30", "20m1h", "1H", "1h20", "1h1h", "5s\n"]
)
def test_anything_else_is_refused_with_examples(text):
    with pytest.raises(ValueError, match=r"span format\. Valid formats: 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc\.$"):
        parse_timespan(text)


@pytest.mark.parametrize("text", ["", None])
def test_nothing_is_refused(text):
    with pytest.raises(ValueError, match="Invalid time span format"):
        parse_timespan(text)
