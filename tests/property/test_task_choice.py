"""Tasks are picked as they weigh, whatever the weights and in whatever way they are written."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from locust import MarkovTaskSet, SequentialTaskSet, TaskSet, User, tag, task, transitions
from locust.user.inspectuser import get_ratio
from locust.user.markov_taskset import InvalidTransitionError
from locust.user.task import filter_tasks_by_tags

weights = st.lists(st.integers(0, 5), min_size=1, max_size=8)
NAMES = "abcdefgh"


def make_task(name):
    def made(holder): ...

    made.__name__ = name
    return made


def as_dict(tasks):
    return {"tasks": dict(tasks)}


def as_pairs(tasks):
    return {"tasks": tasks}


def as_members(tasks):
    return {each.__name__: task(weight)(each) for each, weight in tasks}


@given(weights, st.sampled_from([as_dict, as_pairs, as_members]), st.sampled_from([User, TaskSet, SequentialTaskSet]))
def test_a_task_is_there_as_often_as_it_weighs_and_in_order(weights, write, base):
    tasks = [(make_task(name), weight) for name, weight in zip(NAMES, weights, strict=False)]

    gathered = type("Holder", (base,), write(tasks)).tasks

    assert gathered == [each for each, weight in tasks for _ in range(weight)]


@given(weights.filter(any))
def test_ratios_of_tasks_are_their_share_of_the_weight(weights):
    tasks = {make_task(name): weight for name, weight in zip(NAMES, weights, strict=False)}
    holder = type("Holder", (User,), {"tasks": tasks})

    ratios = get_ratio([holder], {"Holder": 1}, total=True)["Holder"]["tasks"]

    shares = {each.__name__: weight / sum(weights) for each, weight in tasks.items() if weight}
    assert {name: entry["ratio"] for name, entry in ratios.items()} == shares


@given(
    st.lists(st.sets(st.sampled_from("xyz")), max_size=6),
    st.none() | st.sets(st.sampled_from("xyz")),
    st.none() | st.sets(st.sampled_from("xyz")),
)
def test_filtering_keeps_exactly_the_tasks_asked_for(tag_sets, tags, exclude_tags):
    tasks = [tag(*own)(make_task("t")) if own else make_task("t") for own in tag_sets]
    holder = type("Holder", (User,), {"tasks": tasks})

    filter_tasks_by_tags(holder, tags, exclude_tags)

    assert holder.tasks == [
        each
        for each, own in zip(tasks, tag_sets, strict=True)
        if (tags is None or own & tags) and not own & (exclude_tags or set())
    ]


@st.composite
def graphs(draw):
    """Weighted transitions by name; they may lead nowhere."""
    names = NAMES[: draw(st.integers(1, 5))]
    targets = st.dictionaries(st.sampled_from(NAMES[:6]), st.integers(1, 4), min_size=1, max_size=4)
    return {name: draw(targets) for name in names}


@given(graphs())
def test_a_chain_follows_its_transitions_or_can_not_be_declared(graph):
    members = {name: transitions(targets)(make_task(name)) for name, targets in graph.items()}
    leads_out = any(target not in graph for targets in graph.values() for target in targets)
    try:
        chain = type("Chain", (MarkovTaskSet,), dict(members))
    except InvalidTransitionError:
        assert leads_out
        return
    assert not leads_out

    walker = chain(User(environment=None))
    walked = [walker.get_next_task().__name__ for _ in range(50)]

    assert walked[0] == "a"
    assert all(after in graph[before] for before, after in pairwise(walked))


@given(st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), min_size=1))
def test_the_next_task_of_a_chain_is_drawn_by_weight(targets):
    members = {name: transitions(targets)(make_task(name)) for name in "abc"}
    chain = type("Chain", (MarkovTaskSet,), members)

    drawn = Counter(chain.current.successors)

    assert drawn == targets
