from locust import HttpUser, between, events, task

SLO_P95_MS = {"/json": 5000, "/delay/[ms]": 1}


@events.test_stop.add_listener
def check(environment, **kwargs):
    violations = []
    for name, limit in SLO_P95_MS.items():
        entry = environment.runner.stats.get(name, "GET")
        p95 = entry.get_response_time_percentile(0.95)
        if p95 is not None and entry.num_requests and p95 > limit:
            violations.append(name)
    print("violations:", violations)
    for (name, method), entry in sorted(environment.stats.entries.items()):
        print(name, method, entry.num_failures, entry.num_requests > 10, entry.median_response_time >= 0, entry.fail_ratio)
    for error in environment.stats.errors.values():
        print(error.method, error.name, error.to_name() if hasattr(error, "to_name") else "")
    if violations:
        environment.process_exit_code = 42


class Checked(HttpUser):
    wait_time = between(0.02, 0.05)

    @task
    def a(self):
        self.client.get("/json")

    @task
    def b(self):
        self.client.get("/delay/30", name="/delay/[ms]")
