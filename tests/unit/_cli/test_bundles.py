"""What a worker does with the bundle of its master."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from locust._cli import bundles
from locust.exception import BundleError
from locust.rpc import _bundle


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def offer(tmp_path: Path) -> dict[str, object]:
    root = tmp_path / "project"
    for name in ("tests/locustfile.py", "tests/data/users.csv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    bundle = _bundle.pack(root)
    return {
        "digest": bundle.digest,
        "archive": bundle.archive,
        "locustfiles": ["tests/locustfile.py"],
        "folder": "tests",
    }


def test_the_worker_works_where_the_master_does(offer):
    (path,) = bundles.settle_in(offer)

    assert Path(path).read_text() == "tests/locustfile.py"
    assert Path("data/users.csv").read_text() == "tests/data/users.csv"


def test_a_bundle_that_is_here_is_not_sent_again(offer):
    assert bundles.kept() == []
    bundles.settle_in(offer)
    assert bundles.kept() == [offer["digest"]]

    (path,) = bundles.settle_in({**offer, "archive": None})

    assert Path(path).read_text() == "tests/locustfile.py"


def test_a_bundle_that_someone_changed_in_the_store_is_not_used(offer, tmp_path):
    bundles.settle_in(offer)
    (stored,) = (tmp_path / "cache").rglob("*.zip")
    stored.write_bytes(b"evil")

    with pytest.raises(BundleError, match="their digest is another one"):
        bundles.settle_in({**offer, "archive": None})


def test_only_so_many_are_kept(offer, monkeypatch, tmp_path):
    monkeypatch.setattr(bundles, "MOST_KEPT", 1)
    bundles.settle_in(offer)
    (stored,) = (tmp_path / "cache").rglob("*.zip")
    os.utime(stored, (1, 1))
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.py").write_text("")
    bundle = _bundle.pack(other)

    bundles.settle_in({"digest": bundle.digest, "archive": bundle.archive, "locustfiles": ["a.py"]})

    assert bundles.kept() == [bundle.digest]


def test_a_store_that_can_not_be_written_changes_nothing(offer, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert len(bundles.settle_in(offer)) == 1
    assert bundles.kept() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"digest": "../x"}, "makes no sense"),
        ({"archive": "text"}, "makes no sense"),
        ({"locustfiles": []}, "makes no sense"),
        ({"locustfiles": [1]}, "makes no sense"),
        ({"locustfiles": ["/etc/passwd"]}, "names a file that isn't in its bundle: '/etc/passwd'"),
        ({"locustfiles": ["../../x.py"]}, "names a file that isn't in its bundle"),
        ({"folder": "../.."}, "names a file that isn't in its bundle"),
        ({"archive": None}, "are gone: .*Start anew"),
        ({"archive": b"x"}, "arrived damaged"),
    ],
)
def test_an_offer_that_no_master_makes_is_refused(offer, tmp_path, change, message):
    with pytest.raises(BundleError, match=message):
        bundles.settle_in({**offer, **change})
    assert Path.cwd() == tmp_path


def test_what_the_master_requires_and_this_python_lacks_is_said(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (root / "a.py").write_text("")
    (root / "requirements.txt").write_text("no-such-package>=2\n")
    bundle = _bundle.pack(root)

    with pytest.raises(BundleError, match=r"asks for: no-such-package>=2 \(not installed\)\. Install it for /"):
        bundles.settle_in({"digest": bundle.digest, "archive": bundle.archive, "locustfiles": ["a.py"]})
    assert Path.cwd() == tmp_path
