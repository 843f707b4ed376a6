"""A layer around the client, as page objects and API classes have it."""
import functools
import json
import logging
import time
from dataclasses import dataclass
from locust import HttpUser, constant, events, task


@dataclass
class Item:
    id: int
    name: str


def measured(name):
    def decorate(f):
        @functools.wraps(f)
        def inner(self, *args, **kwargs):
            start = time.perf_counter()
            error = None
            try:
                return f(self, *args, **kwargs)
            except BaseException as e:
                error = e
                raise
            finally:
                events.request.fire(
                    request_type="STEP", name=name, response_time=(time.perf_counter() - start) * 1000, response_length=0,
                    exception=error, context={},
                )

        return inner

    return decorate


class Api:
    def __init__(self, client, log=logging.getLogger("api")):
        self.client = client
        self.log = log

    def __getattr__(self, name):
        return getattr(self.client, name)

    def item(self, number):
        with self.client.request("get", f"/users/{number}", name="/users/{id}", catch_response=True) as r:
            try:
                body = json.loads(r.content)
            except json.JSONDecodeError as e:
                r.failure(f"no JSON: {e.msg}")
                return None
            return Item(body["id"], body["name"])

    def page(self):
        r = self.client.request(method="POST", url="/echo", data=json.dumps({"q": "x"}), headers={"Content-Type": "application/json"}, name="page")
        return r.json()["q"]


class Layered(HttpUser):
    wait_time = constant(0.05)

    def on_start(self):
        self.api = Api(self.client)

    @task(2)
    def items(self):
        assert self.api.item(3).id == 3

    @task
    def missing(self):
        assert self.api.item(5000) is None

    @task
    @measured("journey")
    def journey(self):
        self.api.item(1)
        assert self.api.page() == "x"
        self.api.get("/json", name="by attribute")

    @task
    @measured("broken journey")
    def broken(self):
        self.api.item(2).price
