"""Follows what the answers say."""
import re
import random
from locust import HttpUser, constant, task


class Crawler(HttpUser):
    wait_time = constant(0.05)

    def on_start(self):
        self.ids = [u["id"] for u in self.client.get("/users").json()["users"]]

    @task
    def open_some(self):
        for user_id in random.sample(self.ids, 2):
            r = self.client.get("/users/%s" % user_id, name="/users/:id")
            m = re.search(r'"name": "(\w+)"', r.text)
            assert m and r.json()["name"] == m.group(1)

    @task
    def headers(self):
        r = self.client.get("/json")
        assert r.headers["content-type"] == "application/json"
        assert r.encoding is None or r.encoding == "utf-8"
        assert r.reason == "OK" and r.ok and bool(r) and len(r.content) == int(r.headers["Content-Length"])
