"""Each visit is somebody new: no cookies, no connection of the visit before; and each visit has a time of its own."""

import time

from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def visit(self):
        began = time.perf_counter()
        self.client.cookies.clear()
        # Without this, connections stay open from visit to visit, and servers have it easier than in life.
        self.client.headers["Connection"] = "close"
        self.client.post("/login", data={"username": "ada", "password": "lovelace"})
        with self.client.get("/me", catch_response=True) as response:
            if response.status_code != 200:
                response.failure("not signed in")
        # A row for the visit as a whole.
        self.environment.events.request.fire(
            request_type="VISIT",
            name="sign in and look",
            response_time=(time.perf_counter() - began) * 1000,
            response_length=0,
            exception=None,
            context=self.context(),
        )
