"""locust-telemetry: events and statistics as JSON lines in the log."""

from locust_telemetry import entrypoint

from locust import HttpUser, constant, task

entrypoint.initialize()


class Someone(HttpUser):
    wait_time = constant(0.05)

    @task
    def home(self):
        self.client.get("/")
