"""The keywords of requests that locustfiles use."""
from locust import HttpUser, constant, task
from requests.auth import HTTPBasicAuth
import requests


class Options(HttpUser):
    wait_time = constant(0.02)

    def on_start(self):
        self.client.verify = False
        self.client.headers["X-Client"] = "load"
        self.client.auth = ("user", "pass")

    @task
    def basic(self):
        self.client.get("/basic-auth/user/pass", name="auth of the session")

    @task
    def basic_given(self):
        self.client.get("/basic-auth/a/b", auth=HTTPBasicAuth("a", "b"), name="auth given")

    @task
    def basic_wrong(self):
        self.client.get("/basic-auth/a/b", auth=("a", "c"), name="auth wrong")

    @task
    def params(self):
        r = self.client.get("/headers", params=[("a", "1"), ("a", "2")], headers={"X-Own": "1"}, timeout=5, name="params")
        assert r.request.url.endswith("?a=1&a=2") and r.json()["X-Client"] == "load"

    @task
    def cookies(self):
        r = self.client.get("/cookies", cookies={"mine": "1"}, name="cookies")
        assert r.json()["mine"] == "1"

    @task
    def set_cookies(self):
        self.client.get("/cookies/set?flavour=oat", name="set cookies")
        assert self.client.cookies["flavour"] == "oat"

    @task
    def redirects(self):
        r = self.client.get("/redirect/3", name="redirects")
        assert len(r.history) == 3

    @task
    def no_redirect(self):
        assert self.client.get("/redirect/1", allow_redirects=False, name="no redirect").status_code == 302

    @task
    def too_slow(self):
        self.client.get("/delay/500", timeout=0.05, name="too slow")

    @task
    def timeouts(self):
        self.client.get("/delay/10", timeout=(1, 2), name="timeouts")

    @task
    def streamed(self):
        with self.client.get("/chunked/5", stream=True, name="streamed") as r:
            assert sum(len(c) for c in r.iter_content(512)) == 5000

    @task
    def head_and_options(self):
        assert self.client.head("/", name="head").text == ""
        self.client.options("/", name="options")
        self.client.delete("/users/1", name="delete")
        self.client.request("GET", "/json", name="request")

    @task
    def raises(self):
        try:
            self.client.get("/status/502", name="raise for status").raise_for_status()
        except requests.exceptions.HTTPError as e:
            assert e.response.status_code == 502

    @task
    def loop(self):
        self.client.get("/redirect-loop", name="loop")
