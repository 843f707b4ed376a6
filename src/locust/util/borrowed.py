"""Names that a module offers though another has them: found when they are asked for, so that nothing loads unasked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def borrowed(borrower: str, owners: Mapping[str, str]) -> Callable[[str], Any]:
    """Makes a module's `__getattr__`.

    Args:
        borrower: the module's name.
        owners: which module has each name.
    """

    def find(name: str) -> Any:
        if name not in owners:
            raise AttributeError(f"module {borrower!r} has no attribute {name!r}")
        return getattr(import_module(owners[name]), name)

    return find
