"""Which exit code a run deserves."""

from __future__ import annotations

import pytest

from locust._cli.exit_code import choose_exit_code


@pytest.mark.parametrize(
    ("asked_for", "has_failures", "code_on_failures", "has_unhandled_exception", "code"),
    [
        (None, False, 1, False, 0),
        (None, True, 1, False, 1),
        (None, True, 5, False, 5),
        (None, True, 0, False, 0),
        (None, False, 1, True, 2),
        (None, True, 1, True, 1),
        (None, True, 0, True, 0),
        (7, True, 1, True, 7),
        (0, True, 1, True, 0),
    ],
)
def test_the_code_is_what_was_asked_for_then_failures_then_exceptions(
    asked_for, has_failures, code_on_failures, has_unhandled_exception, code
) -> None:
    assert (
        choose_exit_code(
            asked_for=asked_for,
            has_failures=has_failures,
            code_on_failures=code_on_failures,
            has_unhandled_exception=has_unhandled_exception,
        )
        == code
    )
