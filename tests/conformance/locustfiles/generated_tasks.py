"""Classes and tasks that are made as the file is read."""
from locust import HttpUser, constant, task

ENDPOINTS = {"home": ("/", 3), "json": ("/json", 1), "users": ("/users", 1)}


def make_task(path, name):
    def run(user):
        user.client.get(path, name=name)

    run.__name__ = name
    return run


class Generated(HttpUser):
    wait_time = constant(0.03)
    tasks = {make_task(path, name): weight for name, (path, weight) in ENDPOINTS.items()}


for number in range(2):
    name = f"Made{number}"
    globals()[name] = type(name, (HttpUser,), {
        "wait_time": constant(0.05),
        "tasks": [make_task("/users/%d" % (number + 1), f"made {number}")],
    })
