from locust import HttpUser, TaskSet, between, task


class Tasks(TaskSet):
    @task
    def index(self):
        self.client.get("/")


class Website(HttpUser):
    task_set = Tasks
    wait_time = between(0.02, 0.05)
