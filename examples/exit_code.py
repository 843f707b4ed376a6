"""When a run has failed: rules over the whole of it decide the exit code, and one ends it early."""

import logging

import gevent

from locust import HttpUser, constant, events, task
from locust.runners import STATE_CLEANUP, STATE_STOPPED, STATE_STOPPING, WorkerRunner

FAIL_RATIO = 0.05
AVERAGE_MS = 200
PERCENTILE_95_MS = 500


@events.quitting.add_listener
def judge(environment, **_):
    total = environment.stats.total
    broken = None
    if total.fail_ratio > FAIL_RATIO:
        broken = f"{total.fail_ratio:.0%} of requests failed"
    elif total.avg_response_time > AVERAGE_MS:
        broken = f"a request took {total.avg_response_time:.0f} ms on average"
    elif total.get_response_time_percentile(0.95) > PERCENTILE_95_MS:
        broken = "the slowest 5 % were too slow"
    if broken:
        logging.error("The test has failed: %s", broken)
    environment.process_exit_code = 1 if broken else 0


@events.init.add_listener
def watch(environment, **_):
    # Workers have only a part of the numbers.
    if not isinstance(environment.runner, WorkerRunner):
        gevent.spawn(end_early, environment)


def end_early(environment):
    while environment.runner.state not in (STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP):
        gevent.sleep(0.5)
        if environment.stats.total.num_requests > 20 and environment.stats.total.fail_ratio > 0.5:
            logging.error("More than half of the requests fail: the test ends")
            environment.runner.quit()
            return


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task(20)
    def front_page(self):
        self.client.get("/")

    @task
    def flaky_page(self):
        self.client.get("/flaky/10")
