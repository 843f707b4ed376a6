"""Locustfiles on their way from a master to its workers (`-f -`)."""

from __future__ import annotations

import functools
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locust.exception import BundleError
from locust.rpc import _bundle

if TYPE_CHECKING:
    from locust.env import Environment

logger = logging.getLogger("locust.runners")


class Locustfiles:
    """What a master gives to workers that ask for the locustfile.

    Args:
        environment: with the paths of the locustfiles. Their contents are kept as they are now: workers that come
            later are to run the same test.
    """

    def __init__(self, environment: Environment) -> None:
        self._paths = environment.parsed_locustfiles or []
        self._contents = _contents(self._paths)

    def answer(self, question: Any) -> dict[str, Any]:
        """Names and contents, or why not. Who can unpack a bundle says so, and gets the files beside them too."""
        wish = question.get("bundle") if isinstance(question, dict) else None
        if isinstance(wish, dict) and self._paths and (bundle := _bundle_of(tuple(self._paths))):
            return {"bundle": _offer(bundle, self._paths, wish.get("have"))}
        return self._contents


def _contents(paths: Sequence[str]) -> dict[str, Any]:
    if not paths:
        return {"error": "The master was started by a program, without a locustfile: give the worker its own with -f"}
    try:
        return {
            "locustfiles": [{"filename": Path(path).name, "contents": Path(path).read_text("utf-8")} for path in paths]
        }
    except (OSError, UnicodeDecodeError) as error:
        return {"error": f"The master can't read its locustfile: {error}"}


def _offer(bundle: _bundle.Bundle, paths: Sequence[str], have: Any) -> dict[str, Any]:
    root = _root_of(paths)
    here = Path.cwd()
    return {
        "digest": bundle.digest,
        "archive": None if isinstance(have, list) and bundle.digest in have else bundle.archive,
        "locustfiles": [Path(path).resolve().relative_to(root).as_posix() for path in paths],
        # Names of data files are mostly relative to where the master was started.
        "folder": here.relative_to(root).as_posix() if here.is_relative_to(root) else ".",
    }


# All workers of a fleet ask for the same, and what this process runs doesn't change either.
@functools.lru_cache(maxsize=1)
def _bundle_of(paths: tuple[str, ...]) -> _bundle.Bundle | None:
    root = _root_of(paths)
    if root in (Path("/"), Path.home(), Path(tempfile.gettempdir()).resolve()):
        logger.info("Workers get the locustfile without the files beside it: %s holds more than a test", root)
        return None
    try:
        return _bundle.pack(root)
    except BundleError as error:
        logger.warning("Workers get the locustfile without the files beside it. %s", error)
        return None


def _root_of(paths: Sequence[str]) -> Path:
    """The folder that holds all locustfiles."""
    return Path(os.path.commonpath([Path(path).resolve().parent for path in paths]))
