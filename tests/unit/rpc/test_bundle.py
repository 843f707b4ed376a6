"""Folders packed for workers, and archives that no worker should believe."""

from __future__ import annotations

import os
import random
import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locust.exception import BundleError
from locust.rpc import _bundle
from locust.rpc._bundle import Bundle, missing_requirements, pack, unpack


def folder_with(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def files_in(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def archive_of(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> Bundle:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return Bundle.of(packed.getvalue())


def unpacked(bundle: Bundle, folder: Path) -> dict[str, str]:
    folder.mkdir()
    unpack(bundle.archive, bundle.digest, folder)
    return files_in(folder)


def test_modules_and_data_files_come_along(tmp_path):
    files = {
        "locustfile.py": "import steps.cart",
        "steps/cart.py": "",
        "data/users.csv": "user\nann\n",
        "größe.txt": "ü",
    }
    root = folder_with(tmp_path / "own", files)

    assert unpacked(pack(root), tmp_path / "theirs") == files


def test_secrets_caches_and_hidden_files_stay_at_home(tmp_path):
    kept = {"locustfile.py": "1"}
    left = [".env", ".git/config", "__pycache__/a.pyc", "deep/node_modules/x.js", "tls/server.key", "ca.pem", "id_rsa"]
    root = folder_with(tmp_path / "own", {**kept, **dict.fromkeys(left, "secret")})

    assert unpacked(pack(root), tmp_path / "theirs") == kept


def test_the_ignore_file_leaves_out_and_brings_back(tmp_path):
    root = folder_with(
        tmp_path / "own",
        {
            ".locustignore": "*.csv\n/big/\n!ca.pem\n",
            "a.py": "",
            "u.csv": "",
            "x/u.csv": "",
            "big/b": "",
            "x/big/b": "",
            "ca.pem": "c",
        },
    )

    assert set(unpacked(pack(root), tmp_path / "theirs")) == {"a.py", "x/big/b", "ca.pem"}


def test_the_same_files_have_the_same_digest(tmp_path):
    names = [f"m{number}.py" for number in range(20)]
    digests = set()
    for attempt in range(3):
        random.Random(attempt).shuffle(names)
        root = folder_with(tmp_path / str(attempt), {name: name for name in names})
        os.utime(root / names[0], (attempt, attempt))
        digests.add(pack(root).digest)

    assert len(digests) == 1
    assert pack(folder_with(tmp_path / "0", {"m0.py": "changed"})).digest not in digests


@pytest.mark.parametrize(("limit", "most"), [("MOST_BYTES", 10), ("MOST_FILES", 2)])
def test_a_folder_that_is_too_much_is_refused_with_what_to_do(tmp_path, monkeypatch, limit, most):
    root = folder_with(tmp_path / "own", {"a.py": "12345", "b.py": "12345", "c.py": "12345"})
    monkeypatch.setattr(_bundle, limit, most)

    with pytest.raises(BundleError, match=r"Name what workers don't need in \.locustignore"):
        pack(root)


def test_links_into_the_folder_are_files_and_broken_ones_are_nothing(tmp_path):
    root = folder_with(tmp_path / "own", {"a.py": "a"})
    (root / "link.py").symlink_to("a.py")
    (root / "nowhere").symlink_to("none")
    os.mkfifo(root / "pipe")

    assert unpacked(pack(root), tmp_path / "theirs") == {"a.py": "a", "link.py": "a"}


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    "name",
    ["../evil.py", "/etc/evil", "a/../../evil", "a//evil", "./evil", "C:evil", "a\\..\\evil", "folder/", link("evil")],
)
def test_a_path_that_leads_out_is_refused_and_nothing_is_written(tmp_path, name):
    bundle = archive_of(("fine.py", b""), (name, b"/etc/passwd"))

    with pytest.raises(BundleError, match="hold one that no master sends"):
        unpacked(bundle, tmp_path / "theirs")
    assert [path.name for path in tmp_path.rglob("*")] == ["theirs"]


def test_an_archive_that_grows_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(_bundle, "MOST_BYTES", 1000)

    with pytest.raises(BundleError, match="more than a worker takes"):
        unpacked(archive_of(("zeros", bytes(2000))), tmp_path / "theirs")


def test_a_name_that_comes_twice_is_refused(tmp_path):
    with pytest.raises(BundleError, match="have a name twice"):
        unpacked(archive_of(("a.py", b""), ("A.py", b"")), tmp_path / "theirs")


def test_an_archive_of_another_digest_is_refused(tmp_path):
    bundle = archive_of(("a.py", b""))

    with pytest.raises(BundleError, match="arrived damaged"):
        unpack(bundle.archive + b"x", bundle.digest, tmp_path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_archive_is_an_error_and_nothing_else(tmp_path_factory, data):
    whole = bytearray(archive_of(("a.py", b"import b" * 40), ("b/c.py", b"1")).archive)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    bundle = Bundle.of(bytes(whole))
    folder = tmp_path_factory.mktemp("theirs")

    try:
        unpack(bundle.archive, bundle.digest, folder)
    except BundleError:
        return
    assert all(folder in path.resolve().parents for path in folder.rglob("*"))


def test_requirements_that_are_not_met_are_named(tmp_path):
    folder_with(
        tmp_path,
        {
            "requirements.txt": "requests>=2\n# note\n-r other.txt\nrequests<1  # old\nno-such-package==3\n"
            "windows-only; sys_platform == 'win32'\n"
        },
    )

    missing = missing_requirements(tmp_path)

    assert missing[1:] == ["no-such-package==3 (not installed)"]
    assert missing[0].startswith("requests<1 (2.")
    assert missing_requirements(tmp_path / "none") == []
