"""The limit on open files."""

from __future__ import annotations

import logging
import resource

import pytest

from locust._cli.open_files import ENOUGH, UNLIMITED_MEANS, limits_to_try, raise_open_file_limit, warning_for

INFINITY = -1


@pytest.mark.parametrize(
    ("soft", "hard", "wanted"),
    [
        (1024, 524_288, [524_288, ENOUGH]),
        (1024, 4096, [4096]),
        (4096, 4096, []),
        (1024, INFINITY, [UNLIMITED_MEANS, ENOUGH]),
        (20_000, INFINITY, [UNLIMITED_MEANS]),
        (2_000_000, INFINITY, []),
        (INFINITY, INFINITY, []),
    ],
)
def test_the_soft_limit_goes_up_to_the_hard_one(soft: int, hard: int, wanted: list[int]) -> None:
    assert limits_to_try(soft, hard, infinity=INFINITY) == wanted


@pytest.mark.parametrize(
    ("limit", "num_users", "needed"), [(1024, None, 10_000), (9_999, 5, 10_000), (15_000, 20_000, 20_100)]
)
def test_a_limit_that_is_too_low_is_named_with_what_to_do(limit: int, num_users: int | None, needed: int) -> None:
    warning = warning_for(limit, num_users)

    assert warning is not None
    assert warning.startswith(f"Only {limit} files may be open at once")
    assert f"Raise the hard limit to {needed} (ulimit -Hn" in warning


@pytest.mark.parametrize(("limit", "num_users"), [(10_000, None), (10_000, 9_900), (524_288, 100_000)])
def test_a_limit_that_is_high_enough_is_not_spoken_of(limit: int, num_users: int | None) -> None:
    assert warning_for(limit, num_users) is None


def test_the_best_limit_that_the_system_grants_is_taken(monkeypatch, caplog: pytest.LogCaptureFixture) -> None:
    granted = []

    def refuse_big_ones(_: int, limits: tuple[int, int]) -> None:
        if limits[0] > ENOUGH:
            raise ValueError("not allowed to raise maximum limit")
        granted.append(limits)

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse_big_ones)

    with caplog.at_level(logging.WARNING, "locust.main"):
        raise_open_file_limit(50)

    assert granted == [(ENOUGH, resource.RLIM_INFINITY)]
    assert caplog.messages == []
