"""Functions as tasks, weights in a dict, as people did it for ten years."""
from locust import HttpUser, TaskSet, between


def login(l):
    l.client.post("/login", {"username": "ellen", "password": "education"})


def logout(l):
    l.client.get("/cookies", name="logout")


def index(l):
    l.client.get("/")


def profile(l):
    l.client.get("/me")


class UserBehavior(TaskSet):
    tasks = {index: 2, profile: 1}

    def on_start(self):
        login(self)

    def on_stop(self):
        logout(self)


class WebsiteUser(HttpUser):
    tasks = [UserBehavior]
    wait_time = between(0.03, 0.06)
