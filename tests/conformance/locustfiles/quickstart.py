import time
from locust import HttpUser, task, between


class QuickstartUser(HttpUser):
    wait_time = between(0.02, 0.05)

    @task
    def hello_world(self):
        self.client.get("/json")
        self.client.get("/headers")

    @task(3)
    def view_items(self):
        for item_id in range(1, 5):
            self.client.get(f"/users/{item_id}", name="/users/[id]")
            time.sleep(0.01)

    def on_start(self):
        self.client.post("/login", {"username": "foo", "password": "bar"})
