"""min_wait and max_wait are long gone, but still stand in many files."""
from locust import HttpUser, TaskSet, task, between


class Tasks(TaskSet):
    min_wait = 5000
    max_wait = 9000

    @task
    def index(self):
        self.client.get("/")


class Website(HttpUser):
    tasks = [Tasks]
    min_wait = 5000
    max_wait = 9000
    wait_time = between(0.02, 0.05)
