"""A first load test: what `locust demo` runs against the bundled target, and a start for your own.

locust demo --target-only --port 8000
locust -f examples/quickstart.py --headless -u 50 -r 25 -t 20s -H http://127.0.0.1:8000
"""

import random

from locust import FastHttpUser, HttpUser, between, tag, task


class Visitor(HttpUser):
    """Looks around: `self.client` is a session of the library `requests`."""

    wait_time = between(0.1, 0.5)
    weight = 3

    @task(3)
    def front_page(self):
        self.client.get("/")

    @task(2)
    def look_at_somebody(self):
        # One row in the statistics for all ids.
        self.client.get(f"/users/{random.randint(1, 1000)}", name="/users/{id}")

    @task
    def follow_a_redirect(self):
        self.client.get("/redirect/1")


class Member(HttpUser):
    """Signs in first; the cookie stays with this user."""

    wait_time = between(0.1, 0.5)

    def on_start(self):
        self.client.post("/login", data={"username": "ada", "password": "lovelace"})

    @task
    def profile(self):
        # What counts as a failure is yours to say.
        with self.client.get("/me", catch_response=True) as response:
            if response.status_code == 200 and response.json()["user"] != "ada":
                response.failure(f"signed in as {response.json()['user']}")


class Robot(FastHttpUser):
    """Asks for JSON, fast."""

    wait_time = between(0.05, 0.1)

    @tag("api")
    @task
    def list_users(self):
        self.client.get("/users")
