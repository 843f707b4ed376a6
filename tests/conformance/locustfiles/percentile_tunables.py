import locust.stats
from locust import HttpUser, constant, task, events

locust.stats.PERCENTILES_TO_REPORT = [0.5, 0.9]
locust.stats.PERCENTILES_TO_CHART = [0.5, 0.95, 0.99]
locust.stats.CONSOLE_STATS_INTERVAL_SEC = 1


class Tuned(HttpUser):
    wait_time = constant(0.05)

    @task
    def t(self):
        self.client.get("/")
