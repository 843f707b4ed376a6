from locust import HttpUser, constant, task
from locust.exception import StopUser


class NoLogin(HttpUser):
    wait_time = constant(0.2)

    def on_start(self):
        r = self.client.post("/login", data={"username": "x", "password": "wrong"})
        if r.status_code != 200:
            raise StopUser("can't log in")

    @task
    def never(self):
        self.client.get("/never")


class Crashes(HttpUser):
    wait_time = constant(0.2)

    def on_start(self):
        raise ValueError("no data for this user")

    @task
    def never(self):
        self.client.get("/never")
