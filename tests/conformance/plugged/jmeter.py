"""Results as JMeter writes them."""

from locust_plugins.listeners.jmeter import JmeterListener

from locust import FastHttpUser, constant, events, task


@events.init.add_listener
def listen(environment, **kwargs):
    JmeterListener(env=environment, testplan="plan", results_filename="results.csv")


class Someone(FastHttpUser):
    wait_time = constant(0.05)

    @task
    def home(self):
        self.client.get("/")

    @task
    def failing(self):
        self.client.get("/status/404")


@events.quit.add_listener
def show(**kwargs):
    with open("results.csv") as results:
        lines = [line.strip().split(",") for line in results]
    print(lines[0])
    for line in sorted({(one[2], one[3], one[7]) for one in lines[1:]}):
        print(line)
