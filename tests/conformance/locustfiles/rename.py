from locust import HttpUser, constant, task


class Namer(HttpUser):
    wait_time = constant(0.04)

    @task
    def block(self):
        with self.client.rename_request("/users/?id=[id]"):
            for i in range(3):
                self.client.get(f"/users?id={i}")

    @task
    def attribute(self):
        self.client.request_name = "/users/[id]"
        self.client.get("/users/1")
        self.client.get("/users/2")
        self.client.request_name = None

    @task
    def both(self):
        with self.client.rename_request("outer"):
            self.client.get("/", name="inner")

    @task
    def raw(self):
        self.client.get("/users/7?x=1#frag")
