"""UsersDispatcher gives the same sequences as upstream's: hypothesis makes up thousands of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from beside import OURS, Comparison, upstream
from beside.probe import Conversation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Of each test. `make conformance` takes more.
EXAMPLES = int(os.environ.get("LOCUST_CONFORMANCE_EXAMPLES") or 250)
NAMES = ["A", "B", "C", "D", "User1", "a"]
WORKERS = ["h_1", "h_2", "h_3", "g_1", "g_2", "f", "h2_1"]

weights = st.one_of(st.integers(1, 12), st.sampled_from([0.5, 1.5, 2.25, 100, 0.1]))
user_classes = st.lists(
    st.tuples(st.sampled_from(NAMES), weights, st.sampled_from([0, 0, 0, 1, 2, 5])),
    min_size=1,
    max_size=5,
    unique_by=lambda given: given[0],
)
rates = st.one_of(st.integers(1, 12), st.sampled_from([0.5, 0.1, 1.5, 2.4, 7.9, 100, 0.333]))


@st.composite
def questions(draw: st.DrawFn, most_steps: int, with_classes: bool, with_workers: bool) -> dict[str, Any]:
    classes = draw(user_classes)
    if with_classes:
        # Fixed counts and a choice of classes: upstream gets stuck, see below.
        classes = [(name, weight, 0) for name, weight, _ in classes]
    workers = draw(st.lists(st.sampled_from(WORKERS), min_size=1, max_size=5, unique=True))
    names = st.lists(st.sampled_from([name for name, *_ in classes]), min_size=1, unique=True)
    chosen = st.one_of(st.none(), names) if with_classes else st.none()
    dispatch = st.tuples(st.just("dispatch"), st.integers(0, 40), rates, chosen)
    kinds = [dispatch, dispatch]
    if with_workers:
        kinds += [
            st.tuples(st.just("add"), st.sampled_from(WORKERS)),
            st.tuples(st.just("remove"), st.sampled_from(WORKERS)),
            st.tuples(st.just("take"), st.integers(1, 3)),
        ]
    steps = [draw(dispatch), *draw(st.lists(st.one_of(kinds), max_size=most_steps))]
    return {"classes": classes, "workers": workers, "steps": steps}


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Conversation, Conversation]]:
    with Conversation(upstream(), "dispatching") as theirs, Conversation(OURS, "dispatching") as ours:
        yield theirs, ours


thoroughly = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@given(question=questions(4, with_classes=False, with_workers=False))
@thoroughly
def test_users_are_spread_and_ramped_alike(question: dict[str, Any], both: tuple[Conversation, Conversation]) -> None:
    theirs, ours = both
    assert ours.ask(question) == theirs.ask(question)


@given(question=questions(6, with_classes=True, with_workers=False))
@thoroughly
def test_classes_are_chosen_alike(question: dict[str, Any], both: tuple[Conversation, Conversation]) -> None:
    theirs, ours = both
    assert ours.ask(question) == theirs.ask(question)


@given(question=questions(8, with_classes=False, with_workers=True))
@thoroughly
def test_workers_come_and_go_alike(question: dict[str, Any], both: tuple[Conversation, Conversation]) -> None:
    theirs, ours = both
    assert ours.ask(question)[::2] == theirs.ask(question)[::2]  # without whether it is in progress, see below


@given(question=questions(10, with_classes=True, with_workers=True))
@thoroughly
def test_everything_at_once_goes_alike(question: dict[str, Any], both: tuple[Conversation, Conversation]) -> None:
    theirs, ours = both
    assert ours.ask(question)[::2] == theirs.ask(question)[::2]


CASES = {
    "a choice of classes with a fixed count": {
        "classes": [["A", 1, 2], ["B", 1, 0]],
        "workers": ["h_1"],
        "steps": [["dispatch", 1, 1, None], ["dispatch", 2, 1, ["A"]]],
    },
    "a worker joins, and the users stay": {
        "classes": [["A", 1, 0]],
        "workers": ["h_1"],
        "steps": [["dispatch", 1, 1, None], ["add", "h_2"], ["dispatch", 1, 1, None]],
    },
    "a negative target": {"classes": [["A", 1, 0]], "workers": ["h_1"], "steps": [["dispatch", -1, 1, None]]},
    "a rate of zero": {"classes": [["A", 1, 0]], "workers": ["h_1"], "steps": [["dispatch", 1, 0, None]]},
    "a negative rate": {"classes": [["A", 1, 0]], "workers": ["h_1"], "steps": [["dispatch", 1, -1, None]]},
    "a million users a second": {"classes": [["A", 1, 0]], "workers": ["h_1"], "steps": [["dispatch", 30, 1e6, None]]},
    "no workers": {"classes": [["A", 1, 0]], "workers": [], "steps": [["dispatch", 3, 1, None]]},
    "no classes": {"classes": [], "workers": ["h_1"], "steps": [["dispatch", 3, 1, None]]},
    "an empty choice of classes": {"classes": [["A", 1, 0]], "workers": ["h_1"], "steps": [["dispatch", 3, 1, []]]},
    "weights of zero": {"classes": [["A", 0, 0], ["B", 0, 0]], "workers": ["h_1"], "steps": [["dispatch", 3, 1, None]]},
}


@pytest.mark.parametrize("case", CASES)
def test_a_dispatch_goes_alike(case: str, both: tuple[Conversation, Conversation], same: Comparison) -> None:
    theirs, ours = (each.ask(CASES[case]) for each in both)
    same({"sequence": theirs}, {"sequence": ours})
