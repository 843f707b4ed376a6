"""Events: listening, firing, measuring."""

from __future__ import annotations

import gevent
import pytest

from locust import log
from locust.event import DeprecatedEventHook, EventHook, Events
from locust.exception import (
    InterruptTaskSet,
    LocustError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)


@pytest.fixture
def hook():
    return EventHook()


@pytest.fixture
def listener(hook):
    """Makes listeners that note their name and the event's arguments in `listener.heard`."""

    def listen(name, *, raises=None):
        def note(**kwargs):
            listen.heard.append((name, kwargs))
            if raises is not None:
                raise raises

        return hook.add_listener(note)

    listen.heard = []
    return listen


@pytest.fixture
def unmarked(monkeypatch):
    monkeypatch.setattr(log, "unhandled_greenlet_exception", False)


class TestListening:
    def test_listeners_are_called_in_order(self, hook, listener):
        listener("a"), listener("b")

        hook.fire(x=1)

        assert listener.heard == [("a", {"x": 1}), ("b", {"x": 1})]

    def test_or_from_the_last_to_the_first(self, hook, listener):
        listener("a"), listener("b")

        hook.fire(reverse=True)

        assert [name for name, _ in listener.heard] == ["b", "a"]

    def test_add_listener_is_a_decorator(self, hook):
        def listen(**kwargs): ...

        assert hook.add_listener(listen) is listen

    def test_a_removed_listener_is_not_called(self, hook, listener):
        hook.remove_listener(listener("a"))

        hook.fire()

        assert (listener.heard, hook._handlers) == ([], [])

    def test_removing_a_stranger_is_an_error(self, hook):
        with pytest.raises(ValueError, match="not in list"):
            hook.remove_listener(print)

    def test_a_listener_may_remove_itself(self, hook, listener):
        def once(**kwargs):
            hook.remove_listener(once)

        hook.add_listener(once)
        listener("other")

        hook.fire(), hook.fire()

        assert len(listener.heard) == 2

    def test_events_are_fired_by_keyword_only(self, hook):
        with pytest.raises(TypeError):
            hook.fire(1)


class TestFailing:
    def test_a_failed_listener_is_logged_and_the_others_are_called(self, hook, listener, caplog, unmarked):
        listener("a", raises=LocustError("broken")), listener("b")

        hook.fire()

        assert [name for name, _ in listener.heard] == ["a", "b"]
        assert caplog.messages[0].startswith("Uncaught exception in event handler: \nTraceback")
        assert log.unhandled_greenlet_exception is True

    @pytest.mark.parametrize(
        "signal",
        [
            StopUser,
            StopTest,
            RescheduleTask,
            RescheduleTaskImmediately,
            InterruptTaskSet,
            gevent.GreenletExit,
            KeyboardInterrupt,
            SystemExit,
        ],
    )
    def test_signals_pass(self, hook, listener, unmarked, signal):
        listener("a", raises=signal()), listener("b")

        with pytest.raises(signal):
            hook.fire()

        assert ([name for name, _ in listener.heard], log.unhandled_greenlet_exception) == (["a"], False)


class TestMeasuring:
    @pytest.fixture
    def measured(self, hook):
        heard = []
        hook.add_listener(lambda **kwargs: heard.append(kwargs))
        return heard

    def test_a_block_becomes_a_request(self, hook, measured):
        with hook.measure("WS", "echo", 5, {"c": 1}) as request_meta:
            request_meta["response"] = "pong"

        (event,) = measured
        assert event.pop("response_time") >= 0
        assert event.pop("start_time") > 1_600_000_000
        assert event == {
            "request_type": "WS",
            "name": "echo",
            "response_length": 5,
            "context": {"c": 1},
            "exception": None,
            "response": "pong",
        }

    @pytest.mark.parametrize("error", [ValueError("x"), StopUser()])
    def test_an_exception_goes_no_further(self, hook, measured, error):
        with hook.measure("WS", "echo"):
            raise error

        assert measured[0]["exception"] is error

    def test_a_kill_does_and_is_a_request_all_the_same(self, hook, measured):
        with pytest.raises(gevent.GreenletExit), hook.measure("WS", "echo"):
            raise gevent.GreenletExit

        assert [(event["name"], event["exception"]) for event in measured] == [("echo", None)]


class TestEvents:
    def test_each_has_hooks_of_its_own(self):
        assert Events().request is not Events().request

    def test_names_are_upstreams(self):
        assert set(vars(Events())) == {
            "request",
            "user_error",
            "report_to_master",
            "worker_report",
            "worker_connect",
            "spawning_complete",
            "quitting",
            "quit",
            "init",
            "init_command_line_parser",
            "test_start",
            "test_stopping",
            "test_stop",
            "reset_stats",
            "cpu_warning",
            "heartbeat_sent",
            "heartbeat_received",
            "usage_monitor",
        }

    def test_a_subclass_adds_hooks_by_annotation(self):
        class Mine(Events):
            checkout: EventHook
            limit: int

        mine = Mine()

        assert set(vars(mine)) - set(vars(Events())) == {"checkout"}
        assert type(mine.checkout) is EventHook

    def test_a_deprecated_hook_warns_its_listeners(self, caplog):
        DeprecatedEventHook("use another").add_listener(print)

        assert caplog.messages == ["use another"]
