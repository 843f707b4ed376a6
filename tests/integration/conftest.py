"""What tests over real sockets share: a hostile server in a process of its own, certificates, local runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.certificates import Certificates, make_certificates
from fakes.environments import MakeEnvironment, environments
from fakes.hostile import hostile

__all__ = ["hostile"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def make_environment() -> Iterator[MakeEnvironment]:
    with environments() as make:
        yield make
