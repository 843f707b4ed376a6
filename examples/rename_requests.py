"""One row in the statistics for many URLs: `name=`, a block that renames, and a rule for a whole client."""

import random
import re

from locust import FastHttpUser, HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def one_by_one(self):
        self.client.get(f"/users/{random.randint(1, 1000)}", name="/users/{id}")

    @task
    def a_block(self):
        with self.client.rename_request("all of my page"):
            self.client.get("/")
            self.client.get("/json")


class Robot(FastHttpUser):
    wait_time = constant(0.2)

    def on_start(self):
        request = self.client.request

        def renamed_request(method, url, name=None, **arguments):
            return request(method, url, name=name or re.sub(r"\d+", "{number}", url), **arguments)

        self.client.request = renamed_request

    @task
    def by_rule(self):
        self.client.get(f"/users/{random.randint(1, 1000)}")
        self.client.get(f"/bytes/{random.randint(1, 1000)}")
