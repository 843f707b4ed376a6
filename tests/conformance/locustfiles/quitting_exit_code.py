import logging
from locust import HttpUser, constant, events, task


@events.quitting.add_listener
def _(environment, **kw):
    if environment.stats.total.fail_ratio > 0.01:
        logging.error("Test failed due to failure ratio > 1%")
        environment.process_exit_code = 1
    elif environment.stats.total.avg_response_time > 2000:
        logging.error("Test failed due to average response time ratio > 2000 ms")
        environment.process_exit_code = 1
    elif environment.stats.total.get_response_time_percentile(0.95) > 8000:
        logging.error("Test failed due to 95th percentile response time > 8000 ms")
        environment.process_exit_code = 1
    else:
        environment.process_exit_code = 3


class Fine(HttpUser):
    wait_time = constant(0.05)

    @task
    def home(self):
        self.client.get("/")
