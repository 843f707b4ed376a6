"""Several kinds of users in one test: by weight, a fixed number of one, and others by name on the command line."""

from locust import FastHttpUser, HttpUser, between, constant, task


class Visitor(HttpUser):
    """Three of these for each Member."""

    weight = 3
    wait_time = between(0.1, 0.3)

    @task
    def front_page(self):
        self.client.get("/")


class Member(HttpUser):
    weight = 1
    wait_time = between(0.1, 0.3)

    def on_start(self):
        self.client.post("/login", data={"username": "ada", "password": "lovelace"})

    @task
    def read_my_page(self):
        self.client.get("/me")


class Administrator(FastHttpUser):
    """One, however many users there are."""

    fixed_count = 1
    wait_time = constant(0.5)

    @task
    def list_users(self):
        self.client.get("/users")
