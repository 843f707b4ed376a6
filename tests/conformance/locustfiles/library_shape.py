import sys
import gevent
from locust import LoadTestShape, User, constant, task
from locust.env import Environment


class Idle(User):
    wait_time = constant(0.1)

    @task
    def nothing(self):
        self.environment.events.request.fire(request_type="X", name="n", response_time=3, response_length=1, exception=None)


class Shape(LoadTestShape):
    def tick(self):
        t = self.get_run_time()
        return None if t > 2 else (3, 10) if t > 1 else (1, 10)


env = Environment(user_classes=[Idle], shape_class=Shape())
runner = env.create_local_runner()
counts = []
env.events.spawning_complete.add_listener(lambda user_count: counts.append(user_count))
env.runner.start_shape()
env.runner.shape_greenlet.join()
print(counts, env.stats.get("n", "X").num_requests > 5, env.stats.get("n", "X").avg_response_time)
env.runner.quit()
print(env.runner.state)
