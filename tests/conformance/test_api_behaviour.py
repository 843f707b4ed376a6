"""The Python API does what upstream's does: small cases, in probes/, each run in both."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from beside import Comparison, probe
from beside.programs import FOLDER

PROBES = ("tasks", "running", "requesting", "counting", "objects")

Answers = tuple[Mapping[str, Any], Mapping[str, Any]]


def _cases_of(script: str) -> list[str]:
    """Gives the names of a probe's cases: it is imported here for them, with our package."""
    folder = str(FOLDER / "probes")
    sys.path.insert(0, folder)
    try:
        registry = importlib.import_module("cases").CASES
        registry.clear()
        specification = importlib.util.spec_from_file_location(f"probe_{script}", f"{folder}/{script}.py")
        assert specification is not None
        assert specification.loader is not None
        specification.loader.exec_module(importlib.util.module_from_spec(specification))
        return list(registry)
    finally:
        sys.path.remove(folder)


CASES = [(script, case) for script in PROBES for case in _cases_of(script)]


@pytest.fixture(scope="module")
def ask(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Answers]]:
    """Gives both answers of a probe; each runs once, and those wanted start with the first."""
    parameters = [getattr(getattr(item, "callspec", None), "params", {}) for item in request.session.items]
    wanted = {given["script"]: None for given in parameters if "script" in given}
    with ThreadPoolExecutor(2) as pool:
        futures: dict[str, Future[Answers]] = {script: pool.submit(probe, script) for script in wanted}
        yield lambda script: futures[script].result()


@pytest.mark.parametrize(("script", "case"), CASES, ids=[f"{script}: {case}" for script, case in CASES])
def test_both_do_the_same(script: str, case: str, ask: Callable[[str], Answers], same: Comparison) -> None:
    theirs, ours = ask(script)
    for _ in range(2):
        if same.explains(theirs[case], ours[case]):
            return
        # Alone: a busy machine can make a tenth of a second too short.
        theirs, ours = probe(script, [case])
    same(theirs[case], ours[case])
