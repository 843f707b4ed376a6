"""Who reaches an address."""

from __future__ import annotations

import socket


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there; "" and "*" are all addresses."""
    if host in ("", "*"):
        return False
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(str(each[4][0]).startswith("127.") or each[4][0] == "::1" for each in found)
