"""A day with two rushes: the number of users is the sum of two bell curves, one smaller than the other."""

from math import exp

from locust import HttpUser, LoadTestShape, constant, task


class DoubleWave(LoadTestShape):
    length_sec = 3  # a real day: 24 * 3600
    fewest_users = 2
    first_peak = 10
    second_peak = 6

    def tick(self):
        part_of_day = self.get_run_time() / self.length_sec
        if part_of_day > 1:
            return None
        first = self.first_peak * exp(-(((part_of_day - 1 / 3) / 0.1) ** 2))
        second = self.second_peak * exp(-(((part_of_day - 2 / 3) / 0.1) ** 2))
        return round(self.fewest_users + first + second), 20


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def front_page(self):
        self.client.get("/")
