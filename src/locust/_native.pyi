"""The Rust extension's contract: the engine that sends requests, and the statistics that count them.

`crates/locust-python` implements it; `make check` compares the two.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, final

__version__: Final[str]

# --- the engine ---------------------------------------------------------------------------------------------------------

@final
class Failure:
    """Why an exchange had no response, or no complete one."""

    @property
    def slug(self) -> str:
        """A word for the kind that never changes: `connect-refused`, `connect-timeout`, `dns`, `tls-verify`, `read-timeout`…"""
    @property
    def message(self) -> str: ...
    @property
    def errno(self) -> int | None: ...
    @property
    def phase(self) -> str:
        """`dns`, `connect`, `tls`, `send`, `wait` or `receive`."""

@final
class Exchange:
    """One request and what came of it, kept as bytes until somebody looks."""

    @property
    def method(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str:
        """Absolute, as requested."""
    @property
    def request_headers(self) -> list[tuple[str, str]]: ...
    @property
    def request_body(self) -> bytes | None: ...
    @property
    def status_code(self) -> int:
        """0 when there was no response."""
    @property
    def reason(self) -> str: ...
    @property
    def http_version(self) -> int:
        """10 or 11."""
    @property
    def failure(self) -> Failure | None: ...
    @property
    def recorded(self) -> bool:
        """Whether the statistics have counted it."""
    @property
    def started_at(self) -> float:
        """Epoch seconds, before the look-up of the host."""
    @property
    def elapsed_ms(self) -> float:
        """From the start to the arrival of the last byte (of the head, when streamed), by the kernel's stamps where it gives them."""
    @property
    def phases(self) -> tuple[float, float, float, float, float, float]:
        """Milliseconds of: dns, connect, tls, send, first byte, receive."""
    @property
    def is_reused(self) -> bool:
        """Whether the connection had served before."""
    @property
    def is_streamed(self) -> bool: ...
    @property
    def header_items(self) -> list[tuple[str, str]]:
        """Response headers in order, as sent."""
    def header(self, name: str) -> str | None:
        """Value of a header whatever its case; repeated ones are joined by `, `."""
    @property
    def has_cookies(self) -> bool:
        """Whether a `Set-Cookie` came along."""
    @property
    def location(self) -> str | None:
        """Where a 3xx response sends to."""
    @property
    def charset(self) -> str | None:
        """`charset` of `Content-Type`."""
    @property
    def content(self) -> bytes:
        """Body as `Content-Encoding` says to read it. Raises `ValueError` when it can't be read so."""
    @property
    def raw_content(self) -> bytes:
        """Body as sent, without its transfer framing."""
    @property
    def content_length(self) -> int:
        """Length of `content` in bytes."""
    def read(self, size: int = -1, decode: bool = True) -> bytes:
        """The next bytes of a streamed response, at most `size`; all when negative. Waits; b"" is the end."""
    def close(self) -> None:
        """Gives up the rest of a streamed response."""

@final
class Tls:
    """What a session trusts and how it identifies itself; all PEM. Raises `OSError` or `ValueError` on bad input."""

    def __new__(
        cls,
        *,
        verify: bool = True,
        ca_files: Sequence[str] = ...,
        ca_data: bytes | None = None,
        cert_file: str | None = None,
        key_file: str | None = None,
    ) -> Tls: ...

@final
class Pool:
    """Idle connections, at most `max_idle` for each origin; each thread has its own."""

    def __new__(cls, *, max_idle: int = 10) -> Pool: ...
    def close(self) -> None:
        """Closes the idle connections: the next request opens a new one."""

@final
class Session:
    """One user's HTTP state in the engine: where it goes, with which headers, over which connections.

    `is_ok` has a byte for each status below 600: 0 failure, 1 success, 2 redirect. Responses are made without calling
    `__init__`, their `_exchange` set.
    """

    base_url: str
    default_headers: list[tuple[str, str]]
    connect_timeout: float | None
    read_timeout: float | None
    total_timeout: float | None
    request_event: Any
    @property
    def pool(self) -> Pool: ...
    def set_tls(self, tls: Tls | None) -> None: ...
    def __new__(
        cls,
        response_class: type,
        request_event: Any,
        *,
        is_ok: bytes,
        pool: Pool | None = None,
        tls: Tls | None = None,
        catch_class: type | None = None,
        counts_decoded: bool = True,
    ) -> Session: ...
    def request(
        self,
        method: str,
        url: str,
        name: str,
        headers: Mapping[str, str | None] | None,
        body: bytes | None,
        cookie: str | None,
        catch_response: bool,
        /,
    ) -> Any:
        """The fast road: one request, waited for and counted.

        Returns:
            `None`: this URL isn't for the fast road. A response: done, and counted unless it is to be caught. An `Exchange`: a
            failure, redirect, cookie or Python listener, for Python to deal with; not counted yet.
        """
    def exchange(
        self,
        method: str,
        url: str,
        headers: Sequence[tuple[str | bytes, str | bytes]],
        body: bytes | Iterable[bytes | str] | None = None,
        *,
        content_length: int | None = None,
        stream: bool = False,
        connect_timeout: float | None = ...,
        read_timeout: float | None = ...,
        total_timeout: float | None = ...,
        tls: Tls | None = None,
        proxy: tuple[str, int, str | None] | None = None,
        name: str | None = None,
    ) -> Exchange:
        """The general road: everything given (`Host` and the body's length added when missing), nothing counted.

        An iterable body is sent as it comes, in chunks unless `content_length` is given. `stream` comes back when the head is
        there. A timeout left out is the session's, `None` is for ever.
        """

@final
class Waiter:
    """A user's waiting."""

    def __new__(cls) -> Waiter: ...
    def wait(self, seconds: float) -> None:
        """As `sleep`, but a wait of 0 s is skipped when others have had their turn since the last one."""

def sleep(seconds: float) -> None:
    """Lets other greenlets run for `seconds`, rounded up to a whole millisecond; kill and `Timeout` end it."""

def clear_dns_cache() -> None: ...
def serve_target(host: str, port: int, on_ready: Callable[[int], object]) -> None:
    """Serves the bundled target until a signal's handler raises; `on_ready` gets the port."""

def _after_fork() -> None: ...
def _deliver() -> None: ...
def _deliver_waiting() -> None: ...
