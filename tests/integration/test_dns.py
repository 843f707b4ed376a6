"""DNSUser at a real DNS server, unbound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dns.message
import dns.query
import pytest
from fakes.certificates import Certificates
from fakes.daemons import Server, free_port, unbound
from fakes.reports import Reports

from locust.contrib.dns import DNSUser

HERE = dns.message.make_query("here.test", "A")
GONE = dns.message.make_query("gone.test", "A")


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Server]:
    with unbound(certificates.good) as running:
        yield running


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def client(reports: Reports) -> Any:
    return reports.user(DNSUser).client


def test_questions_go_by_udp_tcp_tls_and_https(
    client: Any, reports: Reports, server: Server, certificates: Certificates
) -> None:
    by_udp = client.udp(HERE, "127.0.0.1", port=server.port)
    by_tcp = client.tcp(HERE, "127.0.0.1", port=server.port, name="A by TCP")
    by_tls = client.tls(HERE, "127.0.0.1", port=server.ports["tls"], verify=certificates.authority)
    url = f"https://127.0.0.1:{server.ports['https']}/dns-query"
    by_https = client.https(HERE, url, verify=certificates.authority)
    with_fallback = client.udp_with_fallback(HERE, "127.0.0.1", port=server.port)

    answers = {answer.answer[0][0].address for answer in (by_udp, by_tcp, by_tls, by_https, with_fallback)}
    assert answers == {"192.0.2.7"}
    assert reports.rows == [
        ("DNS", "udp", None),
        ("DNS", "A by TCP", None),
        ("DNS", "tls", None),
        ("DNS", "https", None),
        ("DNS", "udp_with_fallback", None),
    ]
    assert reports.all[0]["response"] is by_udp
    assert reports.all[0]["response_length"] == 0


def test_a_name_that_does_not_exist_is_a_failure(client: Any, reports: Reports, server: Server) -> None:
    answer = client.udp(GONE, "127.0.0.1", port=server.port)

    assert answer.answer == []
    assert reports.rows == [("DNS", "udp", "LocustError('No answer in DNS response')")]


def test_no_answer_in_time_is_a_failure(client: Any, reports: Reports) -> None:
    answer = client.udp(HERE, "127.0.0.1", port=free_port(), timeout=0.1)

    assert answer is None
    assert reports.rows == [("DNS", "udp", "Timeout('The DNS operation timed out.')")]


def test_a_refused_connection_is_reported_and_raised(client: Any, reports: Reports) -> None:
    with pytest.raises(ConnectionRefusedError):
        client.tcp(HERE, "127.0.0.1", port=free_port(), timeout=1)

    assert reports.rows == [("DNS", "tcp", "ConnectionRefusedError(111, 'Connection refused')")]


def test_a_failed_https_exchange_is_reported_and_raised(client: Any, reports: Reports) -> None:
    # Of a library that dnspython chooses.
    with pytest.raises(Exception, check=lambda error: type(error).__name__ == "ConnectError"):  # noqa: B017
        client.https(HERE, f"https://127.0.0.1:{free_port()}/dns-query", timeout=1)

    assert reports.errors == ["ConnectError"]


def test_a_wrong_argument_is_raised_not_reported(client: Any, reports: Reports) -> None:
    with pytest.raises(AttributeError):
        client.udp("here.test", "127.0.0.1")
    with pytest.raises(ValueError):  # noqa: PT011 (it says nothing)
        client.udp(HERE, "no address")

    assert reports.rows == []


def test_functions_that_dnspython_does_not_have_are_told(client: Any, reports: Reports) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        client.nonsense(HERE, "127.0.0.1")

    assert reports.rows == []
