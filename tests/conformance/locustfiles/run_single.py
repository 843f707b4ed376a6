from locust import HttpUser, SequentialTaskSet, events, run_single_user, task
import sys

events.request.add_listener(lambda name, response_time, exception, **_: print(name, exception))


class Steps(SequentialTaskSet):
    @task
    def one(self):
        self.client.get("/", name="one")

    @task
    def two(self):
        self.client.get("/json", name="two")

    @task
    def three(self):
        print("bye")
        sys.exit(0)


class Single(HttpUser):
    host = sys.argv[1] if len(sys.argv) > 1 else "http://localhost"
    tasks = [Steps]


if __name__ == "__main__":
    run_single_user(Single)
