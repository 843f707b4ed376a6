"""What is a success is yours to say: by content, by time, by status."""

from locust import HttpUser, constant, task
from locust.exception import RescheduleTask


class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def by_content_and_time(self):
        with self.client.get("/users", catch_response=True) as response:
            if response.status_code != 200:
                response.failure(f"status {response.status_code}")
            elif (count := len(response.json()["users"])) != 20:
                response.failure(f"{count} users instead of 20")
            elif response.elapsed.total_seconds() > 1:
                response.failure("took longer than a second")

    @task
    def a_status_that_is_right(self):
        with self.client.get("/status/404", catch_response=True, name="gone, as it should be") as response:
            if response.status_code == 404:
                response.success()

    @task
    def try_again(self):
        with self.client.get("/flaky/20", catch_response=True) as response:
            if response.status_code == 503:
                response.success()  # the server may be busy
                raise RescheduleTask  # choose another task at once, without waiting
