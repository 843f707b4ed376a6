"""Messages between nodes, which one process sends to itself."""
from locust import HttpUser, constant, events, task
from locust.runners import MasterRunner, WorkerRunner


def setup_test_users(environment, msg, **kwargs):
    print("got", msg.data, sorted(kwargs))
    environment.runner.send_message("acknowledge_users", f"Thanks for the {len(msg.data)} users!")


def on_acknowledge(msg, **kwargs):
    print(msg.data)


@events.init.add_listener
def on_locust_init(environment, **_kwargs):
    if not isinstance(environment.runner, MasterRunner):
        environment.runner.register_message("test_users", setup_test_users)
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("acknowledge_users", on_acknowledge)


@events.test_start.add_listener
def on_test_start(environment, **_kwargs):
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.send_message("test_users", [{"name": "User1"}, {"name": "User2"}])


class WebsiteUser(HttpUser):
    wait_time = constant(0.05)

    @task
    def task(self):
        self.client.get("/")
