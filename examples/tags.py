"""Tags choose among tasks: `--tags read`, `--exclude-tags slow`, or both."""

from locust import HttpUser, TaskSet, constant, tag, task


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @tag("read")
    @task(3)
    def front_page(self):
        self.client.get("/")

    @tag("read", "slow")
    @task
    def slow_page(self):
        self.client.get("/delay/50")

    # A tag on a TaskSet goes for each of its tasks.
    @tag("write")
    @task
    class Write(TaskSet):
        @task
        def send(self):
            self.client.post("/upload", data=b"0" * 1000)

        @task
        def leave(self):
            self.interrupt()
