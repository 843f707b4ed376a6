"""Toxiproxy, a real TCP proxy that delays, slows and cuts on request; built once from its Go module."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

MODULE = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"
TOOLS = Path(__file__).parents[2] / "build" / "tools"


def built() -> Path:
    """The server's binary, under build/tools."""
    binary = TOOLS / "toxiproxy-server"
    if not binary.exists():
        if shutil.which("go") is None:
            raise RuntimeError("Toxiproxy is built with Go: install it (https://go.dev/dl)")
        TOOLS.mkdir(parents=True, exist_ok=True)
        subprocess.run(["go", "install", MODULE], env={**os.environ, "GOBIN": str(TOOLS)}, check=True, timeout=300)
        (TOOLS / "server").rename(binary)
    return binary


class Proxy:
    """One way through the proxy.

    Attributes:
        port: where it listens, on 127.0.0.1.
    """

    def __init__(self, api: str, name: str, upstream_port: int) -> None:
        self._url = f"{api}/proxies/{name}"
        made = requests.post(
            f"{api}/proxies",
            json={"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream_port}", "enabled": True},
            timeout=5,
        )
        made.raise_for_status()
        self.port = int(made.json()["listen"].rsplit(":", 1)[1])
        self._listen = made.json()["listen"]

    def cut(self) -> None:
        """Close all connections and let none in."""
        self._enable(False)

    def mend(self) -> None:
        """Let connections in again."""
        self._enable(True)

    def add(self, kind: str, *, stream: str = "downstream", **attributes: Any) -> None:
        """Do something bad from now on: `latency` (latency, jitter: ms), `bandwidth` (rate: KB/s), `slicer`..."""
        body = {"type": kind, "stream": stream, "attributes": attributes}
        requests.post(f"{self._url}/toxics", json=body, timeout=5).raise_for_status()

    def remove(self, kind: str, *, stream: str = "downstream") -> None:
        """Stop doing it."""
        requests.delete(f"{self._url}/toxics/{kind}_{stream}", timeout=5).raise_for_status()

    def _enable(self, enabled: bool) -> None:
        # The port is named again: with 0 it would be another one.
        requests.post(self._url, json={"listen": self._listen, "enabled": enabled}, timeout=5).raise_for_status()


class Toxiproxy:
    """The proxy's process, for a `with` block."""

    def __enter__(self) -> Toxiproxy:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._process = subprocess.Popen(
            [built(), "-host", "127.0.0.1", "-port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._api = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                requests.get(f"{self._api}/version", timeout=1)
                return self
            except requests.ConnectionError:
                time.sleep(0.05)
        raise RuntimeError("Toxiproxy doesn't answer")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def to(self, port: int) -> Proxy:
        """A way to a port on 127.0.0.1."""
        return Proxy(self._api, f"to-{port}", port)
