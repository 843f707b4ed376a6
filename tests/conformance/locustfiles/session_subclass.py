"""A session of one's own, which goes between the client and its requests."""
import time
from locust import HttpUser, constant, task
from locust.clients import HttpSession
from requests.adapters import HTTPAdapter

calls = set()


class MySession(HttpSession):
    def request(self, method, url, *args, **kwargs):
        calls.add(f"request {method}")
        kwargs.setdefault("headers", {})["X-Trace"] = "abc"
        return super().request(method, url, *args, **kwargs)

    def rebuild_auth(self, prepared_request, response):
        calls.add("rebuild_auth")

    def send(self, request, **kwargs):
        calls.add("send")
        return super().send(request, **kwargs)


class CountingAdapter(HTTPAdapter):
    def send(self, request, *args, **kwargs):
        calls.add("adapter")
        return super().send(request, *args, **kwargs)


class WithSession(HttpUser):
    wait_time = constant(0.05)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.client = MySession(base_url=self.host, request_event=self.environment.events.request, user=self)
        self.client.mount("http://", CountingAdapter())
        self.client.trust_env = False

    @task
    def headers(self):
        r = self.client.get("/headers")
        if r.json()["X-Trace"] != "abc":
            print("no trace")

    @task
    def redirected(self):
        self.client.get("/redirect/1", name="redirected", auth=("a", "b"))

    @task
    def posted(self):
        self.client.post("/echo", json={"a": 1}, name="posted")

    def on_stop(self):
        print(sorted(calls))
