from locust import HttpUser, between
from support.helper import Behaviour, make_payload


class Imported(HttpUser):
    tasks = [Behaviour]
    wait_time = between(0.02, 0.04)

    def on_start(self):
        self.client.post("/echo", json=make_payload(), name="start")
