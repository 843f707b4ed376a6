"""Files that are whole whenever somebody looks, also after a crash or on a full disk."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

# A file that is mounted by itself, or in a folder that takes no other files, can only be written in place.
_CAN_NOT_BE_REPLACED: Final = (errno.EACCES, errno.EBUSY, errno.EPERM, errno.EROFS, errno.EXDEV)
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC


def write_somewhere(path: Path, text: str, *, prefix: str, suffix: str) -> tuple[str, OSError] | None:
    """Writes a text that would be lost otherwise: into a folder for temporary files when its own place is none.

    Returns:
        None, or where it is instead, and why.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix=prefix, suffix=suffix, delete=False) as file:
            file.write(text)
        return file.name, error
    return None


class RewrittenFile:
    """A file whose whole content is replaced at once; made, empty, at the start.

    Raises:
        OSError: it can't be made.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        # A link stays one.
        self._target = os.path.realpath(path)
        descriptor = os.open(self._target, _CREATE | os.O_TRUNC, 0o666)
        try:
            self._mode = os.fstat(descriptor).st_mode
        finally:
            os.close(descriptor)
        self._can_be_replaced = stat.S_ISREG(self._mode)

    def replace(self, content: bytes) -> None:
        """Writes the content.

        Raises:
            OSError: it can't; then the former content is still there, where the file can be replaced.
        """
        if self._can_be_replaced:
            try:
                self._replace(content)
                return
            except OSError as error:
                if error.errno not in _CAN_NOT_BE_REPLACED:
                    raise
                self._can_be_replaced = False
        descriptor = os.open(self._target, _CREATE | os.O_TRUNC, 0o666)
        try:
            _write_all(descriptor, content)
        finally:
            os.close(descriptor)

    def _replace(self, content: bytes) -> None:
        beside = f"{self._target}.part"
        descriptor = os.open(beside, _CREATE | os.O_TRUNC | os.O_NOFOLLOW, stat.S_IMODE(self._mode))
        try:
            try:
                _write_all(descriptor, content)
            finally:
                os.close(descriptor)
            os.replace(beside, self._target)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise


class GrowingFile:
    """A file that lines are added to; made, empty, at the start.

    Args:
        path: where it is.
        after: keeps what is there when it begins so.

    Raises:
        OSError: it can't be made.
    """

    def __init__(self, path: str, after: bytes | None = None) -> None:
        self.path = path
        self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_APPEND, 0o666)
        if after is None or os.pread(self._descriptor, len(after), 0) != after:
            _empty(self._descriptor)

    @property
    def size_bytes(self) -> int:
        """How much is in it."""
        return 0 if self._descriptor is None else os.fstat(self._descriptor).st_size

    def append(self, lines: bytes) -> None:
        """Adds lines, all or none.

        Raises:
            OSError: it can't.
        """
        if self._descriptor is None:
            raise OSError(errno.EBADF, "the file is closed")
        status = os.fstat(self._descriptor)
        try:
            _write_all(self._descriptor, lines)
        except OSError:
            if stat.S_ISREG(status.st_mode):
                os.ftruncate(self._descriptor, status.st_size)
            raise

    def close(self) -> None:
        """Closes it; does nothing when it is closed."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _empty(descriptor: int) -> None:
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.ftruncate(descriptor, 0)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
