"""Options on their way from a master to its workers."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # it has none

from locust._options import OPTIONS

# Those of locustfiles and plugins are all taken over.
_KEPT: Final = frozenset(option.dest for option in OPTIONS if not option.goes_to_workers)


class SentOptions:
    """The options of a master, as far as they can travel; read once a ramp."""

    def __init__(self, options: Namespace | None) -> None:
        self.values = {name: value for name, value in vars(options or Namespace()).items() if _can_travel(value)}


def follow(options: Namespace, sent: dict[str, Any]) -> None:
    """Sets a worker's options as its master's are."""
    for name, value in sent.items():
        if name not in _KEPT:
            setattr(options, name, value)


def _can_travel(value: Any) -> bool:
    try:
        msgpack.packb(value)
    except Exception:  # whatever a locustfile put there
        return False
    return True
