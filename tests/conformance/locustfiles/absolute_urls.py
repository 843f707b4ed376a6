import os
from locust import HttpUser, constant, task


class Absolute(HttpUser):
    wait_time = constant(0.05)

    @task
    def full(self):
        self.client.get(f"{self.host}/json")

    @task
    def full_named(self):
        self.client.get(self.client.base_url + "/users", name="users")

    @task
    def relative(self):
        self.client.get("users/1")

    @task
    def query_only(self):
        self.client.get("?a=1")
