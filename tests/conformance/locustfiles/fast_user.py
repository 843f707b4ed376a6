from locust import task, constant
from locust.contrib.fasthttp import FastHttpUser


class FastUser(FastHttpUser):
    wait_time = constant(0.03)
    connection_timeout = 5
    network_timeout = 5
    max_redirects = 3

    def on_start(self):
        r = self.client.post("/login", data={"username": "quick", "password": "x"})
        print(r.status_code, r.json())

    @task(3)
    def index(self):
        response = self.client.get("/")
        assert response.status_code == 200 and response.text.startswith("Hello")

    @task
    def me(self):
        with self.client.get("/me", catch_response=True) as r:
            if r.json()["user"] != "quick":
                r.failure("no session")

    @task
    def post_json(self):
        with self.rest("POST", "/echo", json={"foo": 1}) as resp:
            if resp.js["foo"] != 1:
                resp.failure("not echoed")

    @task
    def missing(self):
        with self.rest("GET", "/status/404", name="missing") as resp:
            pass

    @task
    def away(self):
        self.client.get("/redirect/2", allow_redirects=False, name="redirect")

    @task
    def gzipped(self):
        assert self.client.get("/gzip").json()
