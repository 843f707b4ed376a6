from time import perf_counter
from locust import User, events, task, constant


def timed(name):
    def decorator(func):
        def wrapper(self, *args, **kwargs):
            with self.environment.events.request.measure("call", name) as meta:
                result = func(self, *args, **kwargs)
                meta["response_length"] = 7
                if result == "bad":
                    meta["exception"] = ValueError("bad result")
            return result

        return wrapper

    return decorator


class Measured(User):
    wait_time = constant(0.03)

    @task
    @timed("good")
    def good(self):
        return "good"

    @task
    @timed("bad")
    def bad(self):
        return "bad"
