from locust import HttpUser, constant, tag, task


class Tagged(HttpUser):
    wait_time = constant(0.04)

    @tag("read")
    @task
    def read(self):
        self.client.get("/users", name="read")

    @tag("write", "slow")
    @task
    def write(self):
        self.client.post("/echo", data="x", name="write")

    @task
    @tag("read", "deep")
    def deep(self):
        self.client.get("/users/5", name="deep")

    @task
    def untagged(self):
        self.client.get("/json", name="untagged")
