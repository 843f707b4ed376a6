"""Each locustfile in `examples` runs for two seconds against the bundled target, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes.daemons import mosquitto, postgresql
from fakes.speaking import speaking

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py"))
# They wait most of the time.
JOBS = 3 * (os.cpu_count() or 2)
# Requests that fail belong to what these show.
FAILING = {"exit_code"}

Done = subprocess.CompletedProcess[str]


REQUESTS = re.compile(r"Aggregated +[1-9]|^[1-9]\d* requests, ", re.MULTILINE)


def run_example(name: str, host: str, database: str, folder: Path) -> Done:
    folder.mkdir()
    for run_time_sec in (2, 15):
        done = run_once(name, host, database, folder, run_time_sec)
        # On a busy machine two seconds can be too short for a request.
        if REQUESTS.search(done.stderr + done.stdout):
            break
    return done


def run_once(name: str, host: str, database: str, folder: Path, run_time_sec: int) -> Done:
    command = [sys.executable, "-m", "locust", "-f", str(FOLDER / f"{name}.py"), "-H", host, "--headless"]
    command += ["-u5", "-r10", f"-t{run_time_sec}", *(["--exit-code-on-error=0"] if name in FAILING else [])]
    if name == "library":
        command = [sys.executable, str(FOLDER / "library.py"), host]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "DATABASE_URL": database, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def outcomes(target: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Done]]]:
    """All of them started."""
    folder = tmp_path_factory.mktemp("examples")
    with ExitStack() as servers, ThreadPoolExecutor(JOBS) as pool:
        hosts = {
            "socketio_chat": servers.enter_context(speaking("socketio")),
            "mqtt_sensors": f"mqtt://127.0.0.1:{servers.enter_context(mosquitto()).port}",
        }
        database = servers.enter_context(postgresql())
        futures = {
            name: pool.submit(run_example, name, hosts.get(name, target), database, folder / name) for name in EXAMPLES
        }
        yield futures
        for future in futures.values():
            future.cancel()
        pool.shutdown()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name: str, outcomes: dict[str, Future[Done]]) -> None:
    done = outcomes[name].result()

    assert "Traceback" not in done.stderr, done.stderr
    assert REQUESTS.search(done.stderr + done.stdout), done.stderr
    if name not in FAILING:
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_opens_with_what_it_shows_and_is_listed(name: str) -> None:
    code = (FOLDER / f"{name}.py").read_text()
    listed = re.findall(r"^\| \[(\w+)\.py\]\(\1\.py\) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)

    assert re.match(r'"""[A-Z].{20,}', code)
    assert name in listed
