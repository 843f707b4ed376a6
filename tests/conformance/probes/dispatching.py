"""Answers what a UsersDispatcher dispatches: a line of JSON with a question, a line with the answer, and so on."""

import json
import sys
import time

import gevent
from cases import plain, raised

from locust import User
from locust.dispatch import UsersDispatcher

waits = []
# Steps take no time, and waits are noted.
gevent.sleep = lambda seconds=0: waits.append(seconds)
time.perf_counter = lambda: 0.0
MOST_STEPS = 40


class Worker:
    def __init__(self, name):
        self.id = name
        self.user_classes_count = {}


def user_class(name, weight, fixed_count):
    return type(name, (User,), {"weight": weight, "fixed_count": fixed_count, "abstract": False})


def counts(dispatched):
    return {worker: dict(sorted(users.items())) for worker, users in sorted(dispatched.items())}


def answer(question):
    classes = {given[0]: user_class(*given) for given in question["classes"]}
    workers = {name: Worker(name) for name in question["workers"]}
    dispatcher = UsersDispatcher(list(workers.values()), list(classes.values()))
    seen = []
    for verb, *arguments in question["steps"]:
        if verb == "add":
            if arguments[0] not in workers:
                workers[arguments[0]] = Worker(arguments[0])
                dispatcher.add_worker(workers[arguments[0]])
            continue
        if verb == "remove":
            # A dispatcher without workers is nobody's.
            if arguments[0] in workers and len(workers) > 1:
                dispatcher.remove_worker(workers.pop(arguments[0]))
            continue
        if verb == "dispatch":
            target, rate, chosen = arguments
            dispatcher.new_dispatch(target, rate, chosen and [classes[name] for name in chosen])
            limit = MOST_STEPS
        else:
            limit = arguments[0]
        waits.clear()
        items = []
        for _ in range(limit):
            try:
                items.append(counts(next(dispatcher)))
            except StopIteration:
                items.append("end")
                break
        per_class = {name: dispatcher._get_user_current_count(name) for name in sorted(classes)}
        seen.append([items, [round(wait, 6) for wait in waits], dispatcher.get_current_user_count(), per_class])
        seen.append([dispatcher.dispatch_in_progress, len(dispatcher.dispatch_iteration_durations)])
    return seen


for line in sys.stdin:
    try:
        found = answer(json.loads(line))
    except Exception as error:
        found = raised(error)
    print(json.dumps(plain(found)), flush=True)
