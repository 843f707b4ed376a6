import math
from locust import HttpUser, LoadTestShape, constant, task


class Steady(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/json", name="look")


class Rare(Steady):
    fixed_count = 1

    @task
    def rare(self):
        self.client.get("/users", name="rare")


class StepLoadShape(LoadTestShape):
    step_time = 1
    step_load = 2
    spawn_rate = 10
    time_limit = 2.5

    def tick(self):
        run_time = self.get_run_time()
        if run_time > self.time_limit:
            return None
        current_step = math.floor(run_time / self.step_time) + 1
        return (current_step * self.step_load, self.spawn_rate)
