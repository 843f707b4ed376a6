"""The parts of a run from the command line: each file one, put together by `locust.main`."""
