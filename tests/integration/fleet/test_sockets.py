"""The sockets between nodes."""

from __future__ import annotations

import socket

import gevent
import pytest
import zmq.green as zmq

from locust import rpc, runners
from locust.exception import RPCError, RPCReceiveError
from locust.rpc import Message


@pytest.fixture
def server():
    made = rpc.rpc.Server("127.0.0.1", 0)
    yield made
    made.close(linger=0)


@pytest.fixture
def client(server):
    made = rpc.rpc.Client("127.0.0.1", server.port, "h_1")
    yield made
    made.close(linger=0)


@pytest.fixture(autouse=True)
def limit():
    with gevent.Timeout(10):
        yield


def test_the_module_is_where_upstreams_is():
    assert rpc.rpc is rpc.zmqrpc is runners.rpc
    assert rpc.rpc.Message is Message


def test_messages_go_both_ways(server, client):
    client.send(Message("hello", {"a": [1]}, "h_1"))
    client_id, message = server.recv_from_client()
    server.send_to_client(Message("answer", b"x", client_id))
    answer = client.recv()

    assert (client_id, message.type, message.data, message.node_id) == ("h_1", "hello", {"a": [1]}, "h_1")
    assert (answer.type, answer.data) == ("answer", b"x")


def test_a_message_to_nobody_is_dropped(server):
    server.send_to_client(Message("hello", None, "nobody"))


def test_bytes_that_are_no_message_name_their_sender(server, client):
    client.socket.send(b"\xc1")
    with pytest.raises(RPCReceiveError, match="Bad message") as raised:
        server.recv_from_client()

    assert raised.value.addr == "h_1"
    server.socket.send_multipart([b"h_1", b"\xc1"])
    with pytest.raises(RPCReceiveError, match="Bad message"):
        client.recv()


def test_a_port_in_use_says_what_to_do(server):
    with pytest.raises(
        RPCError, match=f"Address already in use .*Choose another --master-bind-port than {server.port}"
    ):
        rpc.rpc.Server("127.0.0.1", server.port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_says_what_to_do(host):
    with pytest.raises(RPCError, match=f"'{host}' is no address of this machine. Choose another --master-bind-host"):
        rpc.rpc.Server(host, 0)


def test_a_worker_that_comes_back_over_another_connection_takes_its_place(server, client):
    client.send(Message("first", None, "h_1"))
    server.recv_from_client()
    again = rpc.rpc.Client("127.0.0.1", server.port, "h_1")
    again.send(Message("second", None, "h_1"))
    server.recv_from_client()
    server.send_to_client(Message("answer", None, "h_1"))

    assert again.recv().type == "answer"
    again.close(linger=0)


def test_a_client_may_be_there_before_its_master():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client = rpc.rpc.Client("127.0.0.1", port, "h_1")
    client.send(Message("hello", None, "h_1"))
    gevent.sleep(0.1)
    server = rpc.rpc.Server("127.0.0.1", port)

    assert server.recv_from_client()[1].type == "hello"
    client.close(linger=0)
    server.close(linger=0)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_ipv6_and_names_are_addresses_too(host):
    server = rpc.rpc.Server("*", 0)
    client = rpc.rpc.Client(host, server.port, "h_1")
    client.send(Message("hello", None, "h_1"))

    assert server.recv_from_client()[0] == "h_1"
    client.close(linger=0)
    server.close(linger=0)


def test_what_was_sent_leaves_before_a_socket_is_closed(server):
    client = rpc.rpc.Client("127.0.0.1", server.port, "h_1")
    client.send(Message("quit", "x" * 1_000_000, "h_1"))
    client.close()

    assert len(server.recv_from_client()[1].data) == 1_000_000


def test_a_stranger_without_a_readable_id_is_refused(server):
    stranger = zmq.Context.instance().socket(zmq.DEALER)
    stranger.setsockopt(zmq.IDENTITY, b"\xff\xfe")
    stranger.connect(f"tcp://127.0.0.1:{server.port}")
    stranger.send(Message("hello", None, "h_1").serialize())
    with pytest.raises(RPCReceiveError, match="without a readable id"):
        server.recv_from_client()
    stranger.close(linger=0)
