"""The hostile servers themselves: does each do what it says?"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

import pytest
from fakes import catalogue
from fakes.certificates import Certificates, make_certificates
from fakes.hostile import Hostile, HostileServer
from fakes.steps import Again, Flood, HalfClose, ReadBody, ReadHead, Reset, Send, Stall, TlsFiles

REQUEST = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    with Hostile() as process:
        yield process


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def connect(server: HostileServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=5)


def read_all(connection: socket.socket) -> bytes:
    read = b""
    while piece := connection.recv(65_536):
        read += piece
    return read


def test_a_script_is_played_and_what_it_saw_is_noted(hostile: Hostile) -> None:
    server = hostile.serve(ReadHead(), ReadBody(), Send(b"hello", piece_bytes=2))

    with connect(server) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")
        answer = read_all(client)

    assert answer == b"hello"
    server.wait_for("closed")
    assert [(note.kind, note.payload) for note in server.notes()] == [
        ("accepted", b""),
        ("head", b"POST / HTTP/1.1\r\nContent-Length: 3"),
        ("body", b"abc"),
        ("sent", b""),
        ("closed", b""),
    ]


def test_again_serves_further_requests_of_one_connection(hostile: Hostile) -> None:
    server = hostile.serve(ReadHead(), Send(b"ok"), Again())

    with connect(server) as client:
        client.sendall(REQUEST * 3)
        server.wait_for("sent", count=3)
        assert client.recv(6, socket.MSG_WAITALL) == b"okokok"

    server.wait_for("eof")
    assert len(server.notes("head")) == 3
    assert server.connection_count == 1


def test_each_connection_has_its_script_and_the_last_repeats(hostile: Hostile) -> None:
    server = hostile.serve(scripts=[[Send(b"first")], [Send(b"other")]])

    answers = []
    for _ in range(3):
        with connect(server) as client:
            answers.append(read_all(client))

    assert answers == [b"first", b"other", b"other"]


def test_a_reset_is_a_reset(hostile: Hostile) -> None:
    server = hostile.serve(ReadHead(), Reset())

    with connect(server) as client:
        client.sendall(REQUEST)
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_half_closed_server_still_reads(hostile: Hostile) -> None:
    server = hostile.serve(HalfClose())

    with connect(server) as client:
        assert client.recv(1) == b""
        client.sendall(b"x")
        assert server.notes("eof") == []

    server.wait_for("eof")


def test_a_stalling_server_notes_when_its_peer_goes(hostile: Hostile) -> None:
    server = hostile.serve(ReadHead(), Stall())

    with connect(server) as client:
        client.sendall(REQUEST)
        server.wait_for("head")

    server.wait_for("eof")


def test_a_flood_ends_when_its_peer_goes(hostile: Hostile) -> None:
    server = hostile.serve(Flood(b"x"))

    with connect(server) as client:
        assert client.recv(10_000)

    server.wait_for("gone")


def test_a_flood_can_be_bounded(hostile: Hostile) -> None:
    server = hostile.serve(Flood(b"abc", total_bytes=9))

    with connect(server) as client:
        assert read_all(client) == b"abcabcabc"


def test_a_refusing_port_refuses(hostile: Hostile) -> None:
    server = hostile.serve(kind="refusing")

    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_a_deaf_port_never_answers(hostile: Hostile) -> None:
    server = hostile.serve(kind="deaf")

    with pytest.raises(TimeoutError):
        socket.create_connection((server.host, server.port), timeout=0.1)


def test_a_closed_server_drops_its_connections(hostile: Hostile) -> None:
    server = hostile.serve(Stall())
    with connect(server) as client:
        server.wait_for("accepted")

        server.close()

        assert client.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_waiting_for_what_never_comes_says_what_came(hostile: Hostile) -> None:
    server = hostile.serve(Stall())

    with pytest.raises(TimeoutError, match=r"no head number 1 in 0\.01 s"):
        server.wait_for("head", deadline_seconds=0.01)


def shake_hands(server: HostileServer, certificates: Certificates, client_certificate: str | None = None) -> bytes:
    context = ssl.create_default_context(cafile=certificates.authority)
    if client_certificate is not None:
        context.load_cert_chain(client_certificate)
    with connect(server) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as client:
        client.sendall(REQUEST)
        return read_all(client)


@pytest.mark.parametrize("name", ["good", "good_chain"])
def test_a_good_certificate_is_accepted(hostile: Hostile, certificates: Certificates, name: str) -> None:
    server = hostile.serve(ReadHead(), Send(b"ok"), tls=TlsFiles(getattr(certificates, name)))

    assert shake_hands(server, certificates) == b"ok"
    assert server.notes("tls")[0].payload == b"TLSv1.3"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", "expired"),
        ("not-yet-valid", "not yet valid"),
        ("other-host", "IP address mismatch"),
        ("unknown-authority", "unable to get local issuer|self.signed"),
        ("missing-intermediate", "unable to get local issuer"),
    ],
)
def test_each_bad_certificate_is_bad_in_its_own_way(
    hostile: Hostile, certificates: Certificates, kind: str, reason: str
) -> None:
    server = hostile.serve(ReadHead(), tls=certificates.bad_kinds()[kind])

    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        shake_hands(server, certificates)
    server.wait_for("tls-failed")


def test_a_server_can_want_a_client_certificate(hostile: Hostile, certificates: Certificates) -> None:
    tls = TlsFiles(certificates.good, client_authority=certificates.authority)
    server = hostile.serve(ReadHead(), Send(b"ok"), tls=tls)

    assert shake_hands(server, certificates, certificates.client) == b"ok"
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on when the alert arrives
        shake_hands(server, certificates, certificates.stranger_client)


def test_a_server_can_be_held_to_one_version(hostile: Hostile, certificates: Certificates) -> None:
    server = hostile.serve(ReadHead(), Send(b"ok"), tls=TlsFiles(certificates.good, newest_version="1.2"))

    shake_hands(server, certificates)

    assert server.notes("tls")[0].payload == b"TLSv1.2"


def test_the_catalogue_names_only_known_failures() -> None:
    known = {
        *("reset", "closed", "truncated", "protocol", "header-overflow", "body-overflow", "decode"),
        *("connect-timeout", "read-timeout", "total-timeout", "tls"),
    }

    entries = [*catalogue.ALL.values(), *catalogue.HANDSHAKES.values()]
    assert {slug for entry in entries for slug in entry.slugs} <= known
    assert len(catalogue.ALL) == sum(
        len(part)
        for part in (
            catalogue.STALLS,
            catalogue.ENDINGS,
            catalogue.NONSENSE,
            catalogue.FLOODS,
            catalogue.CODINGS,
            catalogue.ODD_BUT_GOOD,
        )
    )


@pytest.mark.parametrize("name", [name for name, entry in catalogue.ALL.items() if not entry.needs_timeout])
def test_every_misbehaviour_ends_by_itself_or_with_its_peer(hostile: Hostile, name: str) -> None:
    server = hostile.serve(*catalogue.ALL[name].script)

    # One that resets at once may do so within `connect`.
    with contextlib.suppress(OSError), connect(server) as client:
        client.sendall(REQUEST)
        client.settimeout(0.05)
        while client.recv(65_536) and server.notes("gone") == [] and name not in catalogue.FLOODS:
            pass

    server.wait_for("closed")
