"""A message between nodes, and the bytes it travels as.

Upstream's form, which Locust 2.47, boomer and locust4j speak too: a msgpack array of type, data and node id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # it has none

MOST_BYTES: Final = 64 * 1024 * 1024
"""Longer messages are refused."""
LONGEST_TYPE: Final = 200
LONGEST_NODE_ID: Final = 255  # what ZeroMQ takes as an identity

_DATE_FORMAT: Final = "%Y%m%dT%H:%M:%S.%f"


class Message:
    """What one node says to another.

    Args:
        message_type: what kind of message it is.
        data: whatever msgpack can carry, and points in time.
        node_id: who says it; a worker's id, or the worker a master speaks to.
    """

    def __init__(self, message_type: str, data: Any, node_id: str | None) -> None:
        self.type = message_type
        self.data = data
        self.node_id = node_id

    def __repr__(self) -> str:
        return f"<Message {self.type}:{self.node_id}>"

    def serialize(self) -> bytes:
        """The message as bytes.

        Raises:
            TypeError: there's something in its data that can't travel.
        """
        # Text of users may have what UTF-8 hasn't; it arrives with question marks.
        parts = (self.type, self.data, self.node_id)
        packed: bytes = msgpack.packb(parts, default=_encode, unicode_errors="replace")
        return packed

    @classmethod
    def unserialize(cls, data: bytes) -> Message:
        """The message that `serialize` made these bytes of; they may come from anybody.

        Raises:
            ValueError: they're no message; says why.
        """
        if len(data) > MOST_BYTES:
            raise ValueError(f"a message of {len(data)} bytes, more than the {MOST_BYTES} that are allowed")
        try:
            parts = msgpack.unpackb(data, raw=False, strict_map_key=False, object_hook=_decode)
        except Exception as error:  # msgpack has many
            raise ValueError(f"no msgpack: {error or type(error).__name__}") from error
        if not isinstance(parts, list) or len(parts) != 3:
            raise ValueError("no list of type, data and node id")
        message_type, content, node_id = parts
        if not isinstance(message_type, str) or len(message_type) > LONGEST_TYPE or not message_type.isprintable():
            raise ValueError("its type is no short text")
        if node_id is not None and (not isinstance(node_id, str) or len(node_id) > LONGEST_NODE_ID):
            raise ValueError("its node id is no short text")
        return cls(message_type, content, node_id)


def _encode(value: Any) -> Any:
    """Points in time and MongoDB's ids, which msgpack doesn't know, as upstream writes them."""
    if isinstance(value, datetime):
        return {"__datetime__": True, "as_str": value.strftime(_DATE_FORMAT)}
    if type(value).__name__ == "ObjectId":
        return {"__ObjectId__": True, "as_str": str(value)}
    raise TypeError(f"a {type(value).__name__} can't be sent to another node: {value!r:.100}")


def _decode(value: dict[Any, Any]) -> Any:
    text = value.get("as_str")
    if not isinstance(text, str):
        return value
    if value.get("__datetime__") is True:
        try:
            return datetime.strptime(text, _DATE_FORMAT)
        except ValueError:
            return value
    if value.get("__ObjectId__") is True:
        try:
            from bson import ObjectId  # comes with pymongo, where it is used
        except ImportError:
            return text
        return ObjectId(text)
    return value
