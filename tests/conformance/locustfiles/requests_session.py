"""Goes around the client: requests itself, and a session put in its place."""
import requests
from locust import HttpUser, constant, task
from locust.clients import HttpSession
from requests.adapters import HTTPAdapter


class Around(HttpUser):
    wait_time = constant(0.05)
    pool_manager = None

    def on_start(self):
        self.client.mount("http://", HTTPAdapter(pool_maxsize=2))
        self.plain = requests.Session()

    @task
    def adapter(self):
        self.client.get("/json", name="adapter")

    @task
    def unmeasured(self):
        assert self.plain.get(self.host + "/json").ok
        requests.get(self.host + "/users", timeout=3)

    @task
    def second_session(self):
        client = HttpSession(base_url=self.host, request_event=self.environment.events.request, user=self)
        client.get("/users", name="second session")

    @task
    def prepared(self):
        req = requests.Request("GET", self.host + "/headers", headers={"X-A": "b"})
        r = self.client.send(self.client.prepare_request(req))
        assert r.json()["X-A"] == "b"
