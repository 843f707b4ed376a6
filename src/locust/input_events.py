"""Single key strokes from the terminal."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, Protocol

import gevent

if sys.platform == "win32":
    import msvcrt
else:
    import termios
    import tty

# How often to look for a key where the loop can't watch the terminal.
POLL_INTERVAL_SEC = 0.2


class InitError(Exception):
    """There is no terminal to read keys from."""


class KeyPoller(Protocol):
    """Reads keys as they are struck."""

    def poll(self) -> str | None:
        """Gives the next key, or None when none has been struck."""
        ...

    def cleanup(self) -> None:
        """Gives the terminal back as it was."""
        ...


class UnixKeyPoller:
    """Takes the terminal out of line mode. Raises `InitError` when stdin isn't one, or isn't ours to change."""

    def __init__(self) -> None:
        if sys.platform == "win32":
            raise InitError("this is not Unix")
        if sys.stdin is None or not sys.stdin.isatty():
            raise InitError("Terminal was not a tty. Keyboard input disabled")
        self._fd = sys.stdin.fileno()
        # A background process that changed the terminal would be stopped for it.
        if os.tcgetpgrp(self._fd) != os.getpgrp():
            raise InitError("This process is in the background. Keyboard input disabled")
        self._settings: list[Any] = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd)

    def poll(self) -> str | None:
        import select

        if not select.select([self._fd], [], [], 0)[0]:
            return None
        return os.read(self._fd, 1).decode("latin-1") or None

    def cleanup(self) -> None:
        if sys.platform != "win32":
            termios.tcsetattr(self._fd, termios.TCSANOW, self._settings)


class WindowsKeyPoller:
    """Reads the console. Raises `InitError` when there is none."""

    def __init__(self) -> None:
        if sys.stdin is None or not sys.stdin.isatty():
            raise InitError("Terminal was not a tty. Keyboard input disabled")

    def poll(self) -> str | None:
        if sys.platform == "win32" and msvcrt.kbhit():
            return msvcrt.getwch()
        return None

    def cleanup(self) -> None:
        return None


def get_poller() -> KeyPoller:
    """Gives the poller for this system."""
    return WindowsKeyPoller() if sys.platform == "win32" else UnixKeyPoller()


def input_listener(key_to_func_map: dict[str, Callable[[], object]]) -> Callable[[], None]:
    """Gives a function for a greenlet of its own, that calls `key_to_func_map[key]()` for each key struck."""

    def listen() -> None:
        try:
            poller = get_poller()
        except InitError as error:
            logging.getLogger().debug("%s", error)
            return
        try:
            while True:
                if key := poller.poll():
                    if action := key_to_func_map.get(key):
                        action()
                else:
                    gevent.sleep(POLL_INTERVAL_SEC)
        finally:
            poller.cleanup()

    return listen
