#!/usr/bin/env python3
"""Locust as a library, as its own documentation shows it."""
import sys
import gevent
from locust import HttpUser, events, task, constant
from locust.env import Environment
from locust.log import setup_logging
from locust.stats import stats_history, stats_printer

setup_logging("INFO")


class MyUser(HttpUser):
    host = sys.argv[1]
    wait_time = constant(0.05)

    @task
    def t(self):
        self.client.get("/json")

    @task
    def bad(self):
        self.client.get("/status/500")


env = Environment(user_classes=[MyUser], events=events)
runner = env.create_local_runner()

env.events.init.fire(environment=env, runner=runner)
gevent.spawn(stats_printer(env.stats))
gevent.spawn(stats_history, env.runner)

runner.start(2, spawn_rate=10)
gevent.spawn_later(2, runner.quit)
runner.greenlet.join()
print(sorted(name for name, _ in env.stats.entries), env.stats.total.num_requests > 20, runner.state)
print(sorted((e.method, e.name, str(e.error)) for e in env.stats.errors.values()))
print(len(env.stats.history) > 0, runner.user_count)
