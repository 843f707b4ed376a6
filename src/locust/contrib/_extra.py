"""What a user reads when a protocol's library isn't installed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def library_of(extra: str, *modules: str) -> Iterator[None]:
    """Within it the libraries of an extra are imported.

    Args:
        extra: the extra's name in this package.
        modules: top-level modules that it brings.

    Raises:
        ModuleNotFoundError: one of them isn't there; says how to install it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in modules:
            raise
        raise ModuleNotFoundError(
            f"locust.contrib.{extra} needs the library '{missing}', which is not installed. "
            f"Install it with: pip install 'locust[{extra}]'",
            name=error.name,
        ) from error
