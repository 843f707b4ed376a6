"""A fleet of processes for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import nodes


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[nodes.Fleet]:
    with nodes.fleet(tmp_path) as here:
        yield here
