"""What a hostile server does with a connection, step by step: plain values, so that they can travel to its process.

A script is a list of steps. When they have run out, the connection is closed in the ordinary way.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadHead:
    """Read a request up to the empty line after its head, and note it as `head`."""


@dataclass(frozen=True)
class ReadBody:
    """Read so many bytes, or (None) a body by the last head's Content-Length, and note them as `body`."""

    size_bytes: int | None = None


@dataclass(frozen=True)
class ReadSome:
    """Wait for the first bytes of anything, and note them as `bytes`."""


@dataclass(frozen=True)
class Send:
    """Send these bytes, in pieces with a pause after each when `piece_bytes` is given."""

    payload: bytes
    piece_bytes: int | None = None
    pause_seconds: float = 0.0


@dataclass(frozen=True)
class Flood:
    """Send this again and again: until the peer is gone (noted as `gone`), or `total_bytes` were sent."""

    payload: bytes
    total_bytes: int | None = None


@dataclass(frozen=True)
class Pause:
    """Do nothing for a while."""

    seconds: float


@dataclass(frozen=True)
class Stall:
    """Do nothing until the peer closes (noted as `eof` or `reset`). What it still sends is dropped."""


@dataclass(frozen=True)
class Reset:
    """Close at once with a TCP reset."""


@dataclass(frozen=True)
class HalfClose:
    """Send no more, keep reading: as `Stall` goes on."""


@dataclass(frozen=True)
class StartTls:
    """Shake hands with the server's certificate, or note `tls-failed` with the reason and close."""


@dataclass(frozen=True)
class Again:
    """Go back to the first step that is not `StartTls`, on the same connection."""


Step = ReadHead | ReadBody | ReadSome | Send | Flood | Pause | Stall | Reset | HalfClose | StartTls | Again
Script = list[Step]


@dataclass(frozen=True)
class TlsFiles:
    """What a server shows in its handshake.

    Attributes:
        certificate_chain: path of a PEM file with key and chain.
        client_authority: path of a PEM file; when given, clients must show a certificate it signed.
        newest_version: "1.2" or "1.3".
        oldest_version: "1.2" or "1.3".
    """

    certificate_chain: str
    client_authority: str | None = None
    oldest_version: str = "1.2"
    newest_version: str = "1.3"


@dataclass(frozen=True)
class Listener:
    """How a server listens.

    Attributes:
        scripts: the n-th connection gets the n-th script, further ones the last.
        tls: for `StartTls`.
        kind: "open" accepts; "refusing" has its port but does not listen; "deaf" has a full backlog, so that connecting
            hangs (Linux drops the SYNs).
    """

    scripts: tuple[tuple[Step, ...], ...]
    tls: TlsFiles | None = None
    kind: str = "open"


@dataclass(frozen=True)
class Note:
    """Something a server saw: on its n-th connection (from 0), what, and the bytes or reason that go with it."""

    connection: int
    kind: str
    payload: bytes = b""
