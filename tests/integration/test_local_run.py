"""Library use: an environment, a local runner, users that talk to a real server."""

from __future__ import annotations

import gevent
import pytest

from locust import FastHttpUser, HttpUser, LoadTestShape, User, constant, events, task
from locust.env import Environment

DEADLINE_SECONDS = 10


class Browser(HttpUser):
    wait_time = constant(0.01)

    @task
    def page(self):
        self.client.get("/", name="page")


class Fast(FastHttpUser):
    wait_time = constant(0.01)

    @task
    def page(self):
        self.client.get("/", name="page")


def enough(environment, request_count):
    with gevent.Timeout(DEADLINE_SECONDS):
        while environment.stats.total.num_requests < request_count:
            gevent.sleep(0.01)


@pytest.mark.parametrize("user_class", [Browser, Fast])
def test_users_send_requests_that_are_counted(make_environment, target, user_class):
    environment = make_environment(user_class, host=target)

    environment.runner.start(5, spawn_rate=100)
    enough(environment, 50)
    environment.runner.quit()

    entry = environment.stats.get("page", "GET")
    assert entry.num_requests == environment.stats.total.num_requests >= 50
    assert environment.stats.total.num_failures == 0
    assert 0 < entry.min_response_time <= entry.median_response_time <= entry.max_response_time


def test_a_listener_hears_of_each_request(make_environment, target):
    environment, heard = make_environment(Fast, host=target), []
    environment.events.request.add_listener(lambda name, exception, **_: heard.append((name, exception)))

    environment.runner.start(2, spawn_rate=100)
    enough(environment, 10)
    environment.runner.quit()

    assert len(heard) == environment.stats.total.num_requests
    assert set(heard) == {("page", None)}


def test_a_server_that_is_not_there_gives_failures_and_no_end(make_environment):
    environment = make_environment(Browser, host="http://127.0.0.1:1")

    environment.runner.start(2, spawn_rate=100)
    enough(environment, 4)
    user_count = environment.runner.user_count

    assert user_count == 2
    assert environment.stats.total.num_failures >= 4


def test_users_are_killed_in_the_middle_of_a_request(make_environment, target):
    class Patient(FastHttpUser):
        @task
        def wait(self):
            self.client.get("/delay/60000", name="slow")

    environment = make_environment(Patient, host=target)
    environment.runner.start(3, spawn_rate=100)
    environment.runner.spawning_greenlet.join(timeout=DEADLINE_SECONDS)
    gevent.sleep(0.2)

    with gevent.Timeout(DEADLINE_SECONDS):
        environment.runner.stop()

    assert environment.runner.user_count == 0


def test_an_exception_of_a_task_is_counted_and_the_user_goes_on(make_environment):
    class Clumsy(User):
        wait_time = constant(0.001)

        @task
        def stumble(self):
            raise ValueError("stumbled")

    environment = make_environment(Clumsy)
    environment.runner.start(1, spawn_rate=100)

    with gevent.Timeout(DEADLINE_SECONDS):
        while sum(row["count"] for row in environment.runner.exceptions.values()) < 3:
            gevent.sleep(0.01)

    (row,) = environment.runner.exceptions.values()
    assert (row["msg"], row["nodes"], environment.runner.user_count) == ("stumbled", {"local"}, 1)


def test_the_run_ends_when_quit_comes_later(make_environment, target):
    environment = make_environment(Fast, host=target)
    environment.runner.start(2, spawn_rate=100)

    gevent.spawn_later(0.2, environment.runner.quit)

    assert environment.runner.greenlet.join(timeout=DEADLINE_SECONDS)
    assert environment.runner.state == "stopped"


def test_a_shape_runs_against_a_server(make_environment, target):
    class Brief(LoadTestShape):
        def tick(self):
            return (3, 100) if self.get_run_time() < 1.5 else None

    environment = make_environment(Fast, host=target, shape_class=Brief())

    environment.runner.start_shape()
    environment.runner.shape_greenlet.join(timeout=DEADLINE_SECONDS)

    assert environment.runner.state == "stopped"
    assert environment.stats.total.num_requests > 10
    assert environment.runner.final_user_classes_count == {"Fast": 3}


def test_the_events_of_locustfiles_are_those_of_the_command_line():
    environment = Environment(events=events)

    assert environment.events is events
