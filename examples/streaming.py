"""A body that comes bit by bit: the time until its first part and until its last, as two rows."""

import time

from locust import HttpUser, constant, task


class Listener(HttpUser):
    wait_time = constant(0.2)

    @task
    def listen(self):
        began = time.perf_counter()
        # With stream=True this row's time is that until the head of the response.
        with self.client.get("/slow-body/100", stream=True, name="head", catch_response=True) as response:
            size = 0
            for part in response.iter_content(1000):
                if not size:
                    self.report("first part", began, len(part))
                size += len(part)
            self.report("whole body", began, size)
            if size != 100:
                response.failure(f"{size} bytes instead of 100")

    def report(self, name, began, size):
        self.environment.events.request.fire(
            request_type="GET",
            name=name,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=size,
            exception=None,
            context=self.context(),
        )
