from locust import HttpUser, task, constant
from locust.exception import RescheduleTask


class Catching(HttpUser):
    wait_time = constant(0.03)

    @task(3)
    def ok_404(self):
        with self.client.get("/status/404", catch_response=True) as response:
            if response.status_code == 404:
                response.success()

    @task(3)
    def bad_200(self):
        with self.client.get("/", catch_response=True, name="home") as response:
            if "Welcome" not in response.text:
                response.failure("no welcome on the page")

    @task(2)
    def slow(self):
        with self.client.get("/delay/20", catch_response=True, name="slow") as response:
            if response.elapsed.total_seconds() > 0.001:
                response.failure("Request took too long")

    @task(2)
    def asserted(self):
        with self.client.get("/json", catch_response=True, name="asserted") as response:
            try:
                assert response.json()["message"] == "goodbye", "unexpected message"
            except AssertionError as e:
                response.failure(str(e))

    @task
    def rescheduled(self):
        with self.client.get("/users/9999", catch_response=True, name="/users/[id]") as response:
            if response.status_code == 404:
                raise RescheduleTask()

    @task
    def raises_inside(self):
        with self.client.get("/json", catch_response=True, name="raises inside") as response:
            response.json()["nothing"]
