"""Encrypted ways between nodes: who gets through, who doesn't, and what is said of it."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import gevent
import pytest
import zmq.green as zmq
from fakes.certificates import Certificates
from fakes.toxiproxy import Toxiproxy
from gevent import ssl

from locust.exception import RPCError
from locust.rpc._certificates import CertificateFiles, ClusterIdentity
from locust.rpc._join import MasterIdentity, Token, WorkerIdentity
from locust.rpc._tunnel import MasterTunnel, WorkerTunnel


class Fleet:
    """A master's ROUTER behind a tunnel, and workers' DEALERs that come and go."""

    def __init__(self, identity) -> None:
        self._open = ExitStack()
        self._zmq = zmq.Context()
        self.tunnel = self._open.enter_context(MasterTunnel("127.0.0.1", 0, identity))
        self.router = self._zmq.socket(zmq.ROUTER)
        self.router.bind(self.tunnel.endpoint)

    def worker(self, identity, port: int | None = None):
        tunnel = self._open.enter_context(
            WorkerTunnel("127.0.0.1", port or self.tunnel.port, identity, pause=lambda _: 0.05)
        )
        dealer = self._zmq.socket(zmq.DEALER)
        dealer.connect(tunnel.endpoint)
        return dealer

    def close(self) -> None:
        self._open.close()
        self._zmq.destroy(linger=0)


@pytest.fixture
def fleet_of() -> Iterator[type[Fleet]]:
    made = []

    def make(identity) -> Fleet:
        made.append(Fleet(identity))
        return made[-1]

    yield make
    for fleet in made:
        fleet.close()


def cluster(certificates: Certificates, own: str, authority: str | None = None) -> ClusterIdentity:
    files = CertificateFiles(Path(own), Path(own), Path(authority or certificates.authority))
    return ClusterIdentity(files, logging.getLogger("test").warning)


def said(caplog: pytest.LogCaptureFixture, text: str, seconds: float = 5) -> bool:
    """Waits until the log has `text`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(text in message for message in caplog.messages):
            return True
        gevent.sleep(0.02)
    return False


def test_workers_with_the_token_talk_both_ways(fleet_of):
    identity = MasterIdentity()
    fleet = fleet_of(identity)
    token = Token.parse(str(identity.token(valid_seconds=60)))
    workers = [fleet.worker(WorkerIdentity(token)) for _ in range(3)]

    for number, worker in enumerate(workers):
        worker.send(b"hello %d" % number)
    got = {message: sender for sender, message in (fleet.router.recv_multipart() for _ in workers)}
    for message, sender in got.items():
        fleet.router.send_multipart([sender, message.upper()])

    assert [worker.recv() for worker in workers] == [b"HELLO 0", b"HELLO 1", b"HELLO 2"]


def test_big_messages_and_many_pass_whole_and_in_order(fleet_of):
    identity = MasterIdentity()
    fleet = fleet_of(identity)
    worker = fleet.worker(WorkerIdentity(identity.token(valid_seconds=60)))
    sent = [os.urandom(size) for size in (1, 3_000_000, *[500] * 2000)]

    for message in sent:
        worker.send(message)

    assert [fleet.router.recv_multipart()[1] for _ in sent] == sent


def test_nodes_with_certificates_of_one_authority_talk(fleet_of, certificates):
    fleet = fleet_of(cluster(certificates, certificates.good))
    worker = fleet.worker(cluster(certificates, certificates.client))

    worker.send(b"hello")

    assert fleet.router.recv_multipart()[1] == b"hello"


@pytest.mark.parametrize(
    ("node", "master_says", "worker_says"),
    [
        (
            lambda own, c: WorkerIdentity(MasterIdentity().token(valid_seconds=60)),
            "Refused a connection from 127.0.0.1: the connection ended before it had joined.",
            "isn't the master that printed the join token",
        ),
        (
            lambda own, c: WorkerIdentity(own.token(valid_seconds=-1)),
            "Refused a connection from 127.0.0.1: its join token has expired.",
            "the join token has expired: take the one that the master prints now. Trying on",
        ),
        (
            lambda own, c: WorkerIdentity(
                Token(own.token(valid_seconds=60).expires_at, own.token(valid_seconds=60).fingerprint, bytes(32))
            ),
            "Refused a connection from 127.0.0.1: its join token is not of this master.",
            "the join token is not of this master: take the one that it prints. Trying on",
        ),
        (
            lambda own, c: WorkerIdentity(
                Token(2**40, own.token(valid_seconds=60).fingerprint, own.token(valid_seconds=-1).secret)
            ),
            "Refused a connection from 127.0.0.1: its join token is not of this master.",
            "the join token is not of this master",
        ),
        (
            lambda own, c: cluster(c, c.client),
            "Refused a connection from 127.0.0.1:",
            "the certificate isn't accepted (self",
        ),
    ],
    ids=["foreign-token", "expired-token", "guessed-secret", "stretched-token", "certificate-instead"],
)
def test_a_worker_without_a_good_token_is_refused_and_both_say_why(
    fleet_of, certificates, caplog, node, master_says, worker_says
):
    own = MasterIdentity()
    fleet = fleet_of(own)

    fleet.worker(node(own, certificates)).send(b"let me in")

    assert said(caplog, master_says), caplog.messages
    assert said(caplog, worker_says), caplog.messages
    assert fleet.router.poll(200) == 0


@pytest.mark.parametrize(
    ("own", "authority", "worker_says"),
    [
        ("stranger_client", "authority", "the other side doesn't know the authority of our certificate"),
        ("client", "stranger", "the certificate isn't accepted (self-signed certificate in certificate chain)"),
    ],
)
def test_a_certificate_of_another_authority_is_refused(fleet_of, certificates, caplog, own, authority, worker_says):
    fleet = fleet_of(cluster(certificates, certificates.good))

    fleet.worker(cluster(certificates, getattr(certificates, own), getattr(certificates, authority))).send(b"hello")

    assert said(caplog, "Refused a connection from 127.0.0.1"), caplog.messages
    assert said(caplog, worker_says), caplog.messages
    assert fleet.router.poll(200) == 0


@pytest.mark.parametrize("bad", ["expired", "not_yet_valid", "other_host", "unknown_authority"])
def test_a_master_with_a_bad_certificate_is_not_believed(fleet_of, certificates, caplog, bad):
    fleet = fleet_of(cluster(certificates, getattr(certificates, bad)))

    fleet.worker(cluster(certificates, certificates.client)).send(b"secrets")

    assert said(caplog, "the certificate isn't accepted"), caplog.messages
    assert fleet.router.poll(200) == 0


def test_a_worker_that_speaks_no_tls_is_refused(fleet_of, caplog):
    fleet = fleet_of(MasterIdentity())
    plain = fleet._zmq.socket(zmq.DEALER)
    plain.connect(f"tcp://127.0.0.1:{fleet.tunnel.port}")

    plain.send(b"hello")

    assert said(caplog, "the other side speaks no TLS: one of the two runs without --secure"), caplog.messages
    assert fleet.router.poll(200) == 0


def test_a_refusal_is_said_once_for_each_peer(fleet_of, caplog):
    own = MasterIdentity()
    fleet = fleet_of(own)

    fleet.worker(WorkerIdentity(own.token(valid_seconds=-1)))
    gevent.sleep(1)

    refusals = [message for message in caplog.messages if message.startswith("Refused")]
    attempts = [message for message in caplog.messages if "Trying on" in message]
    assert (len(refusals), len(attempts)) == (1, 1)


def test_a_silent_peer_is_let_go(fleet_of, caplog, monkeypatch):
    monkeypatch.setattr("locust.rpc._tunnel.HANDSHAKE_SECONDS", 0.2)
    fleet = fleet_of(MasterIdentity())

    with socket.create_connection(("127.0.0.1", fleet.tunnel.port)) as connection:
        connection.settimeout(5)
        assert connection.recv(1) == b""
    assert said(caplog, "it didn't say who it is in time")


def test_what_was_recorded_once_opens_nothing_later():
    """A proof answers one challenge: the same bytes are wrong for the next."""
    own = MasterIdentity()
    proofs = []
    for _ in range(2):
        ours, theirs = socket.socketpair()
        joining = gevent.spawn(own.accept, ours)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = context.wrap_socket(theirs)
        raw.recv(36)
        if not proofs:
            # An honest worker's answer, caught by someone who broke the encryption.
            token = own.token(valid_seconds=60)
            proofs.append(b"t" + token.expires_at.to_bytes(8, "big") + bytes(32))
        raw.sendall(proofs[0])
        with pytest.raises(RPCError, match="is not of this master"):
            joining.get()


def test_a_worker_that_lost_its_connection_comes_back_even_with_an_expired_token(fleet_of):
    own = MasterIdentity()
    fleet = fleet_of(own)
    worker = fleet.worker(WorkerIdentity(own.token(valid_seconds=2)))
    worker.send(b"first")
    assert fleet.router.recv_multipart()[1] == b"first"

    gevent.sleep(2.1)
    fleet.tunnel._pool.kill()

    # What was under way when the connection broke is lost: ZeroMQ promises no more.
    while not fleet.router.poll(100):
        worker.send(b"second")
    assert fleet.router.recv_multipart()[1] == b"second"


def test_certificates_that_were_renewed_are_read_again(fleet_of, certificates, tmp_path, caplog):
    path = tmp_path / "node.pem"
    shutil.copy(certificates.expired, path)
    fleet = fleet_of(cluster(certificates, str(path)))
    worker = fleet.worker(cluster(certificates, certificates.client))
    worker.send(b"hello")
    assert said(caplog, "the certificate isn't accepted (certificate has expired)"), caplog.messages

    shutil.copy(certificates.good, path)

    assert fleet.router.poll(5000), caplog.messages


def test_certificates_that_were_broken_leave_the_old_ones_in_use(fleet_of, certificates, tmp_path, caplog):
    path = tmp_path / "node.pem"
    shutil.copy(certificates.good, path)
    fleet = fleet_of(cluster(certificates, str(path)))
    path.write_text("half a cert")

    fleet.worker(cluster(certificates, certificates.client)).send(b"hello")

    assert fleet.router.recv_multipart()[1] == b"hello"
    assert "The certificates from before are still used." in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": "none.pem"}, "--cluster-tls-key none.pem can't be read: No such file or directory."),
        ({"key": "other"}, "aren't a certificate and its unencrypted key in PEM form (key values mismatch)."),
        ({"authority": "empty"}, "holds no certificate in PEM form"),
    ],
)
def test_files_that_can_not_be_used_are_an_error_at_the_start(certificates, tmp_path, change, message):
    (tmp_path / "empty").write_text("nothing")
    known = {"other": certificates.client_key, "empty": str(tmp_path / "empty")}
    files = {"certificate": certificates.good, "key": certificates.good, "authority": certificates.authority}
    files.update({which: known.get(path, path) for which, path in change.items()})

    with pytest.raises(RPCError) as caught:
        ClusterIdentity(CertificateFiles(**{which: Path(path) for which, path in files.items()}), print)
    assert message in str(caught.value)


def test_a_port_in_use_is_an_error_that_names_it():
    with (
        MasterTunnel("127.0.0.1", 0, MasterIdentity()) as first,
        pytest.raises(RPCError, match=f"Can't listen for workers at 127.0.0.1:{first.port}: Address already in use."),
    ):
        MasterTunnel("127.0.0.1", first.port, MasterIdentity())


def test_random_bytes_harm_nobody(fleet_of):
    own = MasterIdentity()
    fleet = fleet_of(own)

    def attack(number: int) -> None:
        with socket.create_connection(("127.0.0.1", fleet.tunnel.port)) as connection:
            connection.sendall(os.urandom(1 + number % 300))

    gevent.joinall([gevent.spawn(attack, number) for number in range(500)], raise_error=True)
    worker = fleet.worker(WorkerIdentity(own.token(valid_seconds=60)))
    worker.send(b"hello")

    assert fleet.router.recv_multipart()[1] == b"hello"


def test_a_network_that_is_slow_and_breaks_is_joined_again(fleet_of):
    own = MasterIdentity()
    fleet = fleet_of(own)
    with Toxiproxy() as toxiproxy:
        way = toxiproxy.to(fleet.tunnel.port)
        way.add("latency", latency=50, jitter=30)
        way.add("slicer", average_size=7, size_variation=3, stream="upstream")
        worker = fleet.worker(WorkerIdentity(own.token(valid_seconds=60)), way.port)
        worker.send(b"slow")
        assert fleet.router.recv_multipart()[1] == b"slow"

        way.cut()
        gevent.sleep(0.5)
        way.mend()

        while not fleet.router.poll(100):
            worker.send(b"again")
        assert fleet.router.recv_multipart()[1] == b"again"
