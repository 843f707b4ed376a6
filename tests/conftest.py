"""What all tests share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# On a busy machine an example may take any time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

SERVE_TARGET = "from locust import _native; _native.serve_target('127.0.0.1', 0, lambda port: print(port, flush=True))"


@pytest.fixture(scope="session")
def target() -> Iterator[str]:
    """Base URL of the bundled target, served by a process of its own."""
    with subprocess.Popen([sys.executable, "-c", SERVE_TARGET], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
