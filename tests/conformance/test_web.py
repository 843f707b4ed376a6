"""The web UI's routes beside upstream's: status, type, keys and kinds of values, in each state; what a post does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from beside import Comparison
from beside.probe import probe

Case = dict[str, Any]

READS = [
    "/",
    "/?tab=charts",
    "/stats/requests",
    "/stats/requests/csv",
    "/stats/failures/csv",
    "/stats/requests_full_history/csv",
    "/exceptions",
    "/exceptions/csv",
    "/tasks",
    "/logs",
    "/worker-count",
    "/stats/report",
    "/stats/report?download=1",
    "/stats/report?theme=dark",
    "/login",
    "/none",
    "/assets/none.js",
    "/stats/requests/csv/",
]
LOAD = {"user_count": "2", "spawn_rate": "100"}


def get(path: str, *, exact: bool = False, **settings: Any) -> Case:
    return {"line": f"GET {path}", "exact": exact, "settings": settings}


def post(path: str, **settings: Any) -> Case:
    return {"line": f"POST {path}", "settings": settings}


def swarm(**form: Any) -> Case:
    return post("/swarm", data=form)


CASES: dict[str, Case] = {
    **{
        f"{path} {state}": {"state": state, "requests": [get(path, exact=path in ("/worker-count", "/none"))]}
        for path in READS
        for state in ("ready", "running", "stopped")
    },
    **{
        f"{path} without a runner": {"runner": False, "requests": [get(path, exact=True)]}
        for path in ("/", "/stats/requests", "/exceptions", "/logs", "/worker-count", "/stats/requests/csv")
    },
    **{
        f"{path} of a bare environment": {"bare": True, "requests": [get(path)]}
        for path in ("/", "/stats/requests", "/tasks", "/exceptions/csv")
    },
    **{
        f"{method} {path}": {"requests": [{"line": f"{method} {path}", "exact": False}]}
        for method, path in (
            ("GET", "/swarm"),
            ("GET", "/user"),
            ("GET", "/stop"),
            ("GET", "/stats/reset"),
            ("POST", "/"),
            ("POST", "/stats/requests"),
            ("POST", "/login"),
            ("PUT", "/swarm"),
            ("DELETE", "/stats/requests"),
            ("HEAD", "/stats/requests"),
            ("HEAD", "/stop"),
            ("HEAD", "/stats/reset"),
            ("OPTIONS", "/swarm"),
        )
    },
    "names of files": {
        "host": "http://x.example:1",
        "requests": [get("/stats/requests/csv"), get("/stats/failures/csv"), get("/stats/report?download=1")],
    },
    "stop": {"state": "running", "requests": [post("/stop"), get("/stats/requests")]},
    "stop twice": {"state": "running", "requests": [post("/stop"), post("/stop")]},
    "stop before a run": {"requests": [post("/stop")]},
    "reset": {"state": "stopped", "requests": [post("/stats/reset"), get("/exceptions")]},
    "reset before a run": {"requests": [post("/stats/reset")]},
    "no runner: swarm": {"runner": False, "requests": [swarm(**LOAD)]},
    "no runner: stop": {"runner": False, "requests": [post("/stop")]},
    # --- a post to /swarm ---
    **{
        f"swarm {name}": {"settles": True, "requests": [swarm(**form)]}
        for name, form in {
            "plain": LOAD,
            "with a host": {**LOAD, "host": "http://x"},
            "with tags in the host": {**LOAD, "host": "<b>http://x</b>"},
            "with an empty host": {**LOAD, "host": ""},
            "with a host without scheme": {**LOAD, "host": "x.example"},
            "with nothing": {},
            "with users only": {"user_count": "2"},
            "with a rate only": {"spawn_rate": "2"},
            "with users as text": {**LOAD, "user_count": "many"},
            "with a rate as text": {**LOAD, "spawn_rate": "fast"},
            "with half a user": {**LOAD, "user_count": "1.5"},
            "with half a rate": {**LOAD, "spawn_rate": "50.5"},
            "with negative users": {**LOAD, "user_count": "-1"},
            "with no users": {**LOAD, "user_count": "0"},
            "with a rate of nothing": {**LOAD, "spawn_rate": "0"},
            "with a negative rate": {**LOAD, "spawn_rate": "-1"},
            "with a rate of nan": {**LOAD, "spawn_rate": "nan"},
            "with an infinite rate": {**LOAD, "spawn_rate": "inf"},
            "with empty users": {**LOAD, "user_count": ""},
            "with an empty rate": {**LOAD, "spawn_rate": ""},
            "with spaces": {"user_count": " 2 ", "spawn_rate": " 100 "},
            "with a run time": {**LOAD, "run_time": "1h30m"},
            "with seconds of run time": {**LOAD, "run_time": "90"},
            "with a bad run time": {**LOAD, "run_time": "soon", "host": "http://x"},
            "with an empty run time": {**LOAD, "run_time": ""},
            "with a run time of nothing": {**LOAD, "run_time": "0"},
            "with a profile": {**LOAD, "profile": "nightly"},
            "with an empty profile": {**LOAD, "profile": ""},
            "with names that are no options": {**LOAD, "__class__": "x", "__dict__": "y"},
            "with a number as option": {**LOAD, "stop_timeout": "3"},
            "with a bad number as option": {**LOAD, "stop_timeout": "x"},
            "with a flag set": {**LOAD, "reset_stats": "true"},
            "with a flag unset": {**LOAD, "reset_stats": "false"},
            "with a flag in capitals": {**LOAD, "reset_stats": "True"},
            "with tags": {**LOAD, "tags": "a,b"},
            "with an unknown option": {**LOAD, "nothing": "1"},
            "with a choice nobody offered": {**LOAD, "user_classes": ["Buyer"], "shape_class": "Wave"},
        }.items()
    },
    "swarm as JSON": {"requests": [post("/swarm", json=LOAD)]},
    "swarm as multipart": {
        "settles": True,
        "requests": [post("/swarm", data=LOAD, content_type="multipart/form-data")],
    },
    "swarm of a bare environment": {"bare": True, "settles": True, "requests": [swarm(**LOAD, run_time="1m")]},
    "edit the load": {"settles": True, "requests": [swarm(**LOAD), swarm(user_count="3", spawn_rate="100")]},
    "edit the load badly": {"settles": True, "requests": [swarm(**LOAD), swarm(user_count="3", spawn_rate="x")]},
    "a run after a stop": {"settles": True, "requests": [swarm(**LOAD), post("/stop"), swarm(**LOAD)]},
    "swarm with a shape": {"shape": "Wave", "settles": True, "requests": [swarm(**LOAD)]},
    "swarm with a shape and nothing": {"shape": "Wave", "settles": True, "requests": [swarm()]},
    "swarm with a shape and options": {"shape": "Common", "requests": [swarm(**LOAD, run_time="1m")]},
    "stop a shape": {"shape": "Wave", "settles": True, "requests": [swarm(), post("/stop")]},
    # --- the class picker ---
    **{
        f"picker {name}": {"picker": True, "settles": True, "requests": [swarm(**form) for form in forms]}
        for name, forms in {
            "one class": [{**LOAD, "user_classes": ["Buyer"]}],
            "both classes": [{**LOAD, "user_classes": ["Buyer", "Visitor"]}],
            "no class": [LOAD],
            "an unknown class": [{**LOAD, "user_classes": ["Nobody"]}],
            "a class twice": [{**LOAD, "user_classes": ["Buyer", "Buyer"]}],
            "no class while running": [{**LOAD, "user_classes": ["Buyer"]}, LOAD],
            "a shape": [{**LOAD, "shape_class": "Wave"}],
            "no shape": [{**LOAD, "shape_class": "Default"}],
            "an unknown shape": [{**LOAD, "shape_class": "None"}],
        }.items()
    },
    # --- attributes of classes ---
    **{
        f"user {name}": {"picker": True, "requests": [post("/user", json=settings)]}
        for name, settings in {
            "weight": {"user_class_name": "Visitor", "weight": 5},
            "host": {"user_class_name": "Visitor", "host": "http://x"},
            "tasks": {"user_class_name": "Visitor", "tasks": ["buy"]},
            "no tasks": {"user_class_name": "Visitor", "tasks": []},
            "unknown task": {"user_class_name": "Visitor", "tasks": ["fly"]},
            "new attribute": {"user_class_name": "Visitor", "color": "red"},
            "nothing": {"user_class_name": "Visitor"},
            "unknown class": {"user_class_name": "Nobody"},
            "no class": {},
            "a list": [],
        }.items()
    },
    "user no JSON": {"requests": [post("/user", data="x", content_type="application/json")]},
    "user as a form": {"requests": [post("/user", data={"user_class_name": "Visitor"})]},
    # --- what the page gets ---
    **{
        f"page {name}": {"page": True, "requests": [], **settings}
        for name, settings in {
            "plain": {},
            "with a host": {"host": "http://x"},
            "with a picker": {"picker": True},
            "with a shape": {"shape": "Wave"},
            "with a shape and options": {"shape": "Common"},
            "with a shape and picker": {"shape": "Wave", "picker": True},
            "bare": {"bare": True},
            "after a start": {"requests": [swarm(**LOAD, run_time="1m", profile="p", host="http://x")]},
        }.items()
    },
    # --- login ---
    **{
        f"{line} as {who}": {
            "ui": {"web_login": True},
            "login": who,
            "requests": [{"line": line, "exact": False, "settings": {"data": LOAD} if line == "POST /swarm" else {}}],
        }
        for who in ("nobody", "somebody")
        for line in (
            "GET /",
            "GET /?tab=charts",
            "GET /login",
            "GET /stats/requests",
            "GET /stats/requests/csv",
            "GET /stats/report",
            "GET /exceptions",
            "GET /logs",
            "GET /assets/none.js",
            "POST /swarm",
            "POST /stop",
            "POST /stats/reset",
        )
    },
    # --- where it is ---
    "base path": {
        "ui": {"web_base_path": "/load"},
        "requests": [get("/load"), get("/load/"), get("/"), get("/load/stats/requests"), get("/load/login")],
    },
}


@pytest.fixture(scope="module")
def answers() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return probe("web_routes", CASES)


@pytest.mark.parametrize("case", CASES)
def test_a_request_is_answered_alike(case: str, answers: tuple[Any, Any], same: Comparison) -> None:
    theirs, ours = answers

    same(theirs[case], ours[case])
