"""The Rust extension's contract: the engine that sends requests, and the statistics that count them.

`crates/locust-python` implements it; `make check` compares the two.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, final

from typing_extensions import Self, disjoint_base

__all__ = [
    "Entry",
    "ErrorEntry",
    "Exchange",
    "Failure",
    "PlainGet",
    "Pool",
    "Recorder",
    "Seams",
    "Session",
    "Snapshot",
    "Tls",
    "Waiter",
    "__version__",
    "_after_fork",
    "_deliver",
    "_deliver_waiting",
    "clear_dns_cache",
    "describe_error",
    "serve_target",
    "sleep",
]
__version__: Final[str]

# --- the engine -------------------------------------------------------------------------------------------------------

@final
class Failure:
    """Why an exchange had no response, or no complete one."""

    @property
    def slug(self) -> str:
        """A word for the kind that never changes: `connect-refused`, `connect-timeout`, `dns`, `tls-verify`,
        `read-timeout`…
        """
    @property
    def message(self) -> str: ...
    @property
    def errno(self) -> int | None: ...
    @property
    def phase(self) -> str:
        """`dns`, `connect`, `tls`, `send`, `wait` (until the head is there) or `receive`."""

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
        """From the start to the arrival of the last byte (of the head, when streamed), by the kernel's stamps
        where it gives them.
        """
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
    def read(self, size: int = ..., decode: bool = True) -> bytes:
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
    short_way: bool
    """Whether a plain GET may go the short way: no cookies, no names in force, nothing unusual about the session."""
    def set_name_prefix(self, prefix: str) -> None:
        """What stands before the URL in the name of a request that goes the short way."""
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
            `None`: this URL isn't for the fast road. A response: done, and counted unless it is to be caught. An
            `Exchange`: a failure, redirect, cookie or Python listener, for Python to deal with; not counted yet.
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

        An iterable body is sent as it comes, in chunks unless `content_length` is given. `stream` comes back when the
        head is there. A timeout left out is the session's, `None` is for ever.
        """

@final
class Seams:
    """What others may have patched: (owner, attribute, value) each; intact while `getattr(owner, attribute) is
    value`.
    """

    def __new__(cls, seams: Sequence[tuple[Any, str, Any]]) -> Seams: ...

class PlainGet:
    """Base of both clients: their `get`, one native call as long as nothing about it is out of the ordinary.

    A subclass has the attributes `_native` (a `Session`) and `_seams`, a method `request(method, url, **keywords)` for
    all that isn't plain, and a method `_finish(exchange, url, name, catch_response)` for what a plain request leaves to
    Python. A response that is to be caught gets `_session` and `_catch_response`.
    """

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def get(self, url: Any, **kwargs: Any) -> Any:
        """Sends a GET request, see `request`."""

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

# --- statistics -----------------------------------------------------------------------------------------------------

@disjoint_base
class Entry:
    """Numbers of one method and name. Times are ms, points in time are epoch seconds. Every number may be assigned."""

    num_requests: int
    num_none_requests: int
    num_failures: int
    total_response_time: float
    min_response_time: float | None
    max_response_time: float
    total_content_length: int
    start_time: float
    last_request_timestamp: float | None
    def __new__(cls, *_args: object, **_kwargs: object) -> Self: ...
    def attach(self, other: Entry) -> None:
        """From now on this one's numbers are those of `other`, for both."""
    def is_attached_to(self, other: Entry) -> bool:
        """Whether both have the same numbers, and will."""
    def copy(self) -> Entry:
        """An entry of its own with these numbers."""
    def count(self, elapsed_ms: float | None, content_length: int | float | None, now: float) -> None:
        """Counts a request that ended at `now`."""
    def count_failure(self, now: float) -> None:
        """Counts a failure at `now`."""
    def merge(self, other: Entry) -> None:
        """Adds the numbers of another entry."""
    def clear(self, now: float) -> None:
        """Forgets all numbers; they begin again at `now`."""
    def quantile(self, q: float) -> float | None:
        """The response time at place `int(n * q)` of all `n` in order, within 0.4 %; `None` without any."""
    def recent_quantile(self, q: float, now: int, window: int) -> float | None:
        """`quantile` of the `window` seconds up to and including second `now`."""
    def remember_recent(self, window: int = 0) -> None:
        """Remembers response times by second from now on: of `window` seconds at least (10 anyway), of 600 at most.
        Recorders' totals do so by themselves.
        """
    def recent_seconds(self, after: int = 0) -> list[tuple[int, list[tuple[float, int]]]]:
        """Response times by second as remembered, those later than second `after`, oldest first: (second, [(ms,
        count)]). A heat map is drawn from them: each column is asked for once its second is over (on a master, once
        its workers have reported).
        """
    def response_counts(self) -> list[tuple[float, int]]:
        """Response times, shortest first: (ms, count)."""
    def set_response_counts(self, counts: Mapping[int, int] | Mapping[float, int]) -> None:
        """Puts other response times (ms: count) in place of these."""
    def requests_by_second(self) -> list[tuple[int, int]]:
        """Requests by epoch second, the latest only."""
    def set_requests_by_second(self, requests: Mapping[int, int]) -> None: ...
    def failures_by_second(self) -> list[tuple[int, int]]:
        """Failures by epoch second, the latest only."""
    def set_failures_by_second(self, failures: Mapping[int, int]) -> None: ...
    def sum_between(self, start: int, end: int) -> tuple[int, int]:
        """Requests and failures from one epoch second up to, but without, another."""
    def encode_histogram(self) -> bytes:
        """All response times as bytes, without loss."""
    def decode_histogram(self, encoded: bytes) -> None:
        """Puts the response times of `encode_histogram` in place of these; `ValueError` when they are something
        else.
        """

@disjoint_base
class ErrorEntry:
    """How often one error came, and when first and last (epoch seconds)."""

    occurrences: int
    first_seen: float | None
    last_seen: float | None
    def __new__(cls, *_args: object, **_kwargs: object) -> Self: ...
    def attach(self, other: ErrorEntry) -> None:
        """From now on this one's numbers are those of `other`, for both."""
    def is_attached_to(self, other: ErrorEntry) -> bool:
        """Whether both have the same numbers, and will."""
    def count(self, now: float) -> None:
        """Counts one more at `now`."""

@final
class Recorder:
    """Counters of one run; a listener of `events.request` that the engine counts into without calling Python."""

    max_entries: int
    """Distinct (method, name) that are told apart; what comes later is counted as "(more names)"."""
    max_errors: int
    """Distinct errors that are told apart; what comes later is counted as "(more errors)"."""
    @property
    def has_more_entries(self) -> bool: ...
    @property
    def has_more_errors(self) -> bool: ...
    @property
    def generation(self) -> int:
        """Goes up when names or errors were taken away or replaced: then what was read before is no longer true."""
    @property
    def entry_count(self) -> int: ...
    @property
    def error_count(self) -> int: ...
    @property
    def total(self) -> Entry:
        """All requests together."""
    def __new__(cls, now: float) -> Recorder: ...
    def __call__(self, *args: object, **kwargs: object) -> None:
        """Counts a request as `events.request` tells of it.

        Keywords: `request_type`, `name`, `response_time` (ms or `None`), `response_length`; `exception` when it failed;
        others are ignored.
        """
    def count(
        self, method: object, name: object, elapsed_ms: float | None, content_length: int | float | None, now: float
    ) -> None:
        """Counts a request that ended at `now`."""
    def count_failure(self, method: object, name: object, error: object, now: float) -> None:
        """Counts a failure at `now`. Its request is counted apart."""
    def snapshot(self) -> Snapshot:
        """All numbers as they are now."""
    def merge(self, snapshot: Snapshot) -> None:
        """Adds the numbers of another process."""
    def take_report(self) -> bytes:
        """What was counted since the last report, as bytes of a `Snapshot`; the numbers here stay. Lost bytes are lost
        numbers: keep them until they are sent.
        """
    def merge_report(self, encoded: bytes, *, limit_bytes: int = ...) -> None:
        """Adds what `take_report` gave in another process; `ValueError` when it is something else or too large, and
        then nothing is added.
        """
    def set_total(self, total: Entry) -> None:
        """Counts into another total from now on."""
    def entries(self, start: int = 0) -> list[tuple[str, str, Entry]]:
        """(method, name, entry) in the order of first requests, without the first `start`."""
    def entry(self, method: str, name: str, now: float) -> tuple[str, str, Entry]:
        """(method, name, entry) of a name, made when there is none; of "(more names)" when there are too many."""
    def set_entry(self, method: str, name: str, entry: Entry) -> None:
        """Counts a name into another entry from now on."""
    def remove_entry(self, method: str, name: str) -> None: ...
    def clear_entries(self) -> None: ...
    def errors(self, start: int = 0) -> list[tuple[str, str, str, ErrorEntry]]:
        """(method, name, text, error) in the order of first occurrences, without the first `start`."""
    def error(self, method: str, name: str, text: str) -> ErrorEntry:
        """The entry of an error, made when there is none; of "(more errors)" when there are too many."""
    def set_error(self, method: str, name: str, text: str, error: ErrorEntry) -> None:
        """Counts an error into another entry from now on."""
    def remove_error(self, method: str, name: str, text: str) -> None: ...
    def clear_errors(self) -> None: ...
    def reset(self, now: float) -> None:
        """Sets all numbers to zero; names stay, errors go."""
    def clear(self, now: float) -> None:
        """Takes all names and errors away and begins a new total."""

@final
class Snapshot:
    """All numbers of a run at one moment, which change no more: for reports to a master, and to keep."""

    @staticmethod
    def decode(encoded: bytes, *, limit_bytes: int = ...) -> Snapshot:
        """What `encode` wrote; `ValueError` when it is something else, or would take more memory than `limit_bytes`."""
    def encode(self) -> bytes:
        """Its bytes, the same for equal snapshots: some 40 a name, 2 to 3 for each bucket of its histogram in use."""
    def merged(self, other: Snapshot) -> Snapshot:
        """Both together: without loss, in any order."""
    def since(self, earlier: Snapshot) -> Snapshot:
        """What was counted since `earlier`, a snapshot of the same recorder. Names without news are left out."""
    @property
    def total(self) -> Entry:
        """All requests together, in an entry of its own."""
    def entries(self) -> list[tuple[str, str, Entry]]:
        """(method, name, entry) in the order of names; entries of their own."""
    def errors(self) -> list[tuple[str, str, str, ErrorEntry]]:
        """(method, name, text, error) in the order of names; entries of their own."""
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

def describe_error(error: object) -> str:
    """What the statistics call an error: its text, or its `repr`, without the address of an object in memory."""
