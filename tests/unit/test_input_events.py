"""Single key strokes from the terminal."""

from __future__ import annotations

import logging
import os
import pty
import sys
import termios

import gevent
import pytest

from locust import input_events


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch):
    """The other side of a terminal that stdin is connected to."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal, os.fdopen(ours, "wb", buffering=0) as keys:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
        yield keys


def test_keys_are_read_as_they_are_struck(keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_events, "POLL_INTERVAL_SEC", 0.001)
    before = termios.tcgetattr(sys.stdin)
    struck = []
    listen = input_events.input_listener({"w": lambda: struck.append("w"), "s": lambda: struck.append("s")})
    listener = gevent.spawn(listen)
    # What is typed before the terminal is ready is lost.
    gevent.sleep(0)

    keyboard.write(b"wxs")
    with gevent.Timeout(5):
        while len(struck) < 2:
            gevent.sleep(0.001)
    listener.kill()

    assert struck == ["w", "s"]
    assert termios.tcgetattr(sys.stdin) == before


def test_without_a_terminal_there_are_no_keys(monkeypatch, caplog: pytest.LogCaptureFixture) -> None:
    with open(os.devnull) as nothing, caplog.at_level(logging.DEBUG):
        monkeypatch.setattr(sys, "stdin", nothing)

        input_events.input_listener({})()

    # Locust 2.47.0 says so.
    assert caplog.messages == ["Terminal was not a tty. Keyboard input disabled"]


def test_a_process_in_the_background_leaves_the_terminal_alone(keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + 1)

    with pytest.raises(input_events.InitError):
        input_events.get_poller()
