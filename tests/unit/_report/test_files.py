from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from locust._report import files
from locust._report.files import GrowingFile, RewrittenFile


@pytest.fixture
def short_disk(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A disk that has room for so many bytes: the one item of the list."""
    room = [3]
    write = os.write

    def write_some(descriptor: int, content: Any) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(descriptor, content[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(files.os, "write", write_some)
    return room


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("from an earlier run")
    file = RewrittenFile(str(path))
    assert path.read_bytes() == b""

    file.replace(b"one and more")
    file.replace(b"two")

    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["f"]


def test_readers_keep_the_state_that_they_opened(tmp_path: Path) -> None:
    file = RewrittenFile(str(tmp_path / "f"))
    file.replace(b"one")

    with (tmp_path / "f").open("rb") as reader:
        file.replace(b"two")
        assert reader.read() == b"one"


def test_a_link_and_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "target").touch(0o600)
    (tmp_path / "f").symlink_to(tmp_path / "target")
    file = RewrittenFile(str(tmp_path / "f"))

    file.replace(b"one")

    assert (tmp_path / "f").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"one"
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o600


def test_what_was_there_stays_when_the_disk_is_full(tmp_path: Path, short_disk: list[int]) -> None:
    file = RewrittenFile(str(tmp_path / "f"))
    file.replace(b"one")

    with pytest.raises(OSError, match="No space left"):
        file.replace(b"two")

    assert (tmp_path / "f").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["f"]


def test_a_file_that_can_not_be_replaced_is_written_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(files.os, "replace", refuse)
    file = RewrittenFile(str(tmp_path / "f"))

    file.replace(b"one and more")
    file.replace(b"two")

    assert (tmp_path / "f").read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["f"]


def test_no_link_is_followed_for_the_part(tmp_path: Path) -> None:
    (tmp_path / "f.part").symlink_to(tmp_path / "elsewhere")
    file = RewrittenFile(str(tmp_path / "f"))

    with pytest.raises(OSError, match="symbolic links"):
        file.replace(b"one")

    assert not (tmp_path / "elsewhere").exists()


def test_lines_are_added_to_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("from an earlier run")
    file = GrowingFile(str(tmp_path / "f"))

    file.append(b"one\n")
    file.append(b"two\n")

    assert (tmp_path / "f").read_bytes() == b"one\ntwo\n"


def test_lines_are_added_whole_or_not_at_all(tmp_path: Path, short_disk: list[int]) -> None:
    file = GrowingFile(str(tmp_path / "f"))
    short_disk[0] = 6
    file.append(b"one\n")

    with pytest.raises(OSError, match="No space left"):
        file.append(b"two\n")

    assert (tmp_path / "f").read_bytes() == b"one\n"


def test_nothing_is_added_to_a_closed_file(tmp_path: Path) -> None:
    file = GrowingFile(str(tmp_path / "f"))
    file.close()
    file.close()

    with pytest.raises(OSError, match="closed"):
        file.append(b"one\n")


def test_a_file_goes_on_after_what_it_begins_with(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"header\none\n")

    file = GrowingFile(str(tmp_path / "f"), after=b"header\n")
    assert file.size_bytes == 11
    file.append(b"two\n")

    assert (tmp_path / "f").read_bytes() == b"header\none\ntwo\n"


@pytest.mark.parametrize("content", [b"", b"head", b"another\none\n"])
def test_a_file_that_begins_otherwise_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)

    assert GrowingFile(str(tmp_path / "f"), after=b"header\n").size_bytes == 0
