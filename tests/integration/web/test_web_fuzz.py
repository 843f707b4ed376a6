"""Requests of every odd kind over all routes: no 500, no traceback, no hang.

1,000 by default, `LOCUST_FUZZ_REQUESTS=10000 LOCUST_FUZZ_SEED=7` for more.
"""

from __future__ import annotations

import json
import logging
import os
import random
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from fakes.description import check_schema, description
from fakes.ui import locust_ui
from fakes.web import make_environment, make_web_ui

pytestmark = pytest.mark.slow

REQUESTS = int(os.environ.get("LOCUST_FUZZ_REQUESTS", "1000"))
SEED = int(os.environ.get("LOCUST_FUZZ_SEED", "1"))
# Far more than any takes, on a busy machine too.
SLOWEST_SEC = 20.0

TEXTS = [
    "",
    "0",
    "1",
    "-1",
    "1.5",
    "nan",
    "inf",
    "true",
    "Default",
    "Visitor",
    "Wave",
    "total",
    "0123456789abcdef",
    "http://x.example",
    "1h30m",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "'; drop table stats; --",
    "{{7*7}}",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "\x00",
    "\r\nSet-Cookie: a=b",
    "ünï¢ödé",
    "\u202e\u0000\ud800",
    "🦗" * 50,
    "A" * 5000,
]
# Nothing that would really start many users.
NUMBERS = [0, 1, 2, -1, 1.5, -0.0, 1e308, 10**30, True, None]
NAMES = ["user_count", "spawn_rate", "host", "run_time", "profile", "user_classes", "shape_class", "options", "tags"]
NAMES += ["weight", "fixed_count", "tasks", "attributes", "user_class_name", "stop_timeout", "reset_stats", "loglevel"]
QUERY = ["endpoint", "run", "since", "heat", "last_event_id", "theme", "download", "tab"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"]
HEADERS = ["Last-Event-ID", "Origin", "Sec-Fetch-Site", "Host", "Cookie", "Content-Type", "Range", "If-None-Match"]
TYPES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "?"]


def value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(6 if depth < 3 else 3)
    if kind <= 1:
        return chance.choice(TEXTS)
    if kind == 2:
        return chance.choice(NUMBERS)
    if kind == 3:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(NAMES + TEXTS): value(chance, depth + 1) for _ in range(chance.randrange(4))}


def body(chance: random.Random) -> dict[str, Any]:
    """The settings of a request with a body, or without one."""
    kind = chance.randrange(6)
    if kind == 0:
        return {}
    if kind == 1:
        data = bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
        return {"data": data, "content_type": chance.choice(TYPES)}
    if kind == 2:
        form = {chance.choice(NAMES): chance.choice(TEXTS).replace("\ud800", "") for _ in range(chance.randrange(5))}
        return {"data": form}
    if kind == 3:
        text = json.dumps(value(chance))
        return {"data": text[: chance.randrange(len(text) + 1)], "content_type": "application/json"}
    return {"data": json.dumps(value(chance)), "content_type": "application/json"}


def path(chance: random.Random, rules: list[str]) -> str:
    rule = chance.choice(rules)
    text = chance.choice([*TEXTS, "Visitor", "Visitor", "Buyer"]).replace("\ud800", "")
    return rule.replace("<user_class>", text).replace("<path:path>", text) or "/"


def test_nothing_that_is_sent_makes_the_server_fail(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(SEED)
    web_ui = make_web_ui(make_environment(), userclass_picker_is_active=True)
    rules = [rule.rule for rule in web_ui.app.url_map.iter_rules()]
    client = web_ui.app.test_client()
    caplog.set_level(logging.CRITICAL, "locust.user")
    for number in range(REQUESTS):
        settings = body(chance)
        headers = {
            chance.choice(HEADERS): chance.choice(TEXTS)
            .encode(errors="replace")
            .decode("latin-1")
            .replace("\n", "")
            .replace("\r", "")
            for _ in range(chance.randrange(2))
        }
        query = {chance.choice(QUERY): chance.choice(TEXTS).replace("\ud800", "") for _ in range(chance.randrange(3))}
        target = path(chance, rules)
        method = chance.choice(METHODS[:4] if chance.random() < 0.9 else METHODS)
        began = time.monotonic()

        answer = client.open(target, method=method, headers=headers, query_string=query, buffered=False, **settings)

        told = f"{method} {target} {query} {headers} {settings} (request {number} of seed {SEED})"
        if answer.content_type != "text/event-stream":
            assert b"Traceback (most" not in answer.data, told
        answer.close()
        assert answer.status_code < 500, told
        assert time.monotonic() - began < SLOWEST_SEC, told
        if target.startswith("/api/v2/") and answer.status_code >= 400 and method != "HEAD":
            check_schema(answer.json, "Problem")
    web_ui.environment.runner.quit()
    assert not [record for record in caplog.records if "resulted in a 500" in record.getMessage()]


RAW = [
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"POST /swarm HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /swarm HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /swarm HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
    b"POST /swarm HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    b"POST /swarm HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    bytes(range(256)) * 40,
]


def test_no_bytes_on_the_wire_make_the_server_fail_or_stop(tmp_path: Path) -> None:
    with locust_ui(tmp_path) as ui:
        port = int(ui.url.rsplit(":", 1)[1])
        for data in RAW:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                try:
                    connection.sendall(data)
                    connection.shutdown(socket.SHUT_WR)
                    answer = connection.recv(100)
                except OSError:
                    answer = b""
                assert b" 500 " not in answer[:20], data[:60]
            assert ui.get("/api/v2/run").status_code == 200
        ui.end()
        assert "Traceback" not in ui.log(), ui.log()


def test_all_paths_are_under_fire() -> None:
    rules = {rule.rule for rule in make_web_ui().app.url_map.iter_rules()}

    assert {path.replace("{user_class}", "<user_class>") for path in description()["paths"]} <= rules
