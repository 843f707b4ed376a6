from locust import HttpUser, constant, task
from urllib3 import PoolManager


class Pooled(HttpUser):
    pool_manager = PoolManager(maxsize=10, block=True)
    wait_time = constant(0.03)

    @task
    def a(self):
        self.client.get("/")

    @task
    def b(self):
        self.client.get("/delay/5", name="/delay")
