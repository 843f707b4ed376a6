"""The users of every benchmark, for us and for upstream alike; environment variables choose.

BENCH_CLIENT: "http" or "fast". BENCH_BEHAVIOUR: see `BEHAVIOURS`. BENCH_PATH: what to get. BENCH_REPORT: file for the
percentiles that the statistics show (JSON).
"""

import json
import os
import sys
import time
import warnings

import gevent

from locust import FastHttpUser, HttpUser, constant, constant_throughput, events, task

CLIENT = os.environ.get("BENCH_CLIENT", "fast")
BEHAVIOUR = os.environ.get("BENCH_BEHAVIOUR", "plain")
PATH = os.environ.get("BENCH_PATH", "/")
REPORT = os.environ.get("BENCH_REPORT")

BURN_SECONDS = 0.050
BREATHE_SECONDS = 0.002
# Calls are counted on a user that has found its pace.
WARM_UP_REQUESTS = 50
COUNTED_REQUESTS = 100


def plain(user):
    user.client.get(PATH)


def read(user):
    """Look at what a test usually looks at."""
    response = user.client.get(PATH)
    return response.status_code, response.text, response.headers["Content-Type"]


def catch(user):
    with user.client.get(PATH, catch_response=True) as response:
        if response.status_code != 200:
            response.failure("no 200")


def count_calls(user):
    """Count Python and C calls of one request, and how deep the Python frames go."""
    for _ in range(WARM_UP_REQUESTS):
        user.client.get(PATH)
    counts = {"python": 0, "c": 0, "depth": 0, "deepest": 0}

    def profile(frame, event, argument):
        if event == "call":
            counts["python"] += 1
            counts["depth"] += 1
            counts["deepest"] = max(counts["deepest"], counts["depth"])
        elif event == "return":
            counts["depth"] -= 1
        elif event == "c_call":
            counts["c"] += 1

    get = user.client.get
    # The hub and other users run between the calls: a greenlet that is switched to must not be counted.
    sys.setprofile(profile)
    for _ in range(COUNTED_REQUESTS):
        get(PATH)
    sys.setprofile(None)
    # The one C call is setprofile itself.
    result = {
        "python_calls": counts["python"] / COUNTED_REQUESTS,
        "c_calls": (counts["c"] - 1) / COUNTED_REQUESTS,
        "deepest": counts["deepest"],
    }
    with open(REPORT, "w") as report:
        json.dump(result, report)
    user.environment.runner.quit()


BEHAVIOURS = {
    "plain": plain,
    "read": read,
    "listener": plain,
    "catch": catch,
    "waiting": plain,
    "idle": plain,
    "busy": plain,
    "calls": count_calls,
}
WAITS = {"waiting": constant_throughput(10), "idle": constant(3600), "calls": constant(0)}


class BenchmarkUser(HttpUser if CLIENT == "http" else FastHttpUser):
    if BEHAVIOUR in WAITS:
        wait_time = WAITS[BEHAVIOUR]

    def on_start(self):
        if CLIENT == "http":
            # Nor do the peers verify; FastHttpUser does not by default.
            self.client.verify = False

    behave = task(BEHAVIOURS[BEHAVIOUR])


if BEHAVIOUR == "listener":

    @events.request.add_listener
    def listen(request_type, name, response_time, response_length, exception, **_):
        pass


if BEHAVIOUR == "busy":

    def burn():
        """Leave the others 2 of every 52 ms."""
        while True:
            ends_at = time.perf_counter() + BURN_SECONDS
            while time.perf_counter() < ends_at:
                pass
            gevent.sleep(BREATHE_SECONDS)

    @events.test_start.add_listener
    def start_burning(environment, **_):
        gevent.spawn(burn)


if REPORT and BEHAVIOUR != "calls":

    @events.test_stop.add_listener
    def report_percentiles(environment, **_):
        total = environment.stats.total
        percentiles = {f"p{share * 100:.0f}": total.get_response_time_percentile(share) for share in (0.5, 0.9, 0.99)}
        with open(REPORT, "w") as report:
            json.dump({"requests": total.num_requests, "failures": total.num_failures, **percentiles}, report)


# Unverified certificates, once a request.
warnings.filterwarnings("ignore")
