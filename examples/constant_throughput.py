"""How often, not how fast: each user runs its task so many times a second, however long the task takes."""

from locust import HttpUser, constant_pacing, constant_throughput, task


class TwiceASecond(HttpUser):
    # At most; a task that takes longer than half a second makes it fewer. 50 users: 100 requests a second.
    wait_time = constant_throughput(2)

    @task
    def slow_page(self):
        self.client.get("/delay/100")


class EveryThreeTenths(HttpUser):
    # The same, said as the time from one start to the next.
    wait_time = constant_pacing(0.3)

    @task
    def front_page(self):
        self.client.get("/")
