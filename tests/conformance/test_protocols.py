"""Users of `locust.contrib` report, give and raise the same as upstream's, at the same servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from beside import Comparison, probe
from beside.programs import FOLDER
from fakes.certificates import make_certificates
from fakes.daemons import ferretdb, mosquitto, postgresql, unbound
from fakes.speaking import speaking

CASES = re.findall(r'^@case\("(.+)"\)', (FOLDER / "probes" / "protocols.py").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Both answers, of one run of each."""
    with ExitStack() as servers:
        broker = servers.enter_context(mosquitto())
        certificates = make_certificates(tmp_path_factory.mktemp("certificates"))
        addresses = {
            "mqtt": broker.port,
            "mqtt guarded": broker.ports["guarded"],
            "mqtt websocket": broker.ports["websocket"],
            "postgres": servers.enter_context(postgresql()),
            "mongodb": servers.enter_context(ferretdb()),
            "dns": servers.enter_context(unbound(certificates.good)).port,
            "socketio": servers.enter_context(speaking("socketio")),
            "openai": servers.enter_context(speaking("openai")),
        }
        yield probe("protocols", addresses)


@pytest.mark.parametrize("case", CASES)
def test_a_user_reports_the_same(case: str, answers: Any, same: Comparison) -> None:
    theirs, ours = answers
    same(theirs[case], ours[case])
