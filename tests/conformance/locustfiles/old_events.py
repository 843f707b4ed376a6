"""Events of old that are gone: the file finds out, and uses the new one."""
from locust import HttpUser, constant, events, task

seen = {"success": 0, "failure": 0}

if hasattr(events, "request_success"):
    print("old events")
else:
    @events.request.add_listener
    def on_request(request_type, name, response_time, response_length, exception, **kwargs):
        seen["failure" if exception else "success"] += 1


@events.quitting.add_listener
def show(environment, **kw):
    total = environment.stats.total
    print(total.num_requests == seen["success"] + seen["failure"], total.num_failures == seen["failure"])


class Old(HttpUser):
    wait_time = constant(0.04)

    @task(2)
    def ok(self):
        self.client.get("/")

    @task
    def not_ok(self):
        self.client.get("/status/500")
