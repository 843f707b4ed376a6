"""Looks into the runner."""
from locust import HttpUser, constant, events, task
import gevent


class A(HttpUser):
    wait_time = constant(0.05)

    @task
    def a(self):
        self.client.get("/")
        assert self in [g.args[0] for g in self.environment.runner.user_greenlets]


class B(A):
    pass


@events.spawning_complete.add_listener
def spawned(user_count):
    print("spawned", user_count)


@events.init.add_listener
def init(environment, **_):
    def show():
        runner = environment.runner
        print(runner.user_count, sorted(runner.user_classes_count.items()), sorted(runner.user_classes_by_name))
        print([type(u).__name__ for u in sorted((g.args[0] for g in runner.user_greenlets), key=lambda u: type(u).__name__)])
        print(runner.state, runner.target_user_count, runner.exceptions, bool(runner.stats))

    gevent.spawn_later(1.2, show)
