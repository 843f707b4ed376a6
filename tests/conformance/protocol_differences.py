"""Intended differences of the users of other protocols, as `differences.py` has them of the command line."""

from __future__ import annotations

from beside import Difference

SURFACE = "test_api_surface.py::test_a_module_offers_what_upstreams_does"
PROTOCOLS = "test_protocols.py::test_a_user_reports_the_same"


def difference(reason: str, *cases: str, aspects: tuple[str, ...] = ("rows",)) -> Difference:
    return Difference(PROTOCOLS, aspects, reason, "0010", cases)


PROTOCOL_DIFFERENCES: tuple[Difference, ...] = (
    difference("upstream's thread dies of a disconnect in MQTT 5", "mqtt 5"),
    difference("a connection that does not come about is a failure", "mqtt without a broker", "dns refused"),
    difference("it works; upstream takes the pair for an answer", "dns with fallback", aspects=("rows", "outcome")),
    difference("a number may be sent; upstream raises", "socketio number", aspects=("rows", "outcome")),
    difference("a message that was not sent is not a success", "socketio without a connection"),
    difference("output tokens of Chat Completions count too", "openai chat"),
    difference(
        "what is no JSON is reported; upstream raises at it",
        "openai no JSON",
        "openai stream",
        aspects=("rows", "outcome"),
    ),
    Difference(
        SURFACE,
        ("events kind",),
        "users report to the events of their environment",
        "0010",
        ("locust.contrib.milvus", "locust.contrib.qdrant"),
    ),
    Difference(SURFACE, ("WorkerRunner kind",), "imported there for its own use", "0010", ("locust.opentelemetry",)),
    Difference(
        "test_opentelemetry_runs.py::test_spans_are_the_same",
        ("attributes",),
        "spans are our own, not those of the instrumentation of requests",
        "0010",
        ("spans",),
    ),
)
