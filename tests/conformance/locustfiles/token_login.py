import json
import logging
import random
from locust import HttpUser, task, constant

logger = logging.getLogger(__name__)


class ApiUser(HttpUser):
    wait_time = constant(0.05)

    def on_start(self):
        response = self.client.post(
            "/echo",
            data=json.dumps({"token": "abc123", "user": {"id": 7}}),
            headers={"Content-Type": "application/json"},
            name="POST login",
        )
        self.token = response.json()["token"]
        self.client.headers.update({"Authorization": f"Bearer {self.token}"})
        logger.info("logged in as %s", response.json()["user"]["id"])

    @task(4)
    def who(self):
        with self.client.get("/headers", catch_response=True) as resp:
            if resp.json().get("Authorization") != "Bearer abc123":
                resp.failure("token is not sent")
            else:
                resp.success()

    @task
    def search(self):
        self.client.get("/users", params={"q": random.choice(["a", "b"]), "limit": 20}, name="/users?q=")
