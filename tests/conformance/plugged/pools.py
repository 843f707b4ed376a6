"""More connections than users."""

from locust_plugins.connection_pools import FastHttpPool, ForceNewFastHTTPObj, ForceNewRequestObj, RequestPool

from locust import FastHttpUser, HttpUser, constant, task


class Slow(HttpUser):
    wait_time = constant(0.05)

    def on_start(self):
        self.client = RequestPool(user=self, size=3)
        self.other = ForceNewRequestObj(user=self)

    @task
    def pooled(self):
        self.client.get("/")
        with self.client.rename_request("renamed"):
            self.client.post("/echo", json={"a": 1})
        self.other.get("/json")


class Fast(FastHttpUser):
    wait_time = constant(0.05)

    def on_start(self):
        self.client = FastHttpPool(user=self)
        self.other = ForceNewFastHTTPObj(user=self)

    @task
    def pooled(self):
        self.client.get("/")
        with self.client.rename_request("renamed"):
            self.client.put("/echo", data="x")
        self.other.get("/json", name="new")
