"""A run goes on, and counts what it sees, whatever goes wrong in it: users' own code, the target, the machine."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable

import gevent
import pytest
from fakes.environments import MakeEnvironment

from locust import FastHttpUser, HttpUser, User, constant, task

DEADLINE_SECONDS = 30


class Browser(HttpUser):
    wait_time = constant(0.01)

    @task
    def page(self) -> None:
        self.client.get("/", name="page")


class Fast(FastHttpUser):
    wait_time = constant(0.01)

    @task
    def page(self) -> None:
        self.client.get("/", name="page")


def until(condition: Callable[[], bool]) -> None:
    with gevent.Timeout(DEADLINE_SECONDS):
        while not condition():
            gevent.sleep(0.01)


@pytest.mark.parametrize("user_class", [Browser, Fast])
def test_a_listener_that_fails_costs_no_request(
    make_environment: MakeEnvironment, target: str, user_class: type[User], caplog: pytest.LogCaptureFixture
) -> None:
    environment, heard = make_environment(user_class, host=target), []
    environment.events.request.add_listener(lambda **_: 1 / 0)
    environment.events.request.add_listener(lambda name, **_: heard.append(name))

    environment.runner.start(2, spawn_rate=100)
    until(lambda: len(heard) >= 10)
    environment.runner.stop()

    assert environment.stats.total.num_requests == len(heard)
    assert environment.stats.total.num_failures == 0
    assert "ZeroDivisionError" in caplog.text


def test_an_on_start_that_fails_costs_its_user_alone(make_environment: MakeEnvironment, target: str) -> None:
    class Stillborn(Fast):
        def on_start(self) -> None:
            raise ValueError("no account left")

    environment = make_environment(Stillborn, Fast, host=target)
    environment.runner.start(4, spawn_rate=100)

    until(lambda: environment.stats.total.num_requests >= 20)

    assert [row["msg"] for row in environment.runner.exceptions.values()] in ([], ["no account left"])
    assert environment.runner.state == "running"


def test_an_on_stop_that_fails_does_not_hold_the_others_up(make_environment: MakeEnvironment, target: str) -> None:
    ended = []

    class Sore(Fast):
        def on_stop(self) -> None:
            ended.append(self)
            raise ValueError("can not let go")

    environment = make_environment(Sore, host=target)
    environment.runner.start(3, spawn_rate=100)
    until(lambda: environment.stats.total.num_requests >= 10)

    with gevent.Timeout(DEADLINE_SECONDS):
        environment.runner.stop()

    assert len(ended) == 3
    assert (environment.runner.user_count, environment.runner.state) == (0, "stopped")


@pytest.mark.parametrize("user_class", [Browser, Fast])
def test_running_out_of_files_is_counted_and_the_run_recovers(
    make_environment: MakeEnvironment, target: str, user_class: type[User]
) -> None:
    environment = make_environment(user_class, host=target)
    stats = environment.stats
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The first request of all opens what the engine itself needs.
    environment.runner.start(1, spawn_rate=100)
    until(lambda: stats.total.num_requests >= 2)

    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 3, hard))
    try:
        environment.runner.start(12, spawn_rate=1000)
        until(lambda: stats.total.num_failures >= 20)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    failures, requests = stats.total.num_failures, stats.total.num_requests
    until(lambda: stats.total.num_requests >= requests + 100)

    assert environment.runner.user_count == 12
    assert stats.total.num_failures <= failures + 12
    (error,) = stats.errors.values()
    assert "Too many open files" in str(error.error)
