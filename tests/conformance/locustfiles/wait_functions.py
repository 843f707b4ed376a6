import random
from locust import HttpUser, between, constant, constant_pacing, constant_throughput, task


class Own(HttpUser):
    last_wait_time = 0

    def wait_time(self):
        self.last_wait_time = (self.last_wait_time + 0.01) % 0.1
        return self.last_wait_time

    @task
    def own(self):
        self.client.get("/", name="own")


class Lambda(HttpUser):
    wait_time = lambda self: random.expovariate(1) * 0.03 + 0.02

    @task
    def lam(self):
        self.client.get("/", name="lambda")


class Pacing(HttpUser):
    wait_time = constant_pacing(0.1)

    @task
    def pacing(self):
        self.client.get("/delay/30", name="pacing")


class Throughput(HttpUser):
    wait_time = constant_throughput(10)

    @task
    def throughput(self):
        self.client.get("/", name="throughput")
