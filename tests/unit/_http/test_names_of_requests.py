"""What requests are called."""

from __future__ import annotations

import gevent
import pytest

from locust._http._meta import Named, chain_elapsed_ms, context_of, is_sendable, length_of, status_table
from locust._http._plain import PlainExchange


class User:
    def context(self):
        return {"user": "ann", "shop": 1}


def test_blocks_nest_and_give_the_outer_name_back():
    session = Named()
    seen = [session.request_name]
    with session.rename_request("outer"):
        with session.rename_request("inner"):
            seen.append(session.request_name)
        seen.append(session.request_name)
    seen.append(session.request_name)

    assert seen == [None, "inner", "outer", None]
    assert session._renames == 0


def test_a_name_is_that_of_one_session():
    session, other = Named(), Named()

    with session.rename_request("mine"):
        assert other.request_name is None


def test_concurrent_greenlets_have_their_own_names():
    session = Named()
    seen: dict[str, str | None] = {}

    def work(name: str) -> None:
        with session.rename_request(name):
            gevent.sleep(0)
            seen[name] = session.request_name

    gevent.joinall([gevent.spawn(work, name) for name in "abc"], raise_error=True)

    assert seen == {"a": "a", "b": "b", "c": "c"}
    assert session.request_name is None


def test_greenlets_spawned_in_the_block_are_renamed_too():
    session = Named()

    with session.rename_request("mine"):
        names = [gevent.spawn(lambda: session.request_name).get(), gevent.spawn(lambda: session.request_name).get()]
    later = gevent.spawn(lambda: session.request_name).get()

    assert (names, later) == (["mine", "mine"], None)


def test_an_exception_ends_the_block():
    session = Named()

    with pytest.raises(ValueError, match="x"), session.rename_request("mine"):
        raise ValueError("x")

    assert (session.request_name, session._renames) == (None, 0)


def test_a_name_can_be_set_for_the_whole_session():
    session = Named()
    session.request_name = "all"
    assert (session.request_name, session._renames) == ("all", 1)
    with session.rename_request("one"):
        assert session.request_name == "one"

    session.request_name = None

    assert (session.request_name, session._renames) == (None, 0)


@pytest.mark.parametrize(
    ("user", "context", "expected"),
    [
        (None, {}, {}),
        (None, {"a": 1}, {"a": 1}),
        (User(), {}, {"user": "ann", "shop": 1}),
        (User(), {"user": "bob"}, {"user": "bob", "shop": 1}),
    ],
)
def test_a_requests_context_goes_over_the_users(user, context, expected):
    merged = context_of(user, context)

    assert merged == expected
    assert merged is not context


def test_a_chain_takes_as_long_as_its_requests():
    hops = (PlainExchange("GET", "u", elapsed_ms=1.5), PlainExchange("GET", "u", elapsed_ms=2.0))

    assert chain_elapsed_ms(hops, PlainExchange("GET", "u", elapsed_ms=4.0)) == 7.5


def test_the_length_of_a_stream_is_what_its_head_says():
    assert length_of(PlainExchange("GET", "u", is_streamed=True, header_items=[("Content-Length", "9")])) == 9
    assert length_of(PlainExchange("GET", "u", is_streamed=True)) == 0
    assert length_of(PlainExchange("GET", "u", content=b"abc")) == 3


def test_the_table_has_a_verdict_for_each_status():
    table = status_table(frozenset({200, 302}), frozenset({302}))

    assert len(table) == 600
    assert (table[200], table[302], table[404]) == (1, 2, 0)


@pytest.mark.parametrize(
    ("headers", "name", "expected"),
    [
        (None, "n", True),
        ({"X-A": "é", b"X-B": b"\xff", "X-C": None}, "n", True),
        ({"X-A": 5}, "n", False),
        ({"X-A": "a\nb"}, "n", False),
        ({"X-A": "€"}, "n", False),
        ({}, 5, False),
    ],
)
def test_what_the_engine_sends(headers, name, expected):
    assert is_sendable(headers, name) is expected
