"""Every request as a line of a CSV file, for an analysis of your own; each worker writes its own."""

import os
import tempfile

from locust import HttpUser, constant, events, task
from locust.contrib.csv_request_logger import CsvRequestLogger


@events.init.add_listener
def log_requests(environment, **_):
    path = os.path.join(tempfile.gettempdir(), f"requests-{os.getpid()}.csv")
    # A hundred lines at a time: fast, but a crash loses the last ones.
    CsvRequestLogger(path, flush_interval=100).register(environment)


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def front_page(self):
        self.client.get("/")
