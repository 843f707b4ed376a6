"""Transactions over tasks, with data from a CSV file."""

from locust_plugins.csvreader import CSVDictReader, CSVReader
from locust_plugins.transaction_manager import TransactionManager

from locust import HttpUser, SequentialTaskSet, constant, task

accounts = CSVDictReader("accounts.csv")
lines = CSVReader("accounts.csv")


class Steps(SequentialTaskSet):
    def on_start(self):
        self.manager = TransactionManager()

    @task
    def home(self):
        self.manager.start_transaction("startup")
        self.client.get("/", name=next(accounts)["name"])

    @task
    def json(self):
        self.client.get("/json")
        next(lines)
        self.manager.end_transaction("startup")

    @task
    def failing(self):
        self.manager.start_transaction("failing")
        with self.client.get("/status/500", catch_response=True) as response:
            self.manager.end_transaction("failing", success=response.ok, failure_message="no luck")


class Someone(HttpUser):
    wait_time = constant(0.05)
    tasks = [Steps]
