"""Locust as a library: a load test from your own program, without the command `locust`.

python examples/library.py http://127.0.0.1:8000
"""

import sys

import gevent

from locust import HttpUser, constant, task
from locust.env import Environment
from locust.log import setup_logging
from locust.stats import stats_history, stats_printer


class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def front_page(self):
        self.client.get("/")


def run_test(host):
    setup_logging("INFO")
    environment = Environment(user_classes=[Visitor], host=host)
    runner = environment.create_local_runner()
    environment.events.init.fire(environment=environment, runner=runner, web_ui=None)
    gevent.spawn(stats_printer(environment.stats))  # tables on this terminal
    gevent.spawn(stats_history, runner)  # the course of the numbers
    runner.start(4, spawn_rate=10)
    gevent.spawn_later(2, runner.quit)
    runner.greenlet.join()
    return environment.stats.total


if __name__ == "__main__":
    total = run_test(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
    print(f"{total.num_requests} requests, {total.num_failures} failures, median {total.median_response_time:.1f} ms")
    sys.exit(total.num_failures > 0)
