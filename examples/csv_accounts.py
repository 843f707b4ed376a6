"""Each user takes an account of its own from accounts.csv, over all workers; users without one stop."""

from pathlib import Path

import locust
from locust import HttpUser, between, task

accounts = locust.feed(str(Path(__file__).with_name("accounts.csv")), mode="unique")


class Member(HttpUser):
    wait_time = between(0.2, 0.5)

    def on_start(self):
        account = next(accounts)
        self.client.post("/login", data={"username": account["name"], "password": account["password"]})

    @task
    def read_my_page(self):
        self.client.get("/me")
