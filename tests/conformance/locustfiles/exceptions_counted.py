import random
from locust import HttpUser, constant, events, task


class Buggy(HttpUser):
    wait_time = constant(0.03)

    @task(3)
    def key(self):
        {}["missing"]

    @task
    def http(self):
        self.client.get("/json").json()["absent"]

    @task
    def attribute(self):
        self.client.get("/").nothing

    @task
    def assertion(self):
        assert False, "never true"


@events.quitting.add_listener
def show(environment, **_):
    for e in sorted(environment.runner.exceptions.values(), key=lambda e: e["msg"]):
        print(e["msg"], e["count"] > 0, e["nodes"], "exceptions_counted.py" in e["traceback"])
