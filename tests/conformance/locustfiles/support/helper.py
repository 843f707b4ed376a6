from locust import TaskSet, task


def make_payload():
    return {"name": "x", "items": [1, 2, 3]}


class Behaviour(TaskSet):
    @task(2)
    def list_all(self):
        self.client.get("/users", name="helper list")

    @task
    def one(self):
        self.client.get("/users/1", name="helper one")
