"""How a run comes to its end."""

from __future__ import annotations

import os
import signal

import gevent
import pytest

from locust._cli.signals import Ending, Endings


@pytest.mark.parametrize(
    ("number", "ending"), [(signal.SIGINT, Ending.INTERRUPTED), (signal.SIGTERM, Ending.TERMINATED)]
)
def test_a_signal_ends_the_run(number: int, ending: Ending) -> None:
    with Endings() as endings:
        gevent.spawn(os.kill, os.getpid(), number)

        assert endings.wait() is ending


def test_the_first_reason_counts() -> None:
    with Endings() as endings:
        endings.come(Ending.FINISHED)
        os.kill(os.getpid(), signal.SIGTERM)

        assert endings.wait() is Ending.FINISHED


def test_a_second_interrupt_breaks_whatever_goes_on() -> None:
    with Endings() as endings:
        os.kill(os.getpid(), signal.SIGINT)
        endings.wait()

        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_task_that_never_gives_way_ends_with_the_second_interrupt() -> None:
    def never_give_way() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with Endings() as endings:
        gevent.spawn(never_give_way)

        assert endings.wait() is Ending.INTERRUPTED


def test_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with Endings():
        during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert during != before
