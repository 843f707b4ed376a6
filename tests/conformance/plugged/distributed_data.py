"""One reader of data for all users, wherever they run."""

from locust_plugins.csvreader import CSVDictReader
from locust_plugins.distributor import Distributor

from locust import HttpUser, constant, events, task
from locust.runners import WorkerRunner

data = None


@events.init.add_listener
def prepare(environment, runner, **kwargs):
    global data
    reader = None if isinstance(runner, WorkerRunner) else CSVDictReader("accounts.csv")
    data = Distributor(environment, reader)


class Someone(HttpUser):
    wait_time = constant(0.1)

    @task
    def home(self):
        self.client.get("/", name=next(data)["name"])
