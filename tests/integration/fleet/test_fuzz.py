"""A master that hears nonsense: from strangers, from known workers, in pieces and in floods."""

from __future__ import annotations

import os
import random
import socket
import time

import gevent
import msgpack
import pytest
import zmq.green as zmq

from locust import rpc
from locust.env import Environment
from locust.event import Events
from locust.rpc.protocol import MOST_BYTES
from locust.runners import MasterRunner

pytestmark = pytest.mark.slow

MESSAGE_COUNT = 100_000
TYPES = [
    "client_ready",
    "locustfile",
    "spawning",
    "spawning_complete",
    "stats",
    "heartbeat",
    "logs",
    "exception",
    "client_stopped",
    "fleet_leaving",
    "fleet_report_accepted",
    "hello",
    "",
    "x" * 300,
]
KEYS = ["stats", "stats_total", "errors", "user_classes_count", "user_count", "state", "logs", "worker_id", "msg"]
KEYS += ["traceback", "snapshot", "report", "run", "name", "method", "num_requests", "response_times", "version"]
LEAVES = [None, True, -1, 0, 1, 2**62, 2**63, 1.5, float("nan"), float("inf"), "", "running", b"\xff" * 10, [], {}]
LEAVES += ["x" * 1000, "2.47.0", "A"]


@pytest.fixture
def master():
    runner = Environment(events=Events()).create_master_runner("127.0.0.1", 0)
    yield runner
    runner.quit()


def peer(master: MasterRunner, identity: bytes):
    dealer = zmq.Context.instance().socket(zmq.DEALER)
    dealer.setsockopt(zmq.IDENTITY, identity)
    dealer.setsockopt(zmq.LINGER, 0)
    dealer.setsockopt(zmq.SNDHWM, 0)
    dealer.connect(f"tcp://127.0.0.1:{master.server.port}")
    return dealer


def assert_alive(master: MasterRunner) -> None:
    """A worker that behaves is accepted and heard."""
    worker = rpc.rpc.Client("127.0.0.1", master.server.port, f"h_{random.random()}")
    worker.send(rpc.Message("client_ready", -1, "h"))
    with gevent.Timeout(20):
        assert worker.recv().type == "ack"
        worker.send(rpc.Message("heartbeat", {"state": "ready", "current_cpu_usage": 1}, "h"))
        while worker.recv().type != "heartbeat":
            pass
    worker.send(rpc.Message("quit", None, "h"))
    worker.close()


def nonsense(random: random.Random, depth: int = 3):
    if depth and random.random() < 0.6:
        if random.random() < 0.7:
            keys = random.sample(KEYS, random.randint(0, 5))
            return {key: nonsense(random, depth - 1) for key in keys}
        return [nonsense(random, depth - 1) for _ in range(random.randint(0, 3))]
    return random.choice(LEAVES)


def frames(random: random.Random) -> list[bytes]:
    """One message: random bytes, a message that is cut or changed, or one whose contents make no sense."""
    kind = random.random()
    if kind < 0.15:
        return [random.randbytes(random.randint(0, 60))]
    if kind < 0.2:
        return [random.randbytes(5) for _ in range(random.randint(2, 4))]
    packed = bytearray(msgpack.packb([random.choice(TYPES), nonsense(random), random.choice(["w", None, 5, "h_w"])]))
    if kind < 0.4:
        packed[random.randrange(len(packed))] = random.randrange(256)
    elif kind < 0.5:
        del packed[random.randrange(len(packed)) :]
    return [bytes(packed)]


def test_a_hundred_thousand_messages_of_nonsense_do_no_harm(master, caplog):
    dice = random.Random(0)
    peers = [peer(master, identity) for identity in (b"h_w", b"h_v", b"\xff\xfe", b"new\nline", b"x" * 255)]
    handled = []
    master.check_stopped = lambda: handled.append(1)
    peers[0].send(msgpack.packb(["client_ready", -1, "h_w"]))
    for number in range(MESSAGE_COUNT):
        dice.choice(peers).send_multipart(frames(dice))
        if number % 500 == 0:
            gevent.sleep(0)
    assert_alive(master)
    # All of it has been read before: what one peer sends comes in order, and here is the end of each.
    for each in peers[:2]:
        each.send(msgpack.packb(["quit", None, ""]))
    with gevent.Timeout(40):
        while {"h_w", "h_v"} & set(master.clients):
            gevent.sleep(0.05)
    assert_alive(master)

    assert len(handled) > MESSAGE_COUNT * 0.2
    assert master.stats.total.num_requests == 0
    assert len(caplog.messages) < 500
    assert not [record for record in caplog.records if record.exc_info]


def test_a_peer_that_is_no_zeromq_is_refused(master):
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(5000), b"\xff" + b"\0" * 8 + b"\x7f" + b"\3\0NULL", b""):
        with socket.create_connection(("127.0.0.1", master.server.port)) as connection:
            connection.sendall(garbage)
            gevent.sleep(0.02)

    assert_alive(master)


def test_an_oversized_message_ends_its_connection_only(master):
    huge = peer(master, b"h_huge")
    huge.send(b"\0" * (MOST_BYTES + 1))

    assert_alive(master)
    assert "h_huge" not in master.clients


def test_a_message_that_unpacks_to_very_much_is_refused(master):
    bomb = peer(master, b"h_bomb")
    deep = b"\x91" * 100_000 + b"\xc0"
    wide = b"\xdd\xff\xff\xff\xff"
    for data in (deep, wide, b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"):
        bomb.send(b"\x93\xa5stats" + data + b"\xc0")
    began = time.monotonic()

    assert_alive(master)
    assert time.monotonic() - began < 5


def test_a_flood_of_workers_is_counted_and_forgotten(master):
    dealers = [peer(master, f"h_{number}".encode()) for number in range(50)]
    for dealer in dealers:
        dealer.send(msgpack.packb(["client_ready", "2.47.0", ""]))
        dealer.send(msgpack.packb(["quit", None, ""]))

    assert_alive(master)
    with gevent.Timeout(10):
        while len(master.clients):
            gevent.sleep(0.01)
