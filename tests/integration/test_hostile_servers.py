"""A hostile server never crashes, hangs or bloats the engine: each misbehaviour ends as the failure that it is."""

from __future__ import annotations

import os
import resource
import time

import gevent
import pytest
from fakes import catalogue
from fakes.certificates import Certificates
from fakes.hostile import Hostile
from fakes.steps import Again, Flood, Pause, ReadHead, ReadSome, Send, Stall, TlsFiles

from locust import _native

IS_OK = bytes(1 if 200 <= status < 400 else 0 for status in range(600))
TIMEOUT_SECONDS = 0.15
# Nothing may take that long: it would hang.
PATIENCE_SECONDS = 8.0
# Floods are endless: whatever the engine keeps of them, it must be far below this.
BLOAT_BYTES = 256 << 20


class Response:
    _exchange: _native.Exchange


class Listeners:
    """As much of an event as a session looks at."""

    _handlers: list[object] = []


def make_session(tls: _native.Tls | None = None) -> _native.Session:
    session = _native.Session(Response, Listeners(), is_ok=IS_OK, tls=tls)
    session.connect_timeout = session.read_timeout = TIMEOUT_SECONDS
    session.total_timeout = 5.0
    return session


def get(session: _native.Session, url: str) -> _native.Exchange:
    with gevent.Timeout(PATIENCE_SECONDS):
        response = session.request("GET", url, url, None, None, None, False)
    assert response is not None
    return response if isinstance(response, _native.Exchange) else response._exchange


def check(exchange: _native.Exchange, expected: catalogue.Misbehaviour) -> None:
    if exchange.failure is not None:
        assert exchange.failure.slug in expected.slugs, exchange.failure.message
        assert exchange.status_code == 0
        assert exchange.failure.message
    elif "decode" in expected.slugs:
        with pytest.raises(ValueError, match=r"."):
            exchange.content  # noqa: B018 - it is the look that raises
    else:
        assert not expected.slugs, f"succeeded with {exchange.status_code} {exchange.content[:80]!r}"
        assert exchange.content == expected.body


@pytest.mark.parametrize("name", catalogue.ALL)
def test_each_misbehaviour_ends_as_what_it_is(hostile: Hostile, name: str) -> None:
    expected = catalogue.ALL[name]
    server = hostile.serve(*expected.script)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    exchange = get(make_session(), server.url + "/x")

    check(exchange, expected)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before < BLOAT_BYTES


@pytest.mark.parametrize("name", catalogue.HANDSHAKES)
def test_each_broken_handshake_ends_as_what_it_is(hostile: Hostile, name: str) -> None:
    expected = catalogue.HANDSHAKES[name]
    server = hostile.serve(*expected.script)

    exchange = get(make_session(_native.Tls(verify=False)), server.tls_url + "/x")

    check(exchange, expected)
    assert exchange.failure is not None
    assert exchange.failure.phase == "tls"


def test_a_failed_connection_is_not_used_again(hostile: Hostile) -> None:
    session = make_session()
    server = hostile.serve(scripts=[[ReadHead(), Send(b"HTTP/1.1 2"), Stall()], [ReadHead(), Send(catalogue.EMPTY_OK)]])

    first = get(session, server.url + "/x")
    second = get(session, server.url + "/x")

    assert first.failure is not None
    assert first.failure.slug == "read-timeout"
    assert second.status_code == 200
    assert not second.is_reused
    server.wait_for("eof")


@pytest.mark.parametrize("scripts", [catalogue.CLOSES_AFTER_ONE_ANSWER, catalogue.RESETS_WHEN_USED_AGAIN])
def test_a_connection_that_was_closed_meanwhile_is_replaced(
    hostile: Hostile, scripts: tuple[catalogue.Script, ...]
) -> None:
    session = make_session()
    server = hostile.serve(scripts=scripts)

    statuses = [get(session, server.url + "/x").status_code for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert server.connection_count == 2


def test_what_came_unasked_is_not_taken_for_the_next_answer(hostile: Hostile) -> None:
    session = make_session()
    unasked = catalogue.EMPTY_OK + b"HTTP/1.1 500 Unasked\r\nContent-Length: 0\r\n\r\n"
    server = hostile.serve(
        scripts=[[ReadHead(), Send(unasked), Stall()], [ReadHead(), Send(catalogue.EMPTY_OK), Stall()]]
    )

    statuses = [get(session, server.url + "/x").status_code for _ in range(2)]

    assert statuses == [200, 200]


def test_a_refusing_port_is_refused_at_once(hostile: Hostile) -> None:
    exchange = get(make_session(), hostile.serve(kind="refusing").url)

    assert exchange.failure is not None
    assert (exchange.failure.slug, exchange.failure.phase) == ("connect-refused", "connect")


def test_a_deaf_port_ends_with_the_connect_timeout(hostile: Hostile) -> None:
    server = hostile.serve(kind="deaf")
    began = time.monotonic()

    exchange = get(make_session(), server.url)

    assert exchange.failure is not None
    assert (exchange.failure.slug, exchange.failure.phase) == ("connect-timeout", "connect")
    assert TIMEOUT_SECONDS - 0.01 <= time.monotonic() - began < TIMEOUT_SECONDS + 1.0


def test_a_name_that_nobody_has_is_a_dns_failure() -> None:
    exchange = get(make_session(), "http://nobody.invalid/")

    assert exchange.failure is not None
    assert (exchange.failure.slug, exchange.failure.phase) == ("dns", "dns")


def test_a_trickle_is_stopped_by_the_total_timeout(hostile: Hostile) -> None:
    session = make_session()
    session.total_timeout = 0.4
    trickle = Send(b"X: y\r\n" * 1_000, piece_bytes=6, pause_seconds=0.01)
    server = hostile.serve(ReadHead(), Send(catalogue.OK), trickle)

    exchange = get(session, server.url)

    assert exchange.failure is not None
    assert exchange.failure.slug == "total-timeout"
    assert 390 <= exchange.elapsed_ms < 1_000


def test_good_certificates_are_accepted(hostile: Hostile, certificates: Certificates) -> None:
    for path in (certificates.good, certificates.good_chain):
        server = hostile.serve(ReadHead(), Send(catalogue.EMPTY_OK), Stall(), tls=TlsFiles(path))
        for host in ("127.0.0.1", "localhost"):
            exchange = get(make_session(_native.Tls(ca_files=[certificates.authority])), server.url_for(host) + "/")

            assert exchange.status_code == 200, exchange.failure and exchange.failure.message


@pytest.mark.parametrize(
    "kind", ["missing-intermediate", "expired", "not-yet-valid", "other-host", "unknown-authority"]
)
def test_each_bad_certificate_is_refused_unless_nobody_looks(
    hostile: Hostile, certificates: Certificates, kind: str
) -> None:
    server = hostile.serve(ReadHead(), Send(catalogue.EMPTY_OK), Stall(), tls=certificates.bad_kinds()[kind])

    refused = get(make_session(_native.Tls(ca_files=[certificates.authority])), server.url + "/")
    accepted = get(make_session(_native.Tls(verify=False)), server.url + "/")

    assert refused.failure is not None
    assert (refused.failure.slug, refused.failure.phase) == ("tls-verify", "tls")
    assert accepted.status_code == 200, accepted.failure and accepted.failure.message


def test_a_client_certificate_is_shown_when_asked_for(hostile: Hostile, certificates: Certificates) -> None:
    wanted = TlsFiles(certificates.good, client_authority=certificates.authority)
    server = hostile.serve(ReadHead(), Send(catalogue.EMPTY_OK), Stall(), tls=wanted)
    trust = [certificates.authority]

    with_one = _native.Tls(ca_files=trust, cert_file=certificates.client_certificate, key_file=certificates.client_key)
    shown = get(make_session(with_one), server.url + "/")
    without = get(make_session(_native.Tls(ca_files=trust)), server.url + "/")

    assert shown.status_code == 200, shown.failure and shown.failure.message
    assert without.failure is not None
    assert without.failure.slug in {"tls", "closed", "reset"}


def test_tls_1_2_is_spoken_too(hostile: Hostile, certificates: Certificates) -> None:
    tls = TlsFiles(certificates.good, newest_version="1.2")
    server = hostile.serve(ReadHead(), Send(catalogue.EMPTY_OK), Stall(), tls=tls)

    assert get(make_session(_native.Tls(ca_files=[certificates.authority])), server.url + "/").status_code == 200


@pytest.mark.parametrize(
    "script",
    [
        [ReadHead(), Stall()],
        [ReadHead(), Send(catalogue.OK), Stall()],
        [ReadHead(), Send(catalogue.CHUNKED_OK), Flood(b"1\r\nx\r\n")],
    ],
)
def test_a_kill_in_any_phase_closes_the_connection(hostile: Hostile, script: catalogue.Script) -> None:
    server = hostile.serve(*script)
    session = make_session()
    session.read_timeout = None
    job = gevent.spawn(get, session, server.url + "/x")
    with gevent.Timeout(PATIENCE_SECONDS):
        while not server.notes("head"):
            gevent.sleep(0.005)

    job.kill(timeout=PATIENCE_SECONDS)

    assert job.ready()
    server.wait_for("closed")


def test_a_kill_while_connecting_ends_at_once(hostile: Hostile) -> None:
    session = make_session()
    session.connect_timeout = None
    job = gevent.spawn(get, session, hostile.serve(kind="deaf").url)
    gevent.sleep(0.05)

    job.kill(timeout=1)

    assert job.ready()


def test_a_kill_in_the_handshake_closes_the_connection(hostile: Hostile) -> None:
    server = hostile.serve(ReadSome(), Stall())
    session = make_session(_native.Tls(verify=False))
    session.connect_timeout = None
    job = gevent.spawn(get, session, server.tls_url + "/x")
    server.wait_for("bytes")

    job.kill(timeout=PATIENCE_SECONDS)

    assert job.ready()
    server.wait_for("closed")


@pytest.mark.parametrize("body", [b"x" * (64 << 20), [b"x" * (1 << 20)] * 64], ids=["whole", "streamed"])
def test_a_kill_in_the_middle_of_an_upload_closes_the_connection(hostile: Hostile, body: bytes | list[bytes]) -> None:
    server = hostile.serve(ReadHead(), Pause(0.3), Stall())
    session = make_session()
    session.read_timeout = None
    job = gevent.spawn(session.exchange, "POST", server.url + "/x", [], body)
    server.wait_for("head")

    job.kill(timeout=PATIENCE_SECONDS)

    assert job.ready()
    server.wait_for("closed")


def test_running_out_of_descriptors_is_a_failure_and_passes(hostile: Hostile) -> None:
    server = hostile.serve(ReadHead(), Send(catalogue.EMPTY_OK), Again())
    get(make_session(), server.url + "/")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    sessions = [make_session() for _ in range(20)]

    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 5, hard))
    try:
        exchanges = [get(session, server.url + "/") for session in sessions]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    afterwards = [get(session, server.url + "/").status_code for session in sessions]

    failures = [exchange.failure for exchange in exchanges if exchange.failure is not None]
    assert 10 <= len(failures) < 20
    assert {failure.slug for failure in failures} == {"too-many-files"}
    assert afterwards == [200] * 20
