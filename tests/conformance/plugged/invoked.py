"""invokust: a run from a program."""

import sys

import invokust

from locust import HttpUser, constant, task


class Someone(HttpUser):
    wait_time = constant(0.05)

    @task
    def home(self):
        self.client.get("/")

    @task
    def failing(self):
        self.client.get("/status/404")


settings = invokust.create_settings(
    classes=[Someone], host=sys.argv[1], num_users=2, spawn_rate=10, run_time="2s", loglevel="WARNING"
)
test = invokust.LocustLoadTest(settings)
test.run()
found = test.stats()
print(sorted(found), sorted(found["requests"]), sorted(found["requests"]["GET_/"]))
print(sorted(found["failures"]), sorted(found["failures"]["GET_/status/404"]), found["num_requests"] > 10)
