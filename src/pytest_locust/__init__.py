"""Locust for pytest: the fixtures `session` and `fastsession`."""
