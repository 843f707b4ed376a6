"""Adds entries to the statistics by hand, and logs a failure."""
from locust import HttpUser, constant, events, task
from locust.stats import RequestStats, StatsEntry


class Transactions(HttpUser):
    wait_time = constant(0.05)

    @task
    def journey(self):
        total = 0
        for path in ("/", "/json"):
            r = self.client.get(path)
            total += r.elapsed.total_seconds() * 1000
        self.environment.stats.log_request("TRANSACTION", "journey", total, 0)
        if total < 0:
            self.environment.stats.log_error("TRANSACTION", "journey", "negative")

    @task
    def error(self):
        self.environment.stats.log_request("TRANSACTION", "broken", 5, 0)
        self.environment.stats.log_error("TRANSACTION", "broken", "it broke")

    @task
    def fired(self):
        self.environment.events.request.fire(
            request_type="CUSTOM", name="fired", response_time=None, response_length=0, exception=None, context=self.context()
        )
        events.request.fire(
            request_type="CUSTOM", name="fired globally", response_time=12.5, response_length=100, exception=None, context={}, extra=1
        )


@events.test_stop.add_listener
def show(environment, **_):
    s = environment.stats
    print(s.get("fired", "CUSTOM").num_none_requests > 0, s.get("broken", "TRANSACTION").num_failures > 0)
    print(s.get("fired globally", "CUSTOM").min_response_time, s.get("fired globally", "CUSTOM").avg_content_length)
    print(isinstance(s, RequestStats), isinstance(s.total, StatsEntry), s.get("nobody", "GET").num_requests)
