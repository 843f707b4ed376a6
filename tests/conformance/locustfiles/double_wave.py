import math
from locust import HttpUser, LoadTestShape, between, task


class Wave(LoadTestShape):
    min_users = 1
    peak_one_users = 4
    peak_two_users = 3
    time_limit = 2

    def tick(self):
        run_time = round(self.get_run_time())
        if run_time < self.time_limit:
            user_count = (
                (self.peak_one_users - self.min_users) * math.e ** -(((run_time / (self.time_limit / 10 * 2 / 3)) - 5) ** 2)
                + (self.peak_two_users - self.min_users) * math.e ** -(((run_time / (self.time_limit / 10 * 2 / 3)) - 10) ** 2)
                + self.min_users
            )
            return (round(user_count), round(user_count))
        return None


class Surfer(HttpUser):
    wait_time = between(0.03, 0.06)

    @task
    def surf(self):
        self.client.get("/")
