"""Starts, changes and stops a test by hand."""
import sys
import gevent
from locust import HttpUser, constant, task
from locust.env import Environment
from locust.stats import print_error_report, print_percentile_stats, print_stats, print_stats_json


class A(HttpUser):
    wait_time = constant(0.02)
    host = "http://127.0.0.1:1"

    @task
    def a(self):
        self.client.get("/")


class B(A):
    weight = 3


env = Environment(user_classes=[A, B], host=sys.argv[1])
runner = env.create_local_runner()
print(runner.state, runner.user_count, runner.target_user_count)
runner.start(4, 100)
gevent.sleep(0.5)
print(runner.state, runner.user_count, runner.user_classes_count, runner.target_user_count, env.runner is runner)
runner.start(1, 100)
gevent.sleep(0.5)
print(runner.state, runner.user_count)
runner.stop()
print(runner.state, runner.user_count, env.stats.total.num_requests > 10)
runner.stats.clear_all()
print(env.stats.total.num_requests)
runner.start(2, 100, wait=False)
gevent.sleep(0.3)
runner.quit()
print(env.stats.total.fail_ratio, env.stats.num_failures, env.stats.total.current_rps >= 0)
print_stats(env.stats)
print_percentile_stats(env.stats)
print_error_report(env.stats)
