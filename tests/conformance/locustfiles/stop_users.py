from locust import HttpUser, constant, events, task
from locust.exception import StopUser
import gevent


class Limited(HttpUser):
    wait_time = constant(0.02)

    def on_start(self):
        self.left = 5

    @task
    def work(self):
        self.client.get("/", name="limited")
        self.left -= 1
        if not self.left:
            raise StopUser()

    def on_stop(self):
        print("stopped after", 5 - self.left)


@events.test_start.add_listener
def watch(environment, **_):
    def check():
        while not (environment.runner.spawning_greenlet and environment.runner.spawning_greenlet.ready()):
            gevent.sleep(0.05)
        while environment.runner.user_count:
            gevent.sleep(0.1)
        environment.runner.quit()

    gevent.spawn_later(0.5, check)
