"""Intended differences of the web UI's routes, as `differences.py` has them of the command line."""

from __future__ import annotations

from beside import Difference

ROUTES = "test_web.py::test_a_request_is_answered_alike"

WEB_DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        ROUTES,
        ("answers",),
        "percentiles of now are there from the first second on",
        "0005",
        ("/stats/requests running", "/stats/requests stopped", "stop"),
    ),
    Difference(
        ROUTES,
        ("answers",),
        "a text that may come from outside is never HTML",
        "0005",
        (
            "/assets/none.js ready",
            "/assets/none.js running",
            "/assets/none.js stopped",
            "GET /assets/none.js as nobody",
            "GET /assets/none.js as somebody",
        ),
    ),
    Difference(ROUTES, ("answers", "state"), "older clients stop by GET", "0005", ("GET /stop",)),
    Difference(ROUTES, ("answers",), "older clients reset by GET", "0005", ("GET /stats/reset",)),
    Difference(
        ROUTES,
        ("options",),
        "what is refused changes nothing",
        "0005",
        (
            "no runner: swarm",
            "swarm with users only",
            "swarm with a rate only",
            "swarm with a rate as text",
            "swarm with negative users",
            "swarm with a rate of nothing",
            "swarm with a negative rate",
            "swarm with a rate of nan",
            "swarm with an infinite rate",
            "swarm with an empty rate",
            "swarm with a bad run time",
            "edit the load badly",
        ),
    ),
    Difference(
        ROUTES,
        ("options",),
        "no time limit is None, however it was said",
        "0005",
        ("swarm with a run time of nothing",),
    ),
    Difference(ROUTES, ("options",), "Python's True is true, too", "0005", ("swarm with a flag in capitals",)),
    Difference(
        ROUTES,
        ("answers", "options"),
        "a wrong value is refused with a message, and changes nothing",
        "0005",
        ("swarm with a bad number as option",),
    ),
    Difference(
        ROUTES,
        ("answers", "options", "user classes"),
        "a class that isn't there is refused with a message",
        "0005",
        ("picker an unknown class",),
    ),
    Difference(
        ROUTES,
        ("answers",),
        "a shape that isn't there is refused with a message",
        "0005",
        ("picker an unknown shape",),
    ),
    Difference(
        ROUTES,
        ("answers",),
        "what can't be understood is the client's mistake (400)",
        "0005",
        ("user unknown class", "user no class", "user a list", "user no JSON", "user as a form"),
    ),
)
