"""What `-f -` gives to a worker of ours: the locustfile with the modules and data files beside it, as one zip archive.

An archive is named by its digest: the same files give the same bytes, and a worker that has them asks for no more.
Whoever receives one trusts nothing of it: no path leads out of its folder, and it can't grow without end.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

from locust.exception import BundleError

IGNORE_FILE: Final = ".locustignore"
REQUIREMENTS_FILE: Final = "requirements.txt"
MOST_FILES = 5_000
MOST_BYTES = 32 * 1024 * 1024
"""Of all files together, unpacked."""

# What no worker needs, and what is nobody else's business. A line `!name` in the ignore file brings one back.
_IGNORED: Final = (
    ".*",
    "__pycache__/",
    "*.pyc",
    "node_modules/",
    "venv/",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "id_rsa*",
    "id_ed25519*",
    "*.log",
    "*.sqlite-journal",
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files, packed.

    Attributes:
        archive: the zip archive.
        digest: its SHA-256, in hexadecimal.
    """

    archive: bytes
    digest: str

    @classmethod
    def of(cls, archive: bytes) -> Bundle:
        return cls(archive, hashlib.sha256(archive).hexdigest())


def pack(root: Path) -> Bundle:
    """Packs the files of a folder that aren't ignored.

    Raises:
        BundleError: they are too many or too large, or can't be read.
    """
    files: list[tuple[str, bytes]] = []
    size_bytes = 0
    for path in _files_of(root):
        name = path.relative_to(root).as_posix()
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BundleError(f"{path} can't be sent to workers: {error.strerror}. {_IGNORE_HINT}") from error
        size_bytes += len(content)
        if size_bytes > MOST_BYTES or len(files) >= MOST_FILES:
            raise BundleError(
                f"The files beside the locustfile, in {root}, are more than what is sent to workers "
                f"({MOST_BYTES // 1024**2} MiB, {MOST_FILES} files). {_IGNORE_HINT}"
            )
        files.append((name, content))
    return Bundle.of(_zipped(files))


def unpack(archive: bytes, digest: str, folder: Path) -> None:
    """Writes the files of an archive into `folder`, which must be empty.

    Raises:
        BundleError: the archive isn't what `digest` says, or isn't one that `pack` makes.
    """
    if Bundle.of(archive).digest != digest:
        raise BundleError("The files from the master arrived damaged: their digest is another one.")
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            entries = opened.infolist()
            _check(entries)
            for entry in entries:
                path = folder.joinpath(*PurePosixPath(entry.filename).parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                # Sizes in the directory of an archive may lie; zipfile reads no more than they say.
                path.write_bytes(opened.read(entry))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise BundleError(f"The files from the master can't be unpacked: {error}.") from error


def missing_requirements(folder: Path) -> list[str]:
    """What the `requirements.txt` of an unpacked folder asks for and this Python doesn't have, in words."""
    from importlib import metadata

    from packaging.requirements import InvalidRequirement, Requirement

    path = folder / REQUIREMENTS_FILE
    missing = []
    for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
        try:
            wanted = Requirement(line.split(" #")[0].strip())
        except InvalidRequirement:
            continue  # an option of pip, a comment, a URL: not ours to judge
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            missing.append(f"{wanted.name}{wanted.specifier} (not installed)")
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            missing.append(f"{wanted.name}{wanted.specifier} ({found} is installed)")
    return missing


_IGNORE_HINT: Final = f"Name what workers don't need in {IGNORE_FILE} beside it, in the manner of .gitignore."


def _files_of(root: Path) -> Iterator[Path]:
    import pathspec

    ignore_file = root / IGNORE_FILE
    own = ignore_file.read_text().splitlines() if ignore_file.is_file() else []
    ignored = pathspec.GitIgnoreSpec.from_lines([*_IGNORED, *own])
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        inside = here.relative_to(root)
        folders[:] = sorted(name for name in folders if not ignored.match_file(f"{(inside / name).as_posix()}/"))
        for name in sorted(names):
            path = here / name
            # Sockets, pipes and links that lead nowhere aren't files.
            if not ignored.match_file((inside / name).as_posix()) and path.is_file():
                yield path


def _zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files):
            # A fixed time and mode: the digest is of names and contents alone.
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def _check(entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise BundleError("The files from the master are more than a worker takes.")
    names = [entry.filename for entry in entries]
    if len({name.casefold() for name in names}) != len(names):
        raise BundleError("The files from the master have a name twice.")
    for entry in entries:
        parts = entry.filename.split("/")
        is_regular = stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)
        if (
            not is_regular
            or any(part in ("", ".", "..") for part in parts)
            or any(character in entry.filename for character in "\\:\0")
        ):
            raise BundleError(f"The files from the master hold one that no master sends: {entry.filename!r}.")
