from locust import HttpUser, task, constant
from locust.exception import CatchResponseError, ResponseError


class Catching(HttpUser):
    wait_time = constant(0.03)

    @task
    def failure_with_an_exception(self):
        with self.client.get("/", name="exception", catch_response=True) as r:
            r.failure(ValueError("not what we want"))

    @task
    def failure_with_catch_error(self):
        with self.client.get("/", name="catch error", catch_response=True) as r:
            r.failure(CatchResponseError("our own"))

    @task
    def response_error(self):
        with self.client.get("/", name="response error", catch_response=True) as r:
            raise ResponseError("raised")

    @task
    def neither(self):
        with self.client.get("/status/500", name="neither", catch_response=True) as r:
            pass

    @task
    def failure_twice(self):
        with self.client.get("/status/503", name="twice", catch_response=True) as r:
            r.failure("first")
            r.failure("second")

    @task
    def success_after_failure(self):
        with self.client.get("/status/503", name="changed its mind", catch_response=True) as r:
            r.failure("first")
            r.success()

    @task
    def without_with(self):
        r = self.client.get("/status/418", name="without with")
        if r.status_code != 200 and not r.ok:
            self.environment.events.request.fire(
                request_type="CHECK", name="without with", response_time=0, response_length=0, exception=Exception("teapot")
            )

    @task
    def renamed(self):
        with self.client.get("/users/3", catch_response=True) as r:
            r.request_meta["name"] = "renamed " + str(r.json()["id"])
