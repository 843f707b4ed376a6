"""FastHttpUser: the client for high rates. Its settings are class attributes; several requests can run at once."""

import gevent.pool

from locust import FastHttpUser, constant, task


class Browser(FastHttpUser):
    wait_time = constant(0.2)
    connection_timeout = 5.0
    network_timeout = 10.0
    concurrency = 6  # connections of one user, as browsers have
    insecure = False  # check certificates
    default_headers = {"Accept-Language": "en"}

    @task
    def load_a_page(self):
        self.client.get("/")
        # What the page needs, six at a time, as a browser would.
        parts = gevent.pool.Pool(self.concurrency)
        for number in range(1, 11):
            parts.spawn(self.client.get, f"/users/{number}", name="/users/{id}")
        parts.join()
