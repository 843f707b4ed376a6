"""One user, as plugins' examples run it."""

import sys

import locust_plugins  # noqa: F401

from locust import HttpUser, run_single_user, task
from locust.exception import StopUser


class Someone(HttpUser):
    host = sys.argv.pop(1)

    @task
    def home(self):
        self.client.get("/")
        raise StopUser()


if __name__ == "__main__":
    run_single_user(Someone)
