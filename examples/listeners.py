"""Listeners: before and after the test, and at each request, here to keep the slowest ones."""

import heapq
import logging

from locust import HttpUser, constant, events, task

SLOWEST = 3
slowest = []


@events.test_start.add_listener
def forget(**_):
    slowest.clear()


@events.request.add_listener
def keep(request_type, name, response_time, exception, context, **_):
    # Called for each request: keep it short. `context` is what User.context() and the request gave.
    heapq.heappush(slowest, (response_time, f"{request_type} {name} of user {context.get('user')}"))
    if len(slowest) > SLOWEST:
        heapq.heappop(slowest)


@events.test_stop.add_listener
def tell(**_):
    for response_time, what in sorted(slowest, reverse=True):
        logging.info("%.1f ms: %s", response_time, what)


class Visitor(HttpUser):
    wait_time = constant(0.2)

    def context(self):
        return {"user": id(self)}

    @task
    def front_page(self):
        self.client.get("/")

    @task
    def slow_page(self):
        self.client.get("/delay/20")
