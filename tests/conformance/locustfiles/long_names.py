from locust import HttpUser, constant, task


class Long(HttpUser):
    wait_time = constant(0.05)

    @task
    def long(self):
        self.client.get("/users?" + "&".join(f"parameter{i}=value{i}" for i in range(12)))

    @task
    def long_error(self):
        with self.client.get("/", name="n" * 100, catch_response=True) as r:
            r.failure("something went wrong " * 20)

    @task
    def newline(self):
        with self.client.get("/", name="newline", catch_response=True) as r:
            r.failure("first line\nsecond line")
