"""Errors and signals: who is what, as seen in Locust 2.47."""

from __future__ import annotations

import pytest

from locust import exception
from locust.exception import InterruptTaskSet, LocustError, MissingWaitTimeError, RPCReceiveError


@pytest.mark.parametrize(
    "name",
    [
        "LocustError",
        "ResponseError",
        "CatchResponseError",
        "MissingWaitTimeError",
        "InterruptTaskSet",
        "StopTest",
        "StopUser",
        "RescheduleTask",
        "RescheduleTaskImmediately",
        "RPCError",
        "RPCSendError",
        "RPCReceiveError",
        "RunnerAlreadyExistsError",
    ],
)
def test_all_are_exceptions(name):
    assert issubclass(getattr(exception, name), Exception)


def test_a_missing_wait_time_is_an_error_of_locust():
    assert issubclass(MissingWaitTimeError, LocustError)


def test_an_interrupt_reschedules_unless_told_not_to():
    assert (InterruptTaskSet().reschedule, InterruptTaskSet(False).reschedule) == (True, False)


def test_a_receive_error_knows_the_sender():
    error = RPCReceiveError("garbled", addr="worker_1")

    assert (str(error), error.addr, RPCReceiveError().addr) == ("garbled", "worker_1", None)
