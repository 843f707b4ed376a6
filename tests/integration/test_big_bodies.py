"""Bodies larger than anybody wants in memory pass through both clients, up and down.

`BIG_BODY_BYTES=2147483648 pytest tests/integration/test_big_bodies.py` takes 2 GiB each way; CI takes less, which is
still several times what a client may take for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

SIZE_BYTES = int(os.getenv("BIG_BODY_BYTES") or 128 << 20)
MAY_GROW_BYTES = 32 << 20

PRELUDE = """
import resource, sys, tempfile
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook, Events
from locust import FastHttpUser, HttpUser

url, kind, size = sys.argv[1], sys.argv[2], int(sys.argv[3])

class Visitor(FastHttpUser if kind == "fast" else HttpUser):
    host = url
    network_timeout = connection_timeout = 60.0

client = Visitor(Environment(events=Events(), user_classes=[Visitor])).client

def pieces():
    piece = b"x" * (1 << 16)
    for _ in range(size >> 16):
        yield piece

def rest(response):
    return sum(len(piece) for piece in response.iter_content(1 << 16))

def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

client.get("/")
rest(client.get("/bytes/100000", stream=True))
client.post("/upload", data=iter([b"x"]))
before = peak_bytes()
"""

EPILOGUE = """
print(moved, peak_bytes() - before)
"""

WAYS = {
    "download": 'moved = rest(client.get(f"/bytes/{size}", stream=True))',
    # Chunks of 1,000 bytes.
    "chunked-download": 'moved = rest(client.get(f"/chunked/{size // 1000}", stream=True)) + size % 1000',
    "generator-upload": 'moved = client.post("/upload", data=pieces()).json()["bytes"]',
    "file-upload": """
        with tempfile.TemporaryFile() as file:
            file.truncate(size)
            moved = client.post("/upload", data=file).json()["bytes"]
    """,
}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["http", "fast"])
@pytest.mark.parametrize("way", WAYS)
def test_a_big_body_takes_little_memory(target: str, kind: str, way: str) -> None:
    script = PRELUDE + textwrap.dedent(WAYS[way]) + EPILOGUE

    done = subprocess.run(
        [sys.executable, "-c", script, target, kind, str(SIZE_BYTES)], capture_output=True, text=True, timeout=280
    )

    assert done.returncode == 0, done.stderr
    moved, grown = map(int, done.stdout.split())
    assert moved == SIZE_BYTES
    assert grown < MAY_GROW_BYTES
