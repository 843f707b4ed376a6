"""For the plugins' own options."""

from locust import HttpUser, constant, task


class Someone(HttpUser):
    wait_time = constant(0.05)

    @task
    def home(self):
        self.client.get("/")

    @task
    def failing(self):
        self.client.get("/status/500")
