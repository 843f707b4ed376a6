"""locust-plugin-result."""

from locust_plugin_result import RESULT_FAIL, RESULT_PASS, RESULT_WARN, set_result

from locust import HttpUser, constant, events, task


class Someone(HttpUser):
    wait_time = constant(0.05)

    @task
    def home(self):
        self.client.get("/")


@events.quitting.add_listener
def judge(environment, **kwargs):
    set_result(environment.runner, RESULT_PASS, "fine")
    set_result(environment.runner, RESULT_FAIL, "not fine")
    set_result(environment.runner, RESULT_WARN, "not so fine")
    print(environment.runner.result)
