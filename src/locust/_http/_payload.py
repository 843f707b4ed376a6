"""Request bodies and queries of FastHttpUser, encoded as its upstream does."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

CHUNK_BYTES = 64 * 1024
_UNQUOTED = "!#$%&'()*+,/:;=?@[]~"

FORM = "application/x-www-form-urlencoded; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"


def basic_auth(username: str | bytes, password: str | bytes) -> str:
    """Value of an Authorization header."""
    pair = b":".join(part if isinstance(part, bytes) else part.encode("utf-8") for part in (username, password))
    return f"Basic {b64encode(pair.strip()).decode('ascii')}"


def quoted_url(url: str) -> str | None:
    """An http(s) URL as it goes on the wire: no user, no fragment, nothing left to quote. None if it is none."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme not in ("http", "https") or not parts.hostname or not host.isprintable() or " " in host:
        return None
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    path = quote(parts.path, safe=_UNQUOTED) or "/"
    return urlunsplit((parts.scheme, host, path, quote(parts.query, safe=_UNQUOTED), ""))


def with_query(url: str, params: Any) -> str:
    """A URL with more query parameters: a mapping, pairs, or a query as text."""
    if not params:
        return url
    if isinstance(params, bytes):
        params = params.decode("utf-8")
    query = params if isinstance(params, str) else urlencode(params, doseq=True)
    base, hash_mark, fragment = url.partition("#")
    return f"{base}{'&' if '?' in base else '?'}{query}{hash_mark}{fragment}"


def encoded(payload: Any) -> tuple[bytes | Iterable[bytes] | None, str | None]:
    """A request body and its Content-Type.

    Args:
        payload: a mapping (a form), str, bytes, a file or an iterable of bytes; None for no body.

    Raises:
        TypeError: it is none of these.
    """
    if payload is None:
        return None, None
    if isinstance(payload, Mapping):
        return urlencode(payload).encode("utf-8"), FORM
    if isinstance(payload, str):
        return payload.encode("utf-8"), TEXT
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload), BINARY
    if hasattr(payload, "read"):
        return FilePieces(payload), BINARY
    if isinstance(payload, Iterable):
        return payload, BINARY
    raise TypeError(f"data must be a dict, str, bytes, a file or an iterable of bytes, found {type(payload).__name__}")


def multipart(files: Any, fields: Any) -> tuple[bytes, str]:
    """A multipart body of files and form fields, and its Content-Type.

    Args:
        files: mapping or pairs of a field's name and a file, its content, or a tuple of file name, that and more.
        fields: mapping or pairs of the fields before them.
    """
    from urllib3.filepost import encode_multipart_formdata

    parts: list[tuple[str, Any]] = [
        (name, value if isinstance(value, bytes) else str(value)) for name, value in _pairs(fields)
    ]
    for name, value in _pairs(files):
        if isinstance(value, tuple | list):
            file_name, content, *kind = value
            parts.append((name, (file_name, _read(content), kind[0] if kind else None)))
        else:
            file_name = getattr(value, "name", None) or name
            parts.append((name, (str(file_name).rpartition("/")[2], _read(value), None)))
    body, content_type = encode_multipart_formdata(parts)
    return body, content_type


def _pairs(fields: Any) -> Iterable[tuple[str, Any]]:
    return fields.items() if isinstance(fields, Mapping) else fields or ()


def _read(content: Any) -> Any:
    return content.read() if hasattr(content, "read") else content


class FilePieces:
    """A file as an iterable of pieces, which can be had again if the file can be rewound."""

    def __init__(self, file: IO[Any]) -> None:
        self._file = file
        self._start: int | None = file.tell() if hasattr(file, "tell") else None
        self._is_used = False

    def __iter__(self) -> Iterator[bytes]:
        if self._is_used and self._start is not None:
            self._file.seek(self._start)
        self._is_used = True
        while piece := self._file.read(CHUNK_BYTES):
            yield piece if isinstance(piece, bytes) else piece.encode("utf-8")

    @property
    def is_repeatable(self) -> bool:
        """Whether iterating a second time gives the same pieces."""
        return self._start is not None and hasattr(self._file, "seek")


def is_repeatable(body: Any) -> bool:
    """Whether a request body can be sent again."""
    return (
        body is None or isinstance(body, bytes | list | tuple) or (isinstance(body, FilePieces) and body.is_repeatable)
    )
