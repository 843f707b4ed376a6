"""What nodes of a distributed run say to each other, and how it travels."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from locust.rpc.protocol import Message

if TYPE_CHECKING:
    from locust.rpc import zmqrpc as rpc

__all__ = ("Message", "rpc")

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # Late: ZeroMQ is for distributed runs only.
        if name in ("rpc", "zmqrpc"):
            return import_module("locust.rpc.zmqrpc")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
