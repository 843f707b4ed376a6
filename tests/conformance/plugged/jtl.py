"""locust-jtl-logger."""

from locust_jtl_logger import LocustJTLLogger

from locust import HttpUser, constant, events, task


@events.init.add_listener
def log(environment, **kwargs):
    LocustJTLLogger(environment, "log.jtl")


class Someone(HttpUser):
    wait_time = constant(0.05)

    @task
    def home(self):
        self.client.get("/", context={"name_param": "home"})

    @task
    def failing(self):
        self.client.get("/status/404")


@events.quit.add_listener
def show(**kwargs):
    with open("log.jtl") as results:
        lines = [line.strip().split(",") for line in results]
    print(lines[0])
    for line in sorted({(*one[2:6], one[7], one[9]) for one in lines[1:]}):
        print(line)
