"""What went over the wire, for a locustfile that asks for it with `debug_stream`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from locust._native import Exchange


def write_transcript(exchange: Exchange, stream: IO[str]) -> None:
    """Writes a request and the response to it, heads and bodies; nothing where no response came."""
    if exchange.failure is not None:
        return
    address = urlsplit(exchange.url)
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    stream.write(f"REQUEST: {exchange.url}\n{exchange.method} {target} HTTP/1.1\r\n")
    stream.write("".join(f"{name}: {value}\r\n" for name, value in exchange.request_headers) + "\r\n")
    if exchange.request_body:
        stream.write(_text(exchange.request_body) + "\n\n")
    stream.write(f"RESPONSE: HTTP/1.1 {exchange.status_code}\n")
    stream.write("".join(f"{name}: {value}\n" for name, value in exchange.header_items) + "\n")
    if not exchange.is_streamed:
        stream.write(_text(_content(exchange)) + "\n\n")


def _content(exchange: Exchange) -> bytes:
    try:
        return exchange.content
    except ValueError:  # not what its Content-Encoding says
        return exchange.raw_content


def _text(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace")
