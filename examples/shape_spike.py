"""A spike on top of a steady load; `--users` says how high the spike is."""

from locust import HttpUser, LoadTestShape, constant, task


class Spike(LoadTestShape):
    # -u, -r and -t mean something with this shape; without it they would be ignored.
    use_common_options = True
    steady_part = 0.2
    spike_from_sec = 0.5
    spike_until_sec = 1.5

    def tick(self):
        options = self.runner.environment.parsed_options
        peak = options.num_users or 10
        is_spike = self.spike_from_sec <= self.get_run_time() < self.spike_until_sec
        users = peak if is_spike else max(1, round(peak * self.steady_part))
        return users, options.spawn_rate or 10


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def front_page(self):
        self.client.get("/")
