"""`python -m benchmarks.viewers`: what people who watch the web UI cost a run.

A local run at a fixed rate, with and without viewers of the live stream in another process; their difference is what
the viewers cost, whatever else the machine does. With `--rate 0` the run goes as fast as it can, for the fall of
throughput.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

SERVE_TARGET = "from locust import _native; _native.serve_target('127.0.0.1', 0, lambda port: print(port, flush=True))"
LOCUSTFILE = """
from itertools import count

from locust import FastHttpUser, constant_throughput, task

NUMBERS = count()


class Visitor(FastHttpUser):
    {wait_time}

    @task
    def get(self):
        self.client.get("/", name=f"/item/{{next(NUMBERS) % {names}}}")
"""
VIEWERS = """
import asyncio
import sys


async def view(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/v2/stream HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
    while await reader.read(1 << 20):
        pass


async def main():
    await asyncio.gather(*(view(int(sys.argv[1])) for _ in range(int(sys.argv[2]))))


asyncio.run(main())
"""
USERS = 50


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.viewers", description=__doc__)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--names", type=int, nargs="+", default=[1, 10_000], help="names of requests, one table each")
    parser.add_argument("--rate", type=int, default=4000, help="requests/s, 0: all that is possible")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    print("| names | viewers | requests/s | CPU of a core | memory, MB |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for names in options.names:
        with _run(names, options.rate) as (process, url):
            for _ in range(options.rounds):
                for viewers in (0, options.viewers):
                    with _viewers(url, viewers):
                        rate, cpu, memory = _measure(process, url, options.seconds)
                    print(f"| {names:,} | {viewers} | {rate:,.0f} | {cpu:.1%} | {memory / 1e6:.0f} |", flush=True)


@contextmanager
def _run(names: int, rate: int) -> Iterator[tuple[psutil.Process, str]]:
    """A run with the web UI; its process, and where the UI is."""
    wait_time = f"wait_time = constant_throughput({rate / USERS})" if rate else ""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "locustfile.py"
        file.write_text(LOCUSTFILE.format(names=names, wait_time=wait_time))
        target = subprocess.Popen([sys.executable, "-c", SERVE_TARGET], stdout=subprocess.PIPE, text=True)
        assert target.stdout is not None
        host = f"http://127.0.0.1:{target.stdout.readline().strip()}"
        line = ["-f", str(file), "--web-port", "0", "--web-host", "127.0.0.1", "-H", host]
        locust = subprocess.Popen([sys.executable, "-m", "locust", *line], stderr=subprocess.PIPE, text=True)
        try:
            assert locust.stderr is not None
            found = next(filter(None, (re.search(r"http://[\d.]+:\d+", text) for text in locust.stderr)))
            _call(f"{found[0]}/api/v2/run/start", {"user_count": USERS, "spawn_rate": USERS})
            time.sleep(3)
            yield psutil.Process(locust.pid), found[0]
        finally:
            locust.kill()
            target.kill()


@contextmanager
def _viewers(url: str, count: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", VIEWERS, url.rsplit(":", 1)[1], str(count)])
    # Their first snapshots are no part of it.
    time.sleep(3)
    try:
        yield
    finally:
        process.kill()


def _measure(process: psutil.Process, url: str, seconds: float) -> tuple[float, float, int]:
    """Requests a second, share of a core, bytes of memory."""
    began, requests, cpu = time.monotonic(), _requests(url), sum(process.cpu_times()[:2])
    time.sleep(seconds)
    took = time.monotonic() - began
    used = sum(process.cpu_times()[:2]) - cpu
    return (_requests(url) - requests) / took, used / took, process.memory_info().rss


def _requests(url: str) -> int:
    return int(_call(f"{url}/api/v2/runs")["runs"][-1]["requests"])


def _call(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
