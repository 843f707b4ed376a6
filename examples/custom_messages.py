"""Messages between master and workers: the master gives each worker its part of some data, and they say thanks.

It works in one process too: there, the runner talks to itself.
"""

import logging

from locust import HttpUser, constant, events, task
from locust.runners import MasterRunner, WorkerRunner

accounts = []


@events.init.add_listener
def register(environment, **_):
    # Workers and single processes take accounts; masters and single processes hear the thanks.
    if not isinstance(environment.runner, MasterRunner):
        environment.runner.register_message("accounts", take_accounts)
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("thanks", hear_thanks)


@events.test_start.add_listener
def give_accounts(environment, **_):
    if isinstance(environment.runner, WorkerRunner):
        return
    everybody = [f"user-{number}" for number in range(100)]
    if not isinstance(environment.runner, MasterRunner):
        environment.runner.send_message("accounts", everybody)
        return
    workers = list(environment.runner.clients)
    for number, worker in enumerate(workers):
        environment.runner.send_message("accounts", everybody[number :: len(workers)], worker)


def take_accounts(environment, msg, **_):
    accounts.extend(msg.data)
    environment.runner.send_message("thanks", f"{len(msg.data)} accounts")


def hear_thanks(environment, msg, **_):
    logging.info("Thanks for %s", msg.data)


class Member(HttpUser):
    wait_time = constant(0.2)

    def on_start(self):
        name = accounts.pop() if accounts else "nobody"
        self.client.post("/login", data={"username": name, "password": "secret"})

    @task
    def read_my_page(self):
        self.client.get("/me")
