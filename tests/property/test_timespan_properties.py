"""Whatever is written as a time span is read as what was meant."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from locust.util.date import format_duration
from locust.util.timespan import parse_timespan

counts = st.integers(0, 10_000)
maybe = st.none() | counts


@given(maybe, maybe, maybe)
def test_parts_add_up(hours, minutes, seconds):
    parts = [(hours, "h", 3600), (minutes, "m", 60), (seconds, "s", 1)]
    given_parts = [(count, unit, size) for count, unit, size in parts if count is not None]
    text = "".join(f"{count}{unit}" for count, unit, _ in given_parts)
    if text:
        assert parse_timespan(text) == sum(count * size for count, _, size in given_parts)


@given(st.text(alphabet="0123456789hms. -", max_size=12))
def test_any_text_gives_seconds_or_a_value_error(text):
    try:
        seconds = parse_timespan(text)
    except ValueError:
        assert not re.fullmatch(r"\d+|(?=.)(\d+h)?(\d+m)?(\d+s)?", text)
    else:
        assert seconds >= 0


@given(st.integers(0, 10**9))
def test_a_duration_in_words_is_the_duration(seconds):
    sizes = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}

    parts = re.findall(r"(\d+) (day|hour|minute|second)s?", format_duration(0, seconds))

    assert sum(int(count) * sizes[unit] for count, unit in parts) == seconds
