"""FastHttpUser: the least that Python can do for a request. One native call, and a response read when asked.

Long because upstream has session, agent names and user in this one place.
"""

from __future__ import annotations

import json as json_module
import re
import ssl
import time
import zlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from gevent.timeout import Timeout

from locust._http._agent import CONCURRENCY, HTTPClientPool, UserAgent, engine_pool
from locust._http._errors import (
    TIMEOUTS,
    BadStatusCode,
    ConnectionError,
    HTTPConnectionClosed,
    HTTPParseError,
    RetriesExceeded,
    UnsupportedRedirectSchemeError,
    fast_error,
)
from locust._http._fast_response import (
    SUCCESS_STATUSES,
    CaughtError,
    ErrorResponse,
    FastRequest,
    FastResponse,
    LocustBadStatusCode,
    ResponseContextManager,
    fast_meta,
)
from locust._http._fields import Headers
from locust._http._meta import Named, context_of, is_sendable, length_of, status_table
from locust._http._payload import basic_auth, encoded, is_repeatable, multipart, quoted_url, with_query
from locust._http._plain import PlainEngine, PlainExchange, PlainFailure
from locust._http._redirect import REDIRECT_STATUSES, fast_next, headers_after
from locust._http._verbs import Verbs
from locust._native import PlainGet, Seams, Session, Tls
from locust._version import __version__
from locust.exception import StopTest
from locust.user.users import RestMixin, User
from locust.util.borrowed import borrowed
from locust.util.deprecation import DeprecatedFastHttpLocustClass as FastHttpLocust

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    from locust._native import Exchange

__all__ = [
    "FAILURE_EXCEPTIONS",
    "BadStatusCode",
    "ConnectionError",
    "ErrorResponse",
    "FastHttpLocust",
    "FastHttpSession",
    "FastHttpUser",
    "FastRequest",
    "FastResponse",
    "HTTPClientPool",
    "HTTPConnectionClosed",
    "HTTPParseError",
    "Headers",
    "LocustBadStatusCode",
    "LocustUserAgent",
    "ResponseContextManager",
    "RestResponseContextManager",
    "RetriesExceeded",
    "UnsupportedRedirectSchemeError",
    "insecure_ssl_context_factory",
]

absolute_http_url_regexp = re.compile(r"^https?://", re.IGNORECASE)

FAILURE_EXCEPTIONS = (
    ConnectionError,
    ConnectionRefusedError,
    ConnectionResetError,
    OSError,
    ssl.SSLError,
    Timeout,
    HTTPConnectionClosed,
    HTTPParseError,
    zlib.error,
)
"""What a request that failed may report."""

USER_AGENT = f"gregaria/{__version__}"
_STATUS_TABLE = status_table(SUCCESS_STATUSES, REDIRECT_STATUSES)
_DEFAULT_HEADERS = [("User-Agent", USER_AGENT)]
_ACCEPT_ENCODING = ("Accept-Encoding", "gzip, deflate, br")
_json_text = json_module.JSONEncoder().encode
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})

LocustUserAgent = UserAgent


class RestResponseContextManager(ResponseContextManager):
    """What `FastHttpUser.rest` gives, for type checkers: `js` is the parsed body."""

    js: dict[str, Any]
    error: BaseException
    headers: Headers


for _class in (
    FastRequest, FastResponse, ErrorResponse, ResponseContextManager, CaughtError, LocustBadStatusCode, UserAgent,
    BadStatusCode, ConnectionError, HTTPConnectionClosed, HTTPParseError, RetriesExceeded,
    UnsupportedRedirectSchemeError, Headers, HTTPClientPool,
):  # fmt: skip
    _class.__module__ = __name__
UserAgent.__name__ = UserAgent.__qualname__ = "LocustUserAgent"


def insecure_ssl_context_factory() -> ssl.SSLContext:
    """An `ssl.SSLContext` that trusts everybody."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _trust(is_insecure: bool) -> Tls:
    if is_insecure:
        return Tls(verify=False)
    import certifi

    return Tls(ca_files=[certifi.where()])


@dataclass
class _Call:
    """One call of `request` that the fast road could not finish by itself."""

    method: str
    name: str
    url: str
    body: Any = None
    payload: Any = None
    is_caught: bool = False
    is_streamed: bool = False
    context: Mapping[str, Any] = field(default_factory=dict)
    max_redirects: int = 30
    max_retries: int = 0
    debug_stream: IO[str] | None = None
    spent_ms: float = 0.0
    """What attempts that timed out took."""


class FastHttpSession(PlainGet, Verbs[ResponseContextManager], Named):
    """Sends requests to one host and reports each as a `request` event.

    Args:
        base_url: before each URL that is not absolute. User name and password in it become Basic authentication.
        request_event: what reports; an `EventHook`.
        user: whose `context()` goes into each report; None for nobody's.
        insecure: accept any TLS certificate.
        client_pool: connections shared with other sessions.
        ssl_context_factory: called once for an `ssl.SSLContext`. TLS then goes through Python's ssl, which is slow.
        max_redirects, max_retries: limits for each request; only timeouts are retried.
        cookiejar: where cookies are kept.
        headers: sent with each request that does not set them itself.
        network_timeout, connection_timeout: seconds, or None for ever.
        concurrency: idle connections kept for each host.
        proxy_host, proxy_port: of an HTTP proxy.
    """

    _cookies: CookieJar | None = None
    _is_direct = True
    """Whether the fast road may be taken: no proxy, no ssl context of the locustfile's."""
    _plain: PlainEngine | None = None
    _proxy: tuple[str, int, str | None] | None = None
    _auth_header: str | None = None
    _max_redirects = 3
    _max_retries = 3
    _concurrency = CONCURRENCY
    _success_statuses = SUCCESS_STATUSES
    _redirect_statuses = REDIRECT_STATUSES
    _is_insecure = True
    _agent: UserAgent | None = None
    _agent_headers = _DEFAULT_HEADERS
    _seams: Seams

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # A `request` of the subclass's own is what `get` must call.
        cls._seams = Seams([(cls, "request", FastHttpSession.request)])

    def __init__(
        self,
        base_url: str | None,
        request_event: Any,
        user: User | None,
        insecure: bool = True,
        client_pool: Any = None,
        ssl_context_factory: Callable[[], Any] | None = None,
        *,
        max_redirects: int = 3,
        max_retries: int = 3,
        retry_delay: float = 0,
        cookiejar: CookieJar | None = None,
        headers: Any = None,
        network_timeout: float | None = 5.0,
        connection_timeout: float | None = 5.0,
        concurrency: int = CONCURRENCY,
        proxy_host: str | None = None,
        proxy_port: int | None = None,
        **_keywords: Any,
    ) -> None:
        self.user = user
        self._max_redirects = max_redirects
        self._max_retries = max_retries
        if not insecure:
            self._is_insecure = False
        if cookiejar is not None:
            self._cookies = cookiejar
        if headers:
            merged = Headers(_DEFAULT_HEADERS)
            merged.update(headers)
            self._agent_headers = list(merged.items())
        if proxy_host:
            self._proxy = (proxy_host, proxy_port or 80, None)
            self._is_direct = False
        if ssl_context_factory is not None and ssl_context_factory is not insecure_ssl_context_factory:
            self._plain = PlainEngine(ssl_context_factory(), max_idle=concurrency, is_verifying=not insecure)
            self._is_direct = False
        self._native = native = Session(
            FastResponse,
            request_event,
            is_ok=_STATUS_TABLE,
            pool=engine_pool(client_pool, concurrency),
            tls=_trust(insecure),
            catch_class=ResponseContextManager,
        )
        native.connect_timeout = connection_timeout
        native.read_timeout = network_timeout
        self.base_url = base_url
        self._settle_headers()
        self._settle_short_way()

    # --- settings -----------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str | None:
        """Before each URL that is not absolute."""
        return self._base_url

    @base_url.setter
    def base_url(self, url: str | None) -> None:
        if url and "@" in url:
            parts = urlsplit(url)
            if parts.username and parts.password:
                self.auth_header = basic_auth(unquote(parts.username), unquote(parts.password))
                url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._base_url = url
        try:
            self._native.base_url = url or ""
        except ValueError:
            self._native.base_url = ""  # no good for the engine: each request will say so

    @property
    def auth_header(self) -> str | None:
        """Value of the Authorization header of every request that does not set it itself."""
        return self._auth_header

    @auth_header.setter
    def auth_header(self, value: str | None) -> None:
        self._auth_header = value
        self._settle_headers()

    @property
    def request_event(self) -> Any:
        """What reports each request."""
        return self._native.request_event

    @request_event.setter
    def request_event(self, event: Any) -> None:
        self._native.request_event = event

    @property
    def cookiejar(self) -> CookieJar:
        """Cookies of this session."""
        if self._cookies is None:
            from locust._http._cookies import CachingJar

            self._cookies = CachingJar()
            self._settle_short_way()
        return self._cookies

    @cookiejar.setter
    def cookiejar(self, jar: CookieJar) -> None:
        self._cookies = jar
        self._settle_short_way()

    @property
    def client(self) -> UserAgent:
        """The agent behind: `client.clientpool.close()` makes the next request open a new connection."""
        if self._agent is None:
            self._agent = UserAgent(self)
        return self._agent

    def _settle_headers(self) -> None:
        headers = [*self._agent_headers]
        if self._auth_header is not None:
            headers.append(("Authorization", self._auth_header))
        if all(name.lower() != "accept-encoding" for name, _ in headers):
            headers.append(_ACCEPT_ENCODING)
        self._native.default_headers = headers

    def _build(self) -> None:
        """Makes the engine's session anew: what counts as success is fixed when it is made."""
        before = self._native
        self._native = native = Session(
            FastResponse,
            before.request_event,
            is_ok=status_table(self._success_statuses, self._redirect_statuses),
            pool=before.pool,
            tls=_trust(self._is_insecure),
            catch_class=ResponseContextManager,
        )
        native.connect_timeout = before.connect_timeout
        native.read_timeout = before.read_timeout
        native.base_url = before.base_url
        native.default_headers = before.default_headers
        self._settle_short_way()

    def _settle_short_way(self) -> None:
        self._native.short_way = (
            self._is_direct
            and self._cookies is None
            and not self._renames
            and self._success_statuses is SUCCESS_STATUSES
        )

    def _close_connections(self) -> None:
        self._native.pool.close()
        if self._plain is not None:
            self._plain.close()

    def _build_url(self, path: str) -> str:
        return path if absolute_http_url_regexp.match(path) else f"{self.base_url}{path}"

    # --- requests -----------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        url: str,
        name: str | None = None,
        data: Any = None,
        catch_response: bool = False,
        stream: bool = False,
        headers: Mapping[str, Any] | None = None,
        auth: tuple[str | bytes, str | bytes] | None = None,
        json: Any = None,
        allow_redirects: bool = True,
        context: Mapping[str, Any] = {},
        **kwargs: Any,
    ) -> ResponseContextManager:
        """Sends a request, waits for the response and reports it.

        Args:
            method: HTTP method.
            url: a path below `base_url`, or an absolute URL.
            name: reported instead of the URL.
            data: body: a dict (sent as a form), str, bytes, a file or an iterable of bytes.
            catch_response: the locustfile decides in a with-block whether this was a success, see `failure()`.
            stream: come back when the head of the response is there; read the rest with `iter_content` and the like.
            headers: sent over the default ones.
            auth: user name and password for Basic authentication.
            json: body, sent as JSON.
            allow_redirects: follow them.
            context: goes into the report, over the user's own.
            kwargs: `params`, `files`, `max_redirects`, `max_retries`. Anything else becomes a form field of a POST, PUT
                or PATCH and a query parameter of other requests, as upstream has it.

        Returns:
            The response, also when there was none: then its `status_code` is 0 and its `error` says why.
        """
        body = None
        if data is not None or json is not None or auth is not None:
            headers, body = self._encode(data, headers, auth, json)
        if (
            self._is_direct
            and not stream
            and not kwargs
            and (body is None or type(body) is bytes)
            and method in _METHODS
        ):
            cookies = self._cookies
            try:
                result = self._native.request(
                    method,
                    url,
                    name or (url if not self._renames else self.request_name or url),
                    headers,
                    body,
                    None if cookies is None else self._cookie_header(url, headers),
                    catch_response,
                )
            except (TypeError, ValueError):
                if is_sendable(headers, name or ""):
                    raise  # a gevent.Timeout may throw anything
                # A header the engine refuses: the general road says what is wrong, or makes it right.
                result = None
            if result is not None:
                if type(result) is FastResponse:
                    return result  # type: ignore[return-value] # upstream's annotation
                if type(result) is ResponseContextManager:
                    result._session = self
                    result._context = context
                    if self._success_statuses is not SUCCESS_STATUSES:
                        result._success_statuses = self._success_statuses
                    return result
                if not catch_response and result.status_code == 200 and not result.has_cookies:
                    return self._tell_success(result, url, context)
                return self._settle(
                    _Call(
                        method, result.name, self._build_url(url), body, json or data, catch_response, False, context,
                        self._max_redirects if allow_redirects else 0, self._max_retries,
                    ),
                    result,
                )  # fmt: skip
        return self._request_general(
            method, url, name, headers, body, data if json is None else json, json is not None,
            catch_response, stream, allow_redirects, context, kwargs,
        )  # fmt: skip

    def _finish(self, exchange: Exchange, url: str, name: str | None, catch_response: bool) -> ResponseContextManager:
        """What a plain GET left to Python."""
        if not catch_response and exchange.status_code == 200 and not exchange.has_cookies:
            return self._tell_success(exchange, url, {})
        call = _Call(
            "GET", exchange.name, self._build_url(url), None, None, catch_response, False, {},
            self._max_redirects, self._max_retries,
        )  # fmt: skip
        return self._settle(call, exchange)

    def iter_lines(self, url: str, method: str = "GET", **kwargs: Any) -> Generator[str]:
        """Sends a request and gives the lines of its response as they come, without their ends.

        Raises:
            ConnectionError, OSError, HTTPParseError: the request failed.
        """
        response = self.request(method, url, stream=True, **kwargs)
        response.raise_for_status()
        while line := response.readline():
            yield line.removesuffix(b"\n").decode("utf-8", "replace")

    # --- the roads beside the fast one --------------------------------------------------------------------------------

    def _encode(self, data: Any, headers: Any, auth: Any, json: Any) -> tuple[Any, Any]:
        """Headers and body of a request that has data or credentials."""
        if isinstance(data, str | bytes | Mapping | Sequence) and not data:
            data = None
        # As in 2.47 and requests, data wins.
        if json is not None and data is None:
            body: Any = _json_text(json).encode("utf-8")
            # The locustfile's own headers win.
            headers = _over({"Content-Type": "application/json", "Accept": "application/json"}, headers)
        else:
            body, content_type = encoded(data)
            if content_type is not None:
                headers = _over({"content-type": content_type}, headers)
        if auth is not None:
            headers = {**(headers or {}), "Authorization": basic_auth(*auth)}
        return headers, body

    def _cookie_header(self, url: str, headers: Mapping[str, Any] | None) -> str | None:
        if headers and any(name.lower() == "cookie" for name in headers):
            return None
        cookies = self._cookies
        if cookies is None:
            return None
        header_for = getattr(cookies, "header_for", None)
        if header_for is not None:
            return cast("str | None", header_for(self._base_url or "", url))
        from locust._http._cookies import cookie_header

        return cookie_header(cookies, self._build_url(url))

    def _request_general(
        self, method: str, url: str, name: str | None, headers: Any, body: Any, payload: Any, is_json: bool,
        is_caught: bool, is_streamed: bool, allow_redirects: bool, context: Mapping[str, Any], kwargs: dict[str, Any],
    ) -> ResponseContextManager:  # fmt: skip
        """Anything: parameters, files, streams, proxies, URLs to quote, methods and headers that are odd."""
        full_url = self._build_url(url)
        call = _Call(
            method,
            str(name or self.request_name or url),
            full_url,
            body,
            payload,
            is_caught,
            is_streamed,
            context,
            self._max_redirects if allow_redirects else 0,
            self._max_retries,
        )
        exchange = self._first(call, headers, is_json, kwargs)
        return self._settle(call, exchange)

    def _first(self, call: _Call, headers: Any, is_json: bool, kwargs: dict[str, Any]) -> Exchange:
        """Sends the first request of a call by the general road."""
        params = kwargs.pop("params", None)
        files = kwargs.pop("files", None)
        limit = kwargs.pop("max_redirects", None)
        if limit is not None and call.max_redirects:
            call.max_redirects = limit
        retries = kwargs.pop("max_retries", None)
        if retries is not None:
            call.max_retries = retries
        call.debug_stream = kwargs.pop("debug_stream", None)
        kwargs.pop("to_string", None)
        url = with_query(call.url, params)
        if kwargs and call.method.upper() in _BODY_METHODS:
            # upstream: whatever is left becomes part of a form
            if not is_json and (call.payload is None or isinstance(call.payload, Mapping)):
                call.payload = {**(call.payload or {}), **kwargs}
                call.body, content_type = encoded(call.payload)
                headers = _over({"content-type": content_type}, headers)
        else:
            url = with_query(url, kwargs)
        if files:
            call.body, content_type = multipart(files, call.payload)
            headers = {**_without(headers, "content-type"), "content-type": content_type}
        merged = Headers(self._native.default_headers)
        merged.update({key: value for key, value in (headers or {}).items() if value is not None})
        _ = urlsplit(url).port  # ValueError when it is none
        target = quoted_url(url)
        if target is None:
            return cast("Exchange", _unsent(call, url))
        return self._send(call, call.method.upper(), target, list(merged.items()), call.body)

    def _send(self, call: _Call, method: str, url: str, headers: list[tuple[str, str]], body: Any) -> Exchange:
        """Sends one request by the engine's general road, or urllib3's when TLS is the locustfile's own."""
        if self._cookies is not None and all(name.lower() != "cookie" for name, _ in headers):
            from locust._http._cookies import cookie_header

            cookie = cookie_header(self._cookies, url)
            if cookie is not None:
                headers = [*headers, ("Cookie", cookie)]
        if body is None and method in _BODY_METHODS:
            body = b""
        if self._plain is not None and url[:5].lower() == "https":
            plain = self._plain.exchange(
                method, url, headers, body,
                connect_timeout=self._native.connect_timeout, read_timeout=self._native.read_timeout,
            )  # fmt: skip
            plain.name = call.name
            exchange = cast("Exchange", plain)
        else:
            exchange = self._native.exchange(
                method, url, headers, body, stream=call.is_streamed, proxy=self._proxy, name=call.name
            )
        if call.debug_stream is not None:
            from locust._http._transcript import write_transcript

            write_transcript(exchange, call.debug_stream)
        return exchange

    def _settle(self, call: _Call, exchange: Exchange) -> ResponseContextManager:
        """What becomes of an exchange: cookies, retries, redirects, and at last the report."""
        response = self._follow(call, exchange)
        meta = fast_meta(response, self, call.method, call.name, call.context)
        meta["url"] = call.url  # upstream's is the one before parameters and redirects
        if call.is_caught:
            caught = cast("ResponseContextManager", response)
            caught._session = self
            caught.request_meta = meta
            return caught
        self.request_event.fire(**meta)
        return cast("ResponseContextManager", response)

    def _tell_success(self, exchange: Exchange, url: str, context: Mapping[str, Any]) -> ResponseContextManager:
        """Reports to listeners in Python what is most often reported, in the fewest calls."""
        response = FastResponse()
        response._exchange = exchange
        if self._success_statuses is not SUCCESS_STATUSES:
            response._success_statuses = self._success_statuses
        self._native.request_event.fire(
            request_type=exchange.method,
            name=exchange.name,
            context=context_of(self.user, context),
            response=response,
            exception=response._own_error(),
            start_time=exchange.started_at,
            url=exchange.url if url[:1] == "/" else self._build_url(url),
            response_length=length_of(exchange),
            response_time=exchange.elapsed_ms,
        )
        return response  # type: ignore[return-value] # upstream's annotation

    def _follow(self, call: _Call, exchange: Exchange) -> FastResponse:
        hops: list[Exchange] = []
        retries_left = call.max_retries
        body = call.body
        error: BaseException | None = None
        while True:
            if exchange.has_cookies:
                from locust._http._cookies import take_cookies

                take_cookies(self.cookiejar, exchange)
            failure = exchange.failure
            if failure is not None:
                is_late = failure.slug in TIMEOUTS and failure.phase != "receive"
                if not (is_late and retries_left and is_repeatable(body)):
                    first = hops[0] if hops else exchange
                    error = fast_error(failure, first.url, call.max_retries)
                    break
                retries_left -= 1
                call.spent_ms += exchange.elapsed_ms
                headers = headers_after(exchange.request_headers, fast_next("", exchange.url, 307, exchange.url))
                exchange = self._send(call, exchange.method, exchange.url, headers, body)
                continue
            location = exchange.location
            leads_on = (
                call.max_redirects and exchange.method != "HEAD" and exchange.status_code in self._redirect_statuses
            )
            if not leads_on or not location:
                break
            hops.append(exchange)
            first = hops[0]
            following = fast_next(exchange.method, exchange.url, exchange.status_code, location)
            scheme = urlsplit(following.url).scheme
            target = quoted_url(following.url) or ""
            if scheme not in ("http", "https"):
                error = UnsupportedRedirectSchemeError(first.url, f"refusing to follow redirect to {scheme!r} URL")
            elif len(hops) > call.max_redirects:
                error = RetriesExceeded(first.url, f"Redirection limit reached ({self._max_redirects})")
            elif not target:
                error = ConnectionError(first.url, "redirected to a URL without a host")
            elif following.keeps_body and not is_repeatable(body):
                error = ConnectionError(first.url, "the body of the request can be read only once, it was redirected")
            if error is not None:
                hops.pop()
                break
            if not following.keeps_body:
                body = None
            exchange.close()
            headers = headers_after(exchange.request_headers, following)
            exchange = self._send(call, following.method, target, headers, body)
        return self._respond(call, exchange, hops, error)

    def _respond(
        self, call: _Call, exchange: Exchange, hops: list[Exchange], error: BaseException | None
    ) -> FastResponse:
        response: FastResponse
        if error is not None:
            first = hops[0] if hops else exchange
            payload = call.payload if call.payload is not None else first.request_body
            request = FastRequest(first.url, first.method, first.request_headers, payload)
            response = (CaughtError if call.is_caught else ErrorResponse)(request, error)
        else:
            response = (ResponseContextManager if call.is_caught else FastResponse).__new__(
                ResponseContextManager if call.is_caught else FastResponse
            )
        response._exchange = exchange
        if hops:
            response._hops = tuple(hops)
        if call.spent_ms:
            response._spent_ms = call.spent_ms
        if self._success_statuses is not SUCCESS_STATUSES:
            response._success_statuses = self._success_statuses
        return response

    def _send_unreported(
        self, method: str, url: str, headers: Any, payload: Any, kwargs: dict[str, Any]
    ) -> FastResponse:
        body, content_type = encoded(payload)
        if content_type is not None:
            headers = _over({"content-type": content_type}, headers)
        call = _Call(method, url, url, body, payload, max_redirects=self._max_redirects, max_retries=self._max_retries)
        return self._follow(call, self._first(call, headers, False, kwargs))


def _unsent(call: _Call, url: str) -> PlainExchange:
    """What comes of a request to something that is no URL."""
    error = ConnectionError(url, "not an http(s) URL with a host: is the host of the user set?")
    failure = PlainFailure("url", str(error), error=error)
    return PlainExchange(call.method, url, call.name, failure=failure, started_at=time.time())


FastHttpSession._seams = Seams([(FastHttpSession, "request", FastHttpSession.request)])


def _over(defaults: dict[str, Any], headers: Mapping[str, Any] | None) -> dict[str, Any]:
    """`headers` over `defaults`, whatever the case of their names."""
    if not headers:
        return defaults
    given = {name.lower() for name in headers}
    return {**headers, **{name: value for name, value in defaults.items() if name.lower() not in given}}


def _without(headers: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    return {key: value for key, value in (headers or {}).items() if key.lower() != name}


class FastHttpUser(User, RestMixin[RestResponseContextManager]):
    """A user whose `client` is a `FastHttpSession`: far less CPU per request than HttpUser, and fewer features."""

    abstract = True

    network_timeout: float = 60.0
    """Seconds of silence after which a request fails."""
    connection_timeout: float = 60.0
    """Seconds within which a connection must be made."""
    max_redirects: int = 30
    """Redirects followed by one request."""
    max_retries: int = 0
    """How often a request that timed out is sent again."""
    insecure: bool = True
    """Accept any TLS certificate."""
    default_headers: dict[str, Any] | None = None
    """Headers of every request that does not set them itself."""
    concurrency: int = 10
    """Idle connections kept for each host; more matter to users who spawn greenlets of their own."""
    proxy_host: str | None = None
    proxy_port: int | None = None
    client_pool: Any = None
    """Connections shared by all users of this class, an `HTTPClientPool`; by default each has its own."""
    ssl_context_factory: Callable[[], Any] | None = None
    """Gives the `ssl.SSLContext` to use; TLS is slower then."""

    client: FastHttpSession

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        if self.host is None:
            raise StopTest(
                "You must specify the base host. Either in the host attribute in the User class, or on the command line"
                " using the --host option."
            )
        self.client = FastHttpSession(
            base_url=self.host,
            request_event=self.environment.events.request,
            user=self,
            insecure=self.insecure,
            client_pool=self.client_pool,
            ssl_context_factory=self.ssl_context_factory,
            max_redirects=self.max_redirects,
            max_retries=self.max_retries,
            headers=self.default_headers,
            network_timeout=self.network_timeout,
            connection_timeout=self.connection_timeout,
            concurrency=self.concurrency,
            proxy_host=self.proxy_host,
            proxy_port=self.proxy_port,
        )


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "CatchResponseError": "locust.exception",
            "LocustError": "locust.exception",
            "ResponseError": "locust.exception",
        },
    )
