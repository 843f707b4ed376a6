"""Bundles that a worker got from its master: kept by digest, unpacked for one run."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from locust.exception import BundleError
from locust.rpc import _bundle
from locust.util.directory import make_temporary_folder

MOST_KEPT = 10

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def kept() -> list[str]:
    """Digests of the bundles that are here already."""
    with contextlib.suppress(OSError):
        return [path.stem for path in _store().glob("*.zip") if _DIGEST.fullmatch(path.stem)]
    return []


def settle_in(offer: Any) -> list[str]:
    """Unpacks a bundle until this process ends, makes its folder the working directory, and gives the locustfiles.

    Raises:
        BundleError: it isn't what a master sends, or this Python lacks what it requires.
    """
    digest, archive, locustfiles, inside = _checked(offer)
    if archive is None:
        archive = _load(digest)
    folder = Path(make_temporary_folder())
    _bundle.unpack(archive, digest, folder)
    _keep(digest, archive)
    if missing := _bundle.missing_requirements(folder):
        raise BundleError(
            f"This worker lacks what the master's {_bundle.REQUIREMENTS_FILE} asks for: {', '.join(missing)}. "
            f"Install it for {sys.executable}"
        )
    paths = [_within(folder, name) for name in locustfiles]
    os.chdir(_within(folder, inside))
    return [str(path) for path in paths]


def _checked(offer: Any) -> tuple[str, bytes | None, list[str], str]:
    if not isinstance(offer, dict):
        raise BundleError("The master's answer makes no sense: its bundle is no map")
    digest, archive = offer.get("digest"), offer.get("archive")
    locustfiles, inside = offer.get("locustfiles"), offer.get("folder", ".")
    if (
        not isinstance(digest, str)
        or not _DIGEST.fullmatch(digest)
        or not isinstance(archive, (bytes, type(None)))
        or not isinstance(locustfiles, list)
        or not locustfiles
        or not all(isinstance(name, str) for name in [*locustfiles, inside])
    ):
        raise BundleError("The master's answer makes no sense: a digest, an archive and locustfiles were wanted")
    return digest, archive, locustfiles, inside


def _within(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.exists():
        raise BundleError(f"The master names a file that isn't in its bundle: {name!r:.200}")
    return path


def _store() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "locust" / "bundles"


def _load(digest: str) -> bytes:
    try:
        return (_store() / f"{digest}.zip").read_bytes()
    except OSError as error:
        raise BundleError(f"The files that the master sent earlier are gone: {error}. Start anew") from error


def _keep(digest: str, archive: bytes) -> None:
    # It only saves time: without a place for it, the next worker asks for it again.
    with contextlib.suppress(OSError):
        store = _store()
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=store)
        with os.fdopen(handle, "wb") as file:
            file.write(archive)
        # Whole or not at all, also with several workers at once.
        os.replace(name, store / f"{digest}.zip")
        newest_first = sorted(store.glob("*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest_first[MOST_KEPT:]:
            path.unlink(missing_ok=True)
