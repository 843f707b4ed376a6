"""The locustfile of `locust demo`."""
