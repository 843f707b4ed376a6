from locust import HttpUser, constant, events, task
from locust.exception import StopUser

ITERATIONS = 30
done = 0


class Counted(HttpUser):
    wait_time = constant(0.01)

    @task
    def one(self):
        global done
        if done >= ITERATIONS:
            self.environment.runner.quit()
            raise StopUser
        done += 1
        self.client.get("/", name="iteration")


@events.quitting.add_listener
def show(environment, **_):
    print(environment.stats.get("iteration", "GET").num_requests)
