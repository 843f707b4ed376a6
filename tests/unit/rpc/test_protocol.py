"""Messages as bytes, which may come from anybody."""

from __future__ import annotations

from datetime import datetime

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locust.rpc import Message, protocol

payloads = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.datetimes(min_value=datetime(1970, 1, 1)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 9), inner),
    max_leaves=20,
)


@given(st.text("abc_", max_size=20), payloads, st.none() | st.text("ab_", max_size=20))
def test_a_message_comes_out_as_it_went_in(message_type, data, node_id):
    message = Message.unserialize(Message(message_type, data, node_id).serialize())

    assert (message.type, message.data, message.node_id) == (message_type, data, node_id)


def test_a_message_is_upstreams_array():
    packed = Message("stats", {"at": datetime(2026, 1, 31, 23, 59, 59), 5: 1}, "w").serialize()

    assert msgpack.unpackb(packed, strict_map_key=False) == [
        "stats",
        {"at": {"__datetime__": True, "as_str": "20260131T23:59:59.000000"}, 5: 1},
        "w",
    ]


def test_the_id_of_a_mongodb_document_travels_as_upstreams():
    class ObjectId:
        def __str__(self):
            return "0123456789abcdef01234567"

    packed = msgpack.unpackb(Message("hello", ObjectId(), None).serialize())

    assert packed[1] == {"__ObjectId__": True, "as_str": "0123456789abcdef01234567"}


@pytest.mark.parametrize("data", [{"__datetime__": True, "as_str": "today"}, {"__datetime__": None}, {"as_str": "x"}])
def test_a_map_that_only_looks_like_a_point_in_time_stays_one(data):
    assert Message.unserialize(Message("hello", data, None).serialize()).data == data


def test_text_that_utf_8_does_not_know_arrives_with_question_marks():
    assert Message.unserialize(Message("hello", "a\ud800b", None).serialize()).data == "a?b"


def test_what_can_not_travel_is_named():
    with pytest.raises(TypeError, match=r"a set can't be sent to another node: \{1\}"):
        Message("hello", {"x": {1}}, None).serialize()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no msgpack"),
        (b"\xc1", "no msgpack"),
        (b"\x93\xa1a", "no msgpack"),
        (msgpack.packb([1, 2, 3]) + b"x", "no msgpack"),
        (msgpack.packb("abc"), "no list of type, data and node id"),
        (msgpack.packb({"a": 1}), "no list of type, data and node id"),
        (msgpack.packb(["a", 1]), "no list of type, data and node id"),
        (msgpack.packb([1, None, "w"]), "its type is no short text"),
        (msgpack.packb(["x" * 201, None, "w"]), "its type is no short text"),
        (msgpack.packb(["two\nlines", None, "w"]), "its type is no short text"),
        (msgpack.packb(["a", None, 1]), "its node id is no short text"),
        (msgpack.packb(["a", None, "x" * 256]), "its node id is no short text"),
    ],
)
def test_bytes_that_are_no_message_are_refused(data, reason):
    with pytest.raises(ValueError, match=reason):
        Message.unserialize(data)


def test_a_message_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(protocol, "MOST_BYTES", 10)
    with pytest.raises(ValueError, match="of 11 bytes, more than the 10"):
        Message.unserialize(b"\0" * 11)


@given(st.binary())
def test_nothing_else_is_raised_whatever_comes(data):
    try:
        message = Message.unserialize(data)
    except ValueError:
        return
    assert isinstance(message.type, str)
