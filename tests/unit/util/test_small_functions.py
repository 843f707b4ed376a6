"""URLs, rounding, dates, files, trying again. Figures as seen in Locust 2.47 where not said otherwise."""

from __future__ import annotations

import logging
import math

import pytest

from locust.util import exception_handler
from locust.util.date import format_duration, format_safe_timestamp, format_utc_timestamp
from locust.util.directory import get_abspaths_in
from locust.util.exception_handler import retry
from locust.util.rounding import proper_round
from locust.util.url import is_url


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("http://x", True),
        ("HTTPS://x/y.py", True),
        ("ftp://x", False),
        ("http://", False),
        ("http:/x", False),
        ("http://[", False),
        ("//x", False),
        ("x", False),
        ("", False),
        (None, False),
    ],
)
def test_a_url_is_http_with_a_host(text, answer):
    assert is_url(text) is answer


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [
        (0.5, 0, 1),
        (1.5, 0, 2),
        (2.5, 0, 3),
        (-1.5, 0, -1),
        (0.49999999999, 0, 0),
        (1.25, 1, 1.3),
        (1.005, 2, 1.01),
        (2.675, 2, 2.68),
        (125, -1, 130),
        (12.5, -1, 10),
        (5, 0, 5),
        (1e300, 0, 1e300),
        (math.inf, 0, math.inf),
    ],
)
def test_a_half_is_rounded_up(value, digits, rounded):
    assert proper_round(value, digits) == rounded


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (0.9, "0 seconds"),
        (1.9, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "1 minute and 1 second"),
        (3605, "1 hour and 5 seconds"),
        (3661, "1 hour, 1 minute and 1 second"),
        (90061, "1 day, 1 hour, 1 minute and 1 second"),
        (40 * 86400 + 7200, "40 days and 2 hours"),
    ],
)
def test_a_duration_is_told_in_words(seconds, text):
    assert format_duration(1000, 1000 + seconds) == text


def test_a_duration_that_went_backwards_is_none():
    # upstream says "23 hours, 59 minutes and 55 seconds"
    assert format_duration(5, 0) == "0 seconds"


def test_timestamps_are_utc():
    assert (format_utc_timestamp(1700000000.9), format_safe_timestamp(1700000000.9)) == (
        "2023-11-14T22:13:20Z",
        "2023-11-14-22h13",
    )


def test_files_are_found_in_all_folders_but_for_those_that_start_with_an_underscore(tmp_path):
    for name in ("b.py", "a.py", "_hidden.py", "c.txt", "sub/d.py", "_sub/e.py", "sub/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    found = [path.removeprefix(f"{tmp_path}/") for path in get_abspaths_in(str(tmp_path), extension=".py")]

    assert found == ["a.py", "b.py", "_sub/e.py", "sub/d.py"]


def test_no_folder_has_no_files(tmp_path):
    assert get_abspaths_in(str(tmp_path / "none")) == []


class TestRetry:
    @pytest.fixture
    def slept(self, monkeypatch):
        slept = []
        monkeypatch.setattr(exception_handler.time, "sleep", slept.append)
        return slept

    def failing(self, times, error=ValueError):
        calls = []

        @retry(delays=(1, 3), exception=ValueError)
        def function(answer):
            calls.append(answer)
            if len(calls) <= times:
                raise error("broken")
            return answer

        return function, calls

    def test_a_success_is_given_at_once(self, slept):
        function, calls = self.failing(0)

        assert (function(7), calls, slept) == (7, [7], [])

    def test_a_failure_is_tried_again_after_each_delay(self, slept, caplog):
        caplog.set_level(logging.INFO)
        function, calls = self.failing(2)

        assert (function(7), calls, slept) == (7, [7, 7, 7], [1, 3])
        assert caplog.messages == [
            "Exception found on retry 1: -- retry after 1s",
            "broken",
            "Exception found on retry 2: -- retry after 3s",
            "broken",
        ]

    def test_the_last_failure_is_raised(self, slept, caplog):
        caplog.set_level(logging.INFO)
        function, calls = self.failing(3)

        with pytest.raises(ValueError, match="broken"):
            function(7)

        assert (len(calls), caplog.messages[-1]) == (3, "Retry failed after 2 times.")

    def test_another_exception_is_raised_at_once(self, slept):
        function, calls = self.failing(1, error=KeyError)

        with pytest.raises(KeyError):
            function(7)

        assert (calls, slept) == ([7], [])
