"""What tests over real sockets share: a hostile server in a process of its own, and certificates good and bad."""

from __future__ import annotations

import pytest
from fakes.certificates import Certificates, make_certificates
from fakes.hostile import hostile

__all__ = ["hostile"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))
