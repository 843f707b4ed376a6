import os
import random
from locust import HttpUser, between, task

HOST = os.getenv("TARGET", "http://localhost:8000")
WAIT_MIN = float(os.environ.get("WAIT_MIN", "0.02"))
WAIT_MAX = float(os.environ.get("WAIT_MAX", "0.04"))
ENDPOINTS = [e.strip() for e in os.getenv("ENDPOINTS", "/,/json,/users").split(",")]


class Configured(HttpUser):
    host = HOST
    wait_time = between(WAIT_MIN, WAIT_MAX)
    network_timeout = 60.0
    connection_timeout = 60.0

    @task
    def random_endpoint(self):
        self.client.get(random.choice(ENDPOINTS))
