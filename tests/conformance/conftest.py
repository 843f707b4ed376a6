"""What conformance tests share. See README.md here."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from beside import Comparison, Outcome, Run, run_beside, upstream
from beside.programs import plugins
from differences import DIFFERENCES

# Most of a run's time is waiting.
JOBS = int(os.environ.get("LOCUST_CONFORMANCE_JOBS") or 2 * (os.cpu_count() or 2))
FILES = Path(__file__).parent / "served"
COLLECTED = pytest.StashKey[list[str]]()

Both = tuple[Outcome, Outcome]
Aspects = Mapping[str, object]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Notes all tests, before markers choose among them; gives each the time that others' runs may take."""
    config.stash[COLLECTED] = [item.nodeid for item in items]
    for item in items:
        item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session", autouse=True)
def upstream_is_installed(request: pytest.FixtureRequest) -> None:
    """Before tests wait for it one by one; plugins, too, if tests want them."""
    upstream()
    if any(item.path.name == "test_api_plugins.py" for item in request.session.items):
        plugins()


@pytest.fixture(scope="session")
def collected(request: pytest.FixtureRequest) -> list[str]:
    """Ids of all tests of the files that were asked for."""
    return request.config.stash[COLLECTED]


@pytest.fixture
def same(request: pytest.FixtureRequest) -> Comparison:
    """Compares upstream's answer and ours."""
    return Comparison(request.node.nodeid, DIFFERENCES)


@pytest.fixture(scope="session")
def served_files() -> Iterator[str]:
    """URL of a web server for the folder `served`."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(FILES))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, target: str, served_files: str
) -> Iterator[Callable[..., Both]]:
    """Gives the outcomes of a `Run`; new ones with `again`.

    All runs that tests have as a parameter start with the first, a few at once.
    """
    places = {"target": target, "files": served_files}
    folder = tmp_path_factory.mktemp("runs")
    futures: dict[int, Future[Both]] = {}
    with ThreadPoolExecutor(JOBS) as pool:

        def submit(run: Run) -> None:
            futures[id(run)] = pool.submit(run_beside, run, folder / str(len(futures)), places)

        for item in request.session.items:
            for parameter in getattr(getattr(item, "callspec", None), "params", {}).values():
                if isinstance(parameter, Run) and id(parameter) not in futures:
                    submit(parameter)

        def outcome(run: Run, again: bool = False) -> Both:
            if again:
                # At once: in the pool it would wait for all that are still to come.
                return run_beside(run, folder / "again", places)
            if id(run) not in futures:
                submit(run)
            return futures[id(run)].result()

        yield outcome
        pool.shutdown(wait=False, cancel_futures=True)


@pytest.fixture
def alike(outcomes: Callable[..., Both], same: Comparison) -> Callable[..., None]:
    """Compares both outcomes of a `Run`; once more when they differ, for a busy machine can make a second too short."""

    def compare(run: Run, looks: Callable[[Outcome, Outcome], tuple[Aspects, Aspects]] = _all_aspects) -> None:
        for again in (False, True, True, True):
            theirs, ours = looks(*outcomes(run, again))
            if same.explains(theirs, ours):
                return
        same(theirs, ours)

    return compare


def _all_aspects(theirs: Outcome, ours: Outcome) -> tuple[Aspects, Aspects]:
    return theirs.aspects(), ours.aspects()
