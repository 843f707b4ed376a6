"""Files of tests, as pytest runs them and as Locust does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TESTS = """
import pytest


@pytest.fixture
def login(session):
    session.post("/echo", data="x", name="login")
    print("setup", flush=True)
    yield session
    print("teardown", flush=True)


@pytest.fixture(autouse=True)
def automatic():
    print("automatic", flush=True)


def test_page(session):
    assert session.get("/", name="page").status_code == 200


def test_fast(fastsession):
    assert fastsession.get("/", name="fast page").status_code == 200


def test_both(session, fastsession):
    session.get("/", name="first")
    fastsession.get("/", name="second")


@pytest.mark.parametrize("size", [1, 2])
def test_sizes(login, size):
    login.get("/", name=f"size {size}")


class TestGroup:
    def test_member(self, session):
        session.get("/", name="member")


@pytest.mark.skip
def test_skipped(session):
    session.get("/", name="skipped")
"""
NAMES = ["test_page", "test_fast", "test_both", "test_sizes[1]", "test_sizes[2]", "TestGroup.test_member"]


def run(folder: Path, *command: str, tests: str = TESTS) -> subprocess.CompletedProcess[str]:
    (folder / "test_site.py").write_text(tests)
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=30)


def load(folder: Path, target: str, tests: str, *more: str) -> tuple[subprocess.CompletedProcess[str], dict[str, dict]]:
    line = ("-f", "test_site.py", "--headless", "-u", "6", "-r", "100", "-t", "2", "-H", target, "--only-summary")
    done = run(folder, "locust", *line, "--json-file", "out", *more, tests=tests)
    return done, {entry["name"]: entry for entry in json.loads((folder / "out.json").read_text())}


def test_pytest_runs_them_with_clients(tmp_path: Path, target: str) -> None:
    done = run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--host", target, "test_site.py")

    assert "6 passed, 1 skipped" in done.stdout, done.stdout


def test_pytest_without_a_host_takes_whole_urls(tmp_path: Path, target: str) -> None:
    tests = (
        f"def test_it(session, fastsession):\n    assert session.get('{target}/').ok\n    fastsession.get('{target}/')"
    )

    done = run(tmp_path, "pytest", "-q", "test_site.py", tests=tests)

    assert "1 passed" in done.stdout, done.stdout


def test_pytest_does_not_import_locust_unasked(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "pytest",
        "-q",
        "test_site.py",
        tests="import sys\ndef test_it():\n    assert 'locust' not in sys.modules and 'gevent' not in sys.modules",
    )

    assert "1 passed" in done.stdout, done.stdout


def test_another_plugin_may_have_the_option(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--host', default='theirs')"
    )

    done = run(
        tmp_path,
        "pytest",
        "-q",
        "-p",
        "other",
        "test_site.py",
        tests="def test_it(pytestconfig):\n    assert pytestconfig.getoption('--host') == 'theirs'",
    )

    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_locust_lists_them(tmp_path: Path) -> None:
    done = run(tmp_path, "locust", "-f", "test_site.py", "--list")

    assert [line.strip() for line in done.stdout.splitlines()] == ["Available Users:", *NAMES]


def test_locust_loads_with_them(tmp_path: Path, target: str) -> None:
    done, entries = load(tmp_path, target, TESTS)

    assert done.returncode == 0, done.stderr
    assert set(entries) == {"page", "fast page", "first", "second", "login", "size 1", "size 2", "member"}
    assert entries["login"]["num_requests"] == 2
    assert min(entry["num_requests"] for name, entry in entries.items() if name != "login") > 1
    # Once a user, however often its test runs.
    assert [done.stdout.count(word) for word in ("automatic", "setup", "teardown")] == [6, 2, 2]


def test_some_of_them_can_be_chosen(tmp_path: Path, target: str) -> None:
    _, entries = load(tmp_path, target, TESTS, "test_page", "TestGroup.test_member")

    assert set(entries) == {"page", "member"}


def test_a_test_that_fails_is_told_and_goes_on(tmp_path: Path, target: str) -> None:
    tests = """
import time
import pytest

def test_wrong(session):
    session.get("/", name="page")
    time.sleep(0.2)
    assert 1 == 2, "that is wrong"

def test_status(session):
    session.get("/status/500", name="bad").raise_for_status()

def test_given_up(session):
    session.get("/", name="given up")
    time.sleep(0.1)
    pytest.fail("no more")

def test_left_out(session):
    session.get("/", name="left out")
    time.sleep(0.1)
    pytest.skip("not here")
"""
    done, entries = load(tmp_path, target, tests)

    assert done.returncode == 1
    assert min(entry["num_requests"] for entry in entries.values()) > 1
    assert set(entries) == {"page", "bad", "given up", "left out"}
    assert entries["bad"]["num_failures"] == entries["bad"]["num_requests"]
    assert "that is wrong" in done.stderr
    assert "no more" in done.stderr
    assert "not here" not in done.stderr


def test_without_a_host_the_run_ends(tmp_path: Path) -> None:
    done = run(tmp_path, "locust", "-f", "test_site.py", "--headless", "-t", "9", "--only-summary", "test_page")

    assert done.stderr.count("You must specify the base host") == 1
    assert "--run-time limit reached" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fixture_that_fails_is_told_and_its_user_ends(tmp_path: Path, target: str) -> None:
    tests = """
import pytest

@pytest.fixture
def broken():
    raise ValueError("no fixture today")

def test_it(broken, session):
    session.get("/", name="never")

def test_other(session):
    session.get("/", name="other")
"""
    done, entries = load(tmp_path, target, tests)

    assert done.returncode == 1
    assert set(entries) == {"other"}
    # Six users, half of them of this class.
    assert done.stderr.count("ValueError: no fixture today") == 3


def test_a_mistake_in_a_test_is_no_failed_request(tmp_path: Path, target: str) -> None:
    tests = (
        "import time\ndef test_it(session):\n    session.get('/', name='page')\n    time.sleep(0.3)\n    open('none')"
    )

    done, _ = load(tmp_path, target, tests)

    assert done.returncode == 1
    assert "FileNotFoundError" in done.stderr


def test_check_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    done = run(tmp_path, "locust", "check", "-f", "test_site.py")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing found" in done.stdout


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        (
            "def test_it(tmp_path): pass",
            "test_site.py::test_it wants the fixture 'tmp_path', which there is only under",
        ),
        ("def test_it(request): pass", "wants the fixture 'request'"),
        ("def test_it(unknown): pass", "wants the fixture 'unknown'"),
        ("x = 1", "No User class found!"),
    ],
)
def test_what_can_not_be_run_is_refused(tmp_path: Path, tests: str, message: str) -> None:
    done = run(tmp_path, "locust", "-f", "test_site.py", "--headless", "-t", "1", tests=tests)

    assert done.returncode == 1
    assert message in done.stderr
