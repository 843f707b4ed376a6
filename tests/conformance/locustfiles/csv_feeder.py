import csv
import os
from itertools import cycle
from queue import Queue

from locust import HttpUser, constant, events, task

HERE = os.path.dirname(os.path.abspath(__file__))
CREDENTIALS = Queue()


@events.test_start.add_listener
def load_users(environment, **kwargs):
    with open(os.path.join(HERE, "support", "accounts.csv")) as f:
        for row in csv.DictReader(f):
            CREDENTIALS.put(row)
    print(f"{CREDENTIALS.qsize()} accounts")


with open(os.path.join(HERE, "support", "accounts.csv"), newline="") as f:
    NAMES = cycle([row[0] for row in csv.reader(f)][1:])


class FromCsv(HttpUser):
    wait_time = constant(0.05)
    username = "NOT_FOUND"

    def on_start(self):
        if not CREDENTIALS.empty():
            account = CREDENTIALS.get()
            self.username, self.password = account["username"], account["password"]
        self.client.post("/login", data={"username": self.username, "password": self.password}, name="/login")

    @task
    def me(self):
        with self.client.get("/me", catch_response=True) as r:
            if r.json()["user"] != self.username:
                r.failure(f"expected {self.username}")

    @task
    def other(self):
        self.client.get("/users", params={"name": next(NAMES)}, name="/users?name=[name]")
