"""Records how Locust 2.47 spreads users, for test_dispatch.py; plays the same runs there.

    python tests/unit/golden/dispatch_recorder.py > tests/unit/golden/dispatch-2.47.0.jsonl

with a Python that has locust 2.47.0 of PyPI. Runs in which upstream gives up although users are missing are left out:
classes with a fixed count alone, or together with a change of the user classes.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

CLASS_NAMES = ("A", "B", "C", "D", "Ea", "Eb", "User10", "User2")
WORKER_IDS = ("w1", "w2", "h_1", "h_2", "g_1", "g_2", "g_3", "a_b_c", "z")
DRAIN = 200


class Node:
    """A worker, as far as a dispatcher looks."""

    def __init__(self, id: str) -> None:
        self.id = id


def user_class(name: str, weight: float, fixed_count: int) -> type:
    return type(name, (), {"weight": weight, "fixed_count": fixed_count})


def play(dispatcher_class: Any, run: dict[str, Any]) -> list[Any]:
    """What a dispatcher answers to each step of a run: items of "next", wait of "new", then the counts of users."""
    classes = {name: user_class(name, weight, fixed) for name, weight, fixed in run["classes"]}
    nodes = {worker_id: Node(worker_id) for worker_id in WORKER_IDS}
    dispatcher = dispatcher_class([nodes[worker_id] for worker_id in run["workers"]], list(classes.values()))
    answers = []
    for kind, *arguments in run["steps"]:
        answer: Any = None
        if kind == "new":
            target, rate, names = arguments
            chosen = None if names is None else [classes[name] for name in names]
            dispatcher.new_dispatch(target, rate, chosen)
            answer = round(dispatcher._wait_between_dispatch, 9)
            dispatcher._wait_between_dispatch = 0
        elif kind == "next":
            answer = take(dispatcher, arguments[0])
        elif kind == "add":
            dispatcher.add_worker(nodes[arguments[0]])
        elif kind == "remove":
            dispatcher.remove_worker(nodes[arguments[0]])
        counts = [dispatcher._get_user_current_count(name) for name in classes]
        answers.append([answer, dispatcher.get_current_user_count(), bool(dispatcher._rebalance), counts])
    return answers


def take(dispatcher: Any, item_count: int) -> list[Any]:
    """Items as [[worker ids], [counts by class] a worker], both in order, None at the end."""
    items: list[Any] = []
    for _ in range(item_count):
        item = next(dispatcher, None)
        if item is None:
            items.append(None)
            break
        workers = sorted(item)
        items.append([workers, [[item[worker][name] for name in sorted(item[worker])] for worker in workers]])
    return items


def invent_run(chance: random.Random) -> dict[str, Any]:
    has_fixed, changes_classes = chance.choice([(False, False), (True, False), (False, True)])
    names = chance.sample(CLASS_NAMES, chance.randint(2 if has_fixed else 1, 4))
    classes = [
        [
            name,
            chance.choice([1, 1, 2, 3, 5, 10, chance.randint(1, 20), round(chance.random() * 3 + 0.01, 2)]),
            chance.randint(1, 9) if has_fixed and position and chance.random() < 0.6 else 0,
        ]
        for position, name in enumerate(names)
    ]
    workers = chance.sample(WORKER_IDS, chance.randint(1, 4))
    present, steps = list(workers), []
    for _ in range(chance.randint(1, 4)):
        chosen = (
            chance.sample(names, chance.randint(1, len(names))) if changes_classes and chance.random() < 0.5 else None
        )
        steps.append(
            [
                "new",
                chance.choice([0, chance.randint(0, 10), chance.randint(0, 40)]),
                chance.choice([0.5, 1, 1.7, 3, 7.3, 10, 100]),
                chosen,
            ]
        )
        steps.append(["next", chance.choice([1, 2, DRAIN])])
        for _ in range(chance.choice([0, 0, 1, 2])):
            absent = [worker_id for worker_id in WORKER_IDS if worker_id not in present]
            if chance.random() < 0.5:
                present.append(chance.choice(absent))
                steps.append(["add", present[-1]])
            elif len(present) > 1:
                steps.append(["remove", present.pop(chance.randrange(len(present)))])
            steps.append(["next", chance.choice([1, 2, DRAIN])])
    steps.append(["next", DRAIN])
    return {"classes": classes, "workers": workers, "steps": steps}


def record() -> None:
    import locust
    from locust.dispatch import UsersDispatcher

    assert locust.__version__ == "2.47.0", locust.__version__
    chance = random.Random(247)
    for _ in range(150):
        run = invent_run(chance)
        print(json.dumps({**run, "answers": play(UsersDispatcher, run)}, separators=(",", ":")), file=sys.stdout)


if __name__ == "__main__":
    record()
