"""A load that goes up and down in stages: each has an end (seconds since the start), users, and a spawn rate."""

from locust import HttpUser, LoadTestShape, constant, task

# A real test would take minutes for each.
STAGES = [(1, 4, 10), (2, 10, 10), (3, 2, 10)]


class Stages(LoadTestShape):
    def tick(self):
        for end_sec, users, spawn_rate in STAGES:
            if self.get_run_time() < end_sec:
                return users, spawn_rate
        return None  # the test is over


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def front_page(self):
        self.client.get("/")
