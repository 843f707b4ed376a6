from locust import HttpUser, constant, task


class Constant(HttpUser):
    wait_time = constant(0)

    @task
    def t(self):
        self.client.get("/delay/20", name="constant 0")
