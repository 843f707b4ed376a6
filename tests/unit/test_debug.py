"""One user under a debugger: what it prints and which events it fires."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from locust import User, debug, task
from locust.event import Events
from locust.exception import StopUser


@pytest.fixture
def heard(monkeypatch):
    """A process that has not run a user yet, with no options but a program's name; gives the events fired."""
    heard = []
    events = Events()
    for name in ("init", "test_start", "test_stop", "quitting"):
        getattr(events, name).add_listener(lambda name=name, **kwargs: heard.append((name, kwargs)))
    monkeypatch.setattr(debug, "_env", None)
    monkeypatch.setattr("locust.events", events)
    monkeypatch.setattr(sys, "argv", ["locustfile.py"])
    return heard


class Shopper(User):
    host = "http://shop.example"

    @task
    def buy(self):
        request = self.environment.events.request
        request.fire(
            request_type="GET",
            name="/cart",
            response_time=12.6,
            response_length=5,
            exception=None,
            context={"shop": 1},
            start_time=1700000000.5,
            response=SimpleNamespace(request=SimpleNamespace(body="a=1")),
        )
        request.fire(
            request_type="POST",
            name="/buy",
            response_time=None,
            response_length=0,
            exception=ValueError("sold"),
            context={},
            start_time=1700000000.5,
        )
        raise StopUser


def printed(capsys):
    return [[cell.strip() for cell in line.split("\t")[:-1]] for line in capsys.readouterr().out.splitlines() if line]


def test_each_request_is_a_line(heard, capsys):
    debug.run_single_user(Shopper, loglevel=None)

    assert printed(capsys) == [
        ["type", "name", "resp_ms", "exception"],
        ["GET", "/cart", "13", ""],
        ["POST", "/buy", "-1", "ValueError('sold')"],
    ]


def test_all_columns_can_be_had(heard, capsys):
    debug.run_single_user(
        Shopper,
        include_length=True,
        include_time=True,
        include_context=True,
        include_payload=True,
        loglevel=None,
    )

    at = "2023-11-14 22:13:20.500000+00:00"
    assert printed(capsys) == [
        ["time", "type", "name", "resp_ms", "length", "exception", "context", "payload"],
        [at, "GET", "/cart", "13", "5", "", "{'shop': 1}", "a=1"],
        [at, "POST", "/buy", "-1", "0", "ValueError('sold')", "", ""],
    ]


def test_init_is_fired_once_and_test_start_for_each_user(heard):
    debug.run_single_user(Shopper, loglevel=None)
    debug.run_single_user(Shopper, loglevel=None)

    environment = debug._env
    assert heard == [
        ("init", {"environment": environment, "runner": None, "web_ui": None}),
        ("test_start", {"environment": environment}),
        ("test_start", {"environment": environment}),
    ]


def test_the_environment_knows_the_user(heard):
    debug.run_single_user(Shopper, loglevel=None)

    assert debug._env.user_classes == [Shopper]
    assert type(debug._env.single_user_instance) is Shopper


def test_a_host_of_the_command_line_goes_before_the_class(heard, monkeypatch):
    class Visitor(Shopper): ...

    monkeypatch.setattr(sys, "argv", ["locustfile.py", "-H", "http://other.example"])

    debug.run_single_user(Visitor, loglevel=None)

    assert debug._env.single_user_instance.host == "http://other.example"
