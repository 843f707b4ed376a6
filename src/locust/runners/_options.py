"""Options on their way from a master to its workers."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # it has none

from locust._options import OPTIONS

# The only ones of Locust's own that workers take over, as upstream's do; those of locustfiles and plugins all are.
_TAKEN_OVER: Final = frozenset({"expect_workers", "tags", "exclude_tags"})
_OWN: Final = frozenset(option.dest for option in OPTIONS)


class SentOptions:
    """The options of a master, as far as they can travel; read once a ramp."""

    def __init__(self, options: Namespace | None) -> None:
        self.values = {name: value for name, value in vars(options or Namespace()).items() if _can_travel(value)}


def follow(options: Namespace, sent: dict[str, Any]) -> None:
    """Sets a worker's options as its master's are."""
    for name, value in sent.items():
        if name in _TAKEN_OVER or name not in _OWN:
            setattr(options, name, value)


def _can_travel(value: Any) -> bool:
    try:
        msgpack.packb(value)
    except Exception:  # whatever a locustfile put there
        return False
    return True
