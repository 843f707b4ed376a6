"""A program that patches first, makes options of its own, and looks at what came out."""
from gevent import monkey

monkey.patch_all()
import argparse
import sys
from locust import HttpUser, between, task
from locust.argument_parser import parse_options
from locust.env import Environment
from locust.runners import STATE_RUNNING, STATE_STOPPED, LocalRunner
from locust.util.timespan import parse_timespan
import gevent

parser = argparse.ArgumentParser()
parser.add_argument("host")
parser.add_argument("--time", default="1s")
args = parser.parse_args()


class Worker(HttpUser):
    wait_time = between(0.01, 0.02)

    @task
    def work(self):
        self.client.get("/users", name="work")


options = parse_options(["--host", args.host, "--users", "2", "--headless"])
environment = Environment(user_classes=[Worker], parsed_options=options, host=options.host, stop_timeout=2)
runner = LocalRunner(environment)
environment.runner = runner
runner.start(options.num_users, 10)
gevent.sleep(parse_timespan(args.time))
print(runner.state == STATE_RUNNING)
runner.stop()
print(runner.state == STATE_STOPPED, environment.stats.get("work", "GET").num_requests > 20)
for name, value in sorted(environment.stats.get("work", "GET").to_dict().items()) if hasattr(environment.stats.get("work", "GET"), "to_dict") else []:
    print(name)
