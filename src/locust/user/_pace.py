"""Where a waiting user parks: on the engine's timers."""

from __future__ import annotations

from locust._native import Waiter

__all__ = ("Waiter",)
