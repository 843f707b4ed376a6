"""Options on their way from a master to its workers."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # it has none

from locust._options import OPTIONS

# What upstream's workers follow beside options that were changed.
ALWAYS_FOLLOWED: Final = ("expect_workers", "tags", "exclude_tags")
_SECOND_TO_NONE: Final = frozenset(option.dest for option in OPTIONS if not option.goes_to_workers)
_DEFAULTS: Final = {option.dest: option.default for option in OPTIONS}


class SentOptions:
    """The options of a master, as far as they can travel; read once a ramp."""

    def __init__(self, options: Namespace | None) -> None:
        self.values = {name: value for name, value in vars(options or Namespace()).items() if _can_travel(value)}


def follow(options: Namespace, sent: dict[str, Any]) -> None:
    """Sets a worker's options as its master's are, without those that are about one process."""
    for name, value in sent.items():
        if name in _SECOND_TO_NONE and name not in ALWAYS_FOLLOWED:
            continue
        if name in ALWAYS_FOLLOWED or name not in _DEFAULTS or value != _DEFAULTS[name]:
            setattr(options, name, value)


def _can_travel(value: Any) -> bool:
    try:
        msgpack.packb(value)
    except Exception:  # whatever a locustfile put there
        return False
    return True
