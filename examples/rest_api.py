"""A REST API: `rest()` sends and reads JSON, and fails requests whose answer is none or breaks your assertions."""

from locust import FastHttpUser, constant, task


class ApiClient(FastHttpUser):
    wait_time = constant(0.2)

    @task(2)
    def list_users(self):
        with self.rest("GET", "/users") as response:
            # An AssertionError here is a failure of the request, with this line as its text.
            assert len(response.js["users"]) == 20

    @task
    def create(self):
        with self.rest("POST", "/echo", json={"name": "Ada", "born": 1815}) as response:
            if response.js["born"] != 1815:
                response.failure(f"born {response.js['born']}")

    @task
    def poll(self):
        # rest_() adds a time to the URL, against caches, and names the request without it.
        with self.rest_("GET", "/json") as response:
            assert response.js is not None
