"""HttpUser's client: a `requests.Session` whose ordinary requests take the engine's fast road.

Long because one class has to be requests' Session, watch over its own state and choose the road.
"""

from __future__ import annotations

import os
import re
import time
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from requests import Response
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, RequestException, TooManyRedirects
from requests.hooks import default_hooks
from requests.models import DEFAULT_REDIRECT_LIMIT, PreparedRequest, RequestEncodingMixin
from requests.sessions import Session
from requests.structures import CaseInsensitiveDict
from requests.utils import default_headers, get_environ_proxies, get_netrc_auth
from urllib3.connectionpool import HTTPConnectionPool

from locust import _native
from locust._http._adapter import LocustHttpAdapter, engine_url, timeouts_of, tls_of
from locust._http._cookies import CachingJar, cookie_header, take_cookies
from locust._http._errors import requests_errors, undecodable
from locust._http._meta import Named, context_of, is_sendable, status_table
from locust._http._payload import basic_auth
from locust._http._redirect import REDIRECT_STATUSES, NextRequest, headers_after, requests_method, requests_target
from locust._http._response import ResponseContextManager, path_of, prepared_request, requests_meta
from locust._http._verbs import Verbs
from locust._patch import patch_urllib3
from locust.exception import CatchResponseError, LocustError, ResponseError
from locust.util.borrowed import borrowed

if TYPE_CHECKING:
    from urllib3 import PoolManager

    from locust._native import Exchange

__all__ = [
    "CatchResponseError",
    "HttpSession",
    "LocustError",
    "LocustHttpAdapter",
    "ResponseContextManager",
    "ResponseError",
    "RestResponseContextManager",
]

patch_urllib3()

absolute_http_url_regexp = re.compile(r"^https?://", re.IGNORECASE)
_STATUS_TABLE = status_table(frozenset(range(400)), REDIRECT_STATUSES)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_QUICK = frozenset({"headers", "allow_redirects", "timeout", "params"})
_BODILESS = frozenset({"GET", "HEAD"})
_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_json_text = JSONEncoder(allow_nan=False).encode
_encode_params = RequestEncodingMixin._encode_params  # type: ignore[attr-defined]

# What others replace to see or answer requests: OpenTelemetry, requests-mock, responses, VCR... The fast road is taken
# only while requests is as it was made.
_REQUEST = Session.request
_SEND = Session.send
_GET_ADAPTER = Session.get_adapter
_ADAPTER_SEND = HTTPAdapter.send
_CONNECTION = HTTPConnectionPool.ConnectionCls
_SEAMS = ("request", "send", "get_adapter", "prepare_request", "merge_environment_settings", "resolve_redirects",
          "rebuild_auth", "rebuild_method", "rebuild_proxies", "get_redirect_target", "should_strip_auth")  # fmt: skip
_CONTAINERS = frozenset({"hooks", "proxies", "params", "adapters"})


def _was_patched_before() -> bool:
    """Whether somebody replaced parts of requests before this module saw it."""
    made_in = {requests.sessions.__file__, requests.adapters.__file__}
    return any(
        getattr(getattr(part, "__code__", None), "co_filename", None) not in made_in
        for part in (_REQUEST, _SEND, _GET_ADAPTER, _ADAPTER_SEND)
    )


if _was_patched_before():
    _REQUEST = cast("Any", None)

_pools: weakref.WeakKeyDictionary[Any, _native.Pool] = weakref.WeakKeyDictionary()


def _pool_of(pool_manager: PoolManager | None) -> _native.Pool:
    """The engine's connections that go with a urllib3 pool: shared by the users who share that one."""
    if pool_manager is None:
        return _native.Pool(max_idle=10)
    pool = _pools.get(pool_manager)
    if pool is None:
        max_idle = pool_manager.connection_pool_kw.get("maxsize", 1)
        pool = _pools[pool_manager] = _native.Pool(max_idle=max(max_idle, 10))
    return pool


def _seams_of(session_class: type[HttpSession]) -> _native.Seams:
    """What must be as it was made for `get` to take the engine's short way."""
    return _native.Seams(
        [
            (session_class, "request", HttpSession.request),
            (Session, "request", _REQUEST),
            (Session, "send", _SEND),
            (Session, "get_adapter", _GET_ADAPTER),
            (HTTPAdapter, "send", _ADAPTER_SEND),
            (HTTPConnectionPool, "ConnectionCls", _CONNECTION),
        ]
    )


class RestResponseContextManager(ResponseContextManager):
    """What `HttpUser.rest` gives, for type checkers: `js` is the parsed body."""

    js: dict[str, Any]


ResponseContextManager.__module__ = LocustHttpAdapter.__module__ = __name__


class _SessionHeaders(CaseInsensitiveDict[Any]):
    """A session's default headers: the engine is told of each change."""

    def __init__(self, session: HttpSession, headers: Any) -> None:
        self._session: Any = None
        super().__init__(headers)
        self._session = weakref.ref(session)

    def _tell(self) -> None:
        session = self._session and self._session()
        if session is not None:
            session._settle_headers()

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self._tell()

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._tell()

    def __reduce__(self) -> tuple[Any, ...]:
        return CaseInsensitiveDict, (dict(self.items()),)


class _SessionCookies(CachingJar, requests.cookies.RequestsCookieJar):  # type: ignore[misc]
    """requests' jar, with the headers it gave out remembered."""

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        CachingJar.clear(self, domain, path, name)


_DEFAULT_FIELDS = [(str(name), str(value)) for name, value in default_headers().items()]


class HttpSession(_native.PlainGet, Verbs[ResponseContextManager], Named, Session):
    """Sends requests to one host and reports each as a `request` event. A `requests.Session` in all other respects.

    Args:
        base_url: before each URL that is not absolute. User name and password in it become Basic authentication.
        request_event: what reports; an `EventHook`.
        user: whose `context()` goes into each report; None for nobody's.
        pool_manager: urllib3 pool; sessions that are given the same one share their connections.
    """

    # As requests.Session.__init__ sets them; what is dear or can be changed in place is made when first asked for.
    auth: Any = None
    stream = False
    verify: Any = True
    cert: Any = None
    max_redirects = DEFAULT_REDIRECT_LIMIT
    trust_env = True

    _unusual: frozenset[str] = frozenset({"trust_env"})
    """What may keep requests from the fast road: names of attributes to look at, or of reasons."""
    _auth_header: str | None = None
    _timeout: Any = None
    _base_path = ""
    _seams: _native.Seams
    _has_tls = False
    _pool_manager: PoolManager | None = None

    def __init__(
        self,
        base_url: str | None,
        request_event: Any,
        user: Any,
        *args: Any,
        pool_manager: PoolManager | None = None,
        **kwargs: Any,
    ) -> None:
        if args or kwargs:
            raise TypeError(f"HttpSession takes no such arguments: {args or ''} {kwargs or ''}")
        self.user = user
        if pool_manager is not None:
            self._pool_manager = pool_manager
        native = _native.Session(
            ResponseContextManager, request_event, is_ok=_STATUS_TABLE, pool=_pool_of(pool_manager)
        )
        native.default_headers = _DEFAULT_FIELDS
        self._native = native
        self.base_url = base_url

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._seams = _seams_of(cls)
        if any(seam in cls.__dict__ and seam != "request" for seam in _SEAMS):
            cls._unusual = cls._unusual | {"subclass"}

    # --- state --------------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name == "headers":
            value: Any = _SessionHeaders(self, default_headers())
        elif name == "cookies":
            value = _SessionCookies()
        elif name == "adapters":
            value = OrderedDict()
            for prefix in ("https://", "http://"):
                value[prefix] = LocustHttpAdapter(self._pool_manager, native=self._native)
        elif name == "hooks":
            value = default_hooks()
        elif name in ("proxies", "params"):
            value = {}
        elif name == "_native":
            # An unpickled session, which requests makes without __init__
            value = _native.Session(ResponseContextManager, None, is_ok=_STATUS_TABLE)
        elif name in ("user", "_base_url"):
            value = None
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in _CONTAINERS:
            self.__dict__["_unusual"] = self._unusual | {name}
        self.__dict__[name] = value
        if name == "cookies" or name in _CONTAINERS:
            self._native.short_way = False
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "headers" and not isinstance(value, _SessionHeaders):
            value = _SessionHeaders(self, value)
        super().__setattr__(name, value)
        if name == "headers":
            self._settle_headers()
        elif name == "auth":
            self._settle_auth(value)
        elif name in ("verify", "cert"):
            self._has_tls = False
            self._mark("tls", is_unusual=False)
            self._trust()
        elif name in _CONTAINERS:
            self._mark(name, is_unusual=True)
        elif name in ("stream", "trust_env"):
            self._mark(name, is_unusual=bool(value))
        elif name in _SEAMS:
            self._mark(name, is_unusual=True)
        elif name == "cookies":
            self._native.short_way = False

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in _SEAMS:
            self._mark(name, is_unusual=False)

    def _mark(self, reason: str, *, is_unusual: bool) -> None:
        self.__dict__["_unusual"] = self._unusual | {reason} if is_unusual else self._unusual - {reason}
        self._settle_short_way()

    def _settle_short_way(self) -> None:
        self._native.short_way = (
            not self._unusual and not self._renames and self._timeout is None and "cookies" not in self.__dict__
        )

    def _is_usual(self) -> bool:
        """Whether nothing that was touched is different from what a new session has."""
        state = self.__dict__
        for name in self._unusual:
            if name == "trust_env":
                if self.trust_env and _environment_matters(self._base_url or ""):
                    return False
                # The environment is not asked again: it does not change in a run.
                self._mark("trust_env", is_unusual=False)
            elif name == "hooks":
                if any(state["hooks"].values()):
                    return False
            elif name == "adapters":
                adapters = state["adapters"]
                if len(adapters) != 2 or any(type(adapter) is not LocustHttpAdapter for adapter in adapters.values()):
                    return False
            elif name in _SEAMS:
                # requests-mock puts the session's own method back where none was.
                if getattr(state.get(name), "__func__", None) is not getattr(type(self), name):
                    return False
            elif name not in ("proxies", "params") or state[name]:
                return False
        return True

    @property
    def base_url(self) -> Any:
        """Before each URL that is not absolute."""
        return self._base_url

    @base_url.setter
    def base_url(self, url: Any) -> None:
        if url and "@" in url:
            parts = urlsplit(url)
            if parts.username and parts.password:
                self.auth = HTTPBasicAuth(unquote(parts.username), unquote(parts.password))
                url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._base_url = url
        self._base_path = urlsplit(url).path.rstrip("/") if url else ""
        self._native.set_name_prefix(self._base_path)
        self._trust()
        try:
            self._native.base_url = url or ""
        except ValueError:
            self._native.base_url = ""  # no good for the engine: requests will say what is wrong with it

    @property
    def request_event(self) -> Any:
        """What reports each request."""
        return self._native.request_event

    @request_event.setter
    def request_event(self, event: Any) -> None:
        self._native.request_event = event

    def _trust(self, is_needed: bool = False) -> None:
        """Gives the engine this session's TLS settings once they are needed: parsing certificates is dear."""
        is_needed = is_needed or str(self._base_url or "")[:6].lower() == "https:"
        if self._has_tls or not is_needed:
            return
        try:
            self._native.set_tls(tls_of(self.verify, self.cert))
        except (OSError, ValueError):
            self._mark("tls", is_unusual=True)  # requests says what is wrong
        else:
            self._mark("tls", is_unusual=False)
            self._has_tls = True

    def _settle_auth(self, auth: Any) -> None:
        if isinstance(auth, tuple) and len(auth) == 2:
            pair: Any = auth
        else:
            pair = (auth.username, auth.password) if type(auth) is HTTPBasicAuth else None
        is_basic = pair is not None and all(isinstance(part, str) for part in pair)
        self._auth_header = _basic(*pair) if is_basic else None
        self._mark("auth", is_unusual=bool(auth) and not is_basic)
        self._settle_headers()

    def _settle_headers(self) -> None:
        headers = self.__dict__.get("headers")
        fields: list[tuple[Any, Any]] = list(_DEFAULT_FIELDS if headers is None else headers.items())
        fields = [(name, value) for name, value in fields if value is not None]
        if self._auth_header is not None:
            fields = [field for field in fields if field[0].lower() != "authorization"]
            fields.append(("Authorization", self._auth_header))
        try:
            self._native.default_headers = [(_text(name), _text(value)) for name, value in fields]
        except (TypeError, ValueError):
            self._mark("headers", is_unusual=True)  # requests says what is wrong
        else:
            self._mark("headers", is_unusual=False)

    def _set_timeout(self, timeout: Any) -> bool:
        """Has the engine's next requests time out so; False when that is nothing it understands."""
        seconds = timeouts_of(timeout)
        if seconds is None:
            return False
        self._native.connect_timeout, self._native.read_timeout = seconds
        self._timeout = timeout
        self._settle_short_way()
        return True

    def _build_url(self, path: Any) -> Any:
        return path if absolute_http_url_regexp.match(path) else f"{self.base_url}{path}"

    def close(self) -> None:
        """Closes the idle connections."""
        self._native.pool.close()
        for adapter in self.__dict__.get("adapters", {}).values():
            adapter.close()

    # --- requests -----------------------------------------------------------------------------------------------------

    def request(  # type: ignore[override]
        self,
        method: str | bytes,
        url: str | bytes,
        name: str | None = None,
        catch_response: bool = False,
        context: Mapping[str, Any] = {},
        *,
        data: Any = None,
        json: Any = None,
        **kwargs: Any,
    ) -> ResponseContextManager:
        """Sends a request, waits for the response and reports it.

        Args:
            method: HTTP method.
            url: a path below `base_url`, or an absolute URL.
            name: reported instead of the URL's path and query.
            catch_response: the locustfile decides in a with-block whether this was a success, see `failure()`.
            context: goes into the report, over the user's own.
            data, json, kwargs: as `requests.Session.request` takes them.

        Returns:
            The response, also when there was none: then its `status_code` is 0 and its `error` says why.

        Raises:
            MissingSchema, InvalidSchema, InvalidURL: the URL is none.
        """
        if (
            (not self._unusual or self._is_usual())
            and method in _METHODS
            and type(url) is str
            and Session.send is _SEND
            and Session.request is _REQUEST
            and HTTPAdapter.send is _ADAPTER_SEND
            and Session.get_adapter is _GET_ADAPTER
            and HTTPConnectionPool.ConnectionCls is _CONNECTION
        ):
            result = self._request_fast(method, url, name, catch_response, data, json, kwargs)
            if result is not None:
                if type(result) is ResponseContextManager:
                    if catch_response:
                        result._catch_response = True
                        result._session = self
                        result._context = context
                    return result
                return self._settle(result, url, name, catch_response, context, kwargs)
        return self._request_general(method, url, name, catch_response, context, {**kwargs, "data": data, "json": json})

    def _finish(self, exchange: Exchange, url: str, name: str | None, catch_response: bool) -> ResponseContextManager:
        """What a plain GET left to Python."""
        return self._settle(exchange, url, name, catch_response, {}, {})

    # --- the fast road ------------------------------------------------------------------------------------------------

    def _request_fast(
        self,
        method: str,
        url: str,
        name: str | None,
        catch_response: bool,
        data: Any,
        json: Any,
        kwargs: dict[str, Any],
    ) -> Any:
        """One native call. None when this request is for requests' own road."""
        headers = timeout = None
        if kwargs:
            if not kwargs.keys() <= _QUICK:
                return None
            headers = kwargs.get("headers")
            timeout = kwargs.get("timeout")
            params = kwargs.get("params")
            if params:
                if "#" in url:
                    return None
                url = f"{url}{'&' if '?' in url else '?'}{_encode_params(params)}"
            if headers and not self._may_send(headers):
                return None
        if timeout is not self._timeout and not self._set_timeout(timeout):
            return None
        body: bytes | None
        if data is None and json is None:
            body = None if method in _BODILESS else b""
        else:
            headers, body = self._encode(data, json, headers)
            if body is None:
                return None
        cookie = None
        cookies = self.__dict__.get("cookies")
        if cookies is not None:
            if type(cookies) is not _SessionCookies:
                return None
            cookie = cookies.header_for(self._base_url, url)
        label = name or (self._renames and self.request_name)
        if not label:
            label = self._base_path + url if url[:1] == "/" else path_of(self._build_url(url))
        if url[:6].lower() == "https:":
            if self.trust_env:
                return None  # the environment may name certificates
            self._trust(is_needed=True)
            if not self._has_tls:
                return None
        try:
            return self._native.request(method, url, label, headers, body, cookie, catch_response)
        except (TypeError, ValueError):
            if is_sendable(headers, label):
                raise  # a gevent.Timeout may throw anything
            return None  # a header the engine refuses: requests says what is wrong

    def _may_send(self, headers: Any) -> bool:
        """Whether headers of a request need no more thought than to be sent."""
        if not isinstance(headers, Mapping):
            return False
        if self._auth_header is None and "cookies" not in self.__dict__:
            return True
        names = {str(name).lower() for name in headers}
        # The session's credentials and cookies give way or not by rules of requests.
        return not ("authorization" in names and self._auth_header) and not names & {"cookie", "host"}

    def _encode(self, data: Any, json: Any, headers: Any) -> tuple[Any, bytes | None]:
        """Headers and body of a request with a body; None for the body when it is not for the fast road."""
        defaults = None
        if not data and json is not None:
            try:
                body = _json_text(json).encode("utf-8")
            except ValueError:
                return headers, None
            defaults = _JSON
        elif isinstance(data, str):
            body = data.encode("utf-8")
        elif isinstance(data, bytes):
            body = data
        elif isinstance(data, dict):
            body = _encode_params(data).encode("utf-8")
            defaults = _FORM if data else None
        else:
            return headers, None
        if defaults is not None and not self._has_content_type(headers):
            headers = {**headers, **defaults} if headers else defaults
        return headers, body

    def _has_content_type(self, headers: Any) -> bool:
        own = self.__dict__.get("headers")
        if own is not None and "content-type" in own:
            return True
        return bool(headers) and any(name.lower() == "content-type" for name in headers)

    # --- what the fast road leaves to Python --------------------------------------------------------------------------

    def _settle(
        self,
        exchange: Exchange,
        url: str,
        name: str | None,
        catch_response: bool,
        context: Mapping[str, Any],
        kwargs: Mapping[str, Any],
    ) -> ResponseContextManager:
        """What becomes of an exchange: cookies, redirects, and at last the report."""
        if not catch_response and 200 <= exchange.status_code < 300 and not exchange.has_cookies:
            return self._tell_success(exchange, context)
        explicit_name = name or self.request_name
        hops: list[Exchange] = []
        fragment = ""
        error: Exception | None = None
        cause: BaseException | None = None
        while True:
            if exchange.has_cookies:
                take_cookies(self.cookies, exchange)
            failure = exchange.failure
            if failure is not None:
                request = prepared_request(exchange, exchange.url)
                error, cause = requests_errors(failure, request, kwargs.get("timeout"))
                break
            location = exchange.location
            if (
                location is None
                or not kwargs.get("allow_redirects", True)
                or exchange.status_code not in REDIRECT_STATUSES
            ):
                break
            if len(hops) >= self.max_redirects:
                request = prepared_request(exchange, exchange.url)
                error = cause = TooManyRedirects(f"Exceeded {self.max_redirects} redirects.", request=request)
                break
            hops.append(exchange)
            target, fragment = requests_target(exchange.url, location, fragment)
            exchange = self._send_again(exchange, target, kwargs.get("timeout"))
        return self._report(exchange, tuple(hops), fragment, error, cause, explicit_name, catch_response, context)

    def _send_again(self, exchange: Exchange, target: str, timeout: Any) -> Exchange:
        """Sends the request that follows a redirect."""
        if target[:5].lower() not in ("http:", "https"):
            raise InvalidSchema(f"No connection adapters were found for {target!r}")
        status = exchange.status_code
        following = NextRequest(
            method=requests_method(exchange.method, status),
            url=target,
            keeps_body=status in (307, 308),
            keeps_authorization=not self.should_strip_auth(exchange.url, target),  # type: ignore[no-untyped-call]
        )
        headers = headers_after(exchange.request_headers, following)
        cookie = cookie_header(self.cookies, target)
        if cookie is not None:
            headers.append(("Cookie", cookie))
        connect_timeout, read_timeout = timeouts_of(timeout) or (None, None)
        return self._native.exchange(
            following.method,
            engine_url(target),
            headers,
            exchange.request_body if following.keeps_body else None,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            tls=tls_of(self.verify, self.cert) if target[:5].lower() == "https" and not self._has_tls else None,
            name=exchange.name,
        )

    def _report(
        self,
        exchange: Exchange,
        hops: tuple[Exchange, ...],
        fragment: str,
        error: Exception | None,
        cause: BaseException | None,
        explicit_name: str | None,
        catch_response: bool,
        context: Mapping[str, Any],
    ) -> ResponseContextManager:
        if error is None:
            try:
                _ = exchange.content_length
            except ValueError as wrong:
                error = cause = undecodable(exchange.header("content-encoding"), str(wrong))
                cast("Any", error).request = prepared_request(exchange, exchange.url)
        if error is None:
            response = ResponseContextManager.__new__(ResponseContextManager)
            response._exchange = exchange
            response._hops = hops
            if fragment:
                response.url = f"{exchange.url}#{fragment}"
            name = explicit_name or (hops[0] if hops else exchange).name
            meta = requests_meta(response, self, context, name=name)
        else:
            response = ResponseContextManager(cast("RequestException", error))
            response._cause = cause
            response._exchange = exchange
            response._hops = hops
            meta = requests_meta(response, self, context, name=explicit_name or path_of(exchange.url))
            # Upstream tells of the request that failed, not of the one that led to it.
            meta["request_type"] = (hops[0] if hops else exchange).method
            meta["url"] = exchange.url
        return self._conclude(response, meta, catch_response)

    def _conclude(
        self, response: ResponseContextManager, meta: dict[str, Any], catch_response: bool
    ) -> ResponseContextManager:
        response._session = self
        response.request_meta = meta
        if catch_response:
            response._catch_response = True
        else:
            response._report_request(response._verdict())
        return response

    def _tell_success(self, exchange: Exchange, context: Mapping[str, Any]) -> ResponseContextManager:
        """Reports to listeners in Python what is most often reported, in the fewest calls."""
        response = ResponseContextManager.__new__(ResponseContextManager)
        response._exchange = exchange
        response._session = self
        response._context = context
        if exchange.header("content-encoding") is not None and response._verdict() is not None:
            return self._report(exchange, (), "", None, None, exchange.name, False, context)
        self._native.request_event.fire(
            request_type=exchange.method,
            response_time=exchange.elapsed_ms,
            name=exchange.name,
            context=context_of(self.user, context),
            response=response,
            exception=None,
            start_time=exchange.started_at,
            url=exchange.url,
            response_length=exchange.content_length,
        )
        return response

    # --- requests' own road -------------------------------------------------------------------------------------------

    def _request_general(
        self,
        method: Any,
        url: Any,
        name: str | None,
        catch_response: bool,
        context: Mapping[str, Any],
        kwargs: dict[str, Any],
    ) -> ResponseContextManager:
        """Anything: requests does it, over this session's adapters, and it is reported the same way."""
        full_url = self._build_url(url)
        started_at = time.time()
        began = time.perf_counter()
        response = self._send_request_safe_mode(method, full_url, **kwargs)
        elapsed_ms = (time.perf_counter() - began) * 1000
        sent = [hop.__dict__.get("_sent") for hop in (*response.history, response)]
        if all(exchange is not None for exchange in sent):
            elapsed_ms = sum(exchange.elapsed_ms for exchange in sent if exchange is not None)
        request = (response.history[0] if response.history else response).request
        request_url = getattr(request, "url", None) or full_url
        is_streamed = bool(kwargs.get("stream") or (kwargs.get("stream") is None and self.stream))
        if not isinstance(response, ResponseContextManager):
            response = ResponseContextManager.wrap_response(response, self.request_event, {}, catch_response)
        if response.error is not None:
            length = 0
        elif is_streamed:
            length = int(response.headers.get("content-length") or 0)
        else:
            length = len(response.content or b"")
        meta = {
            "request_type": method,
            "response_time": elapsed_ms,
            "name": name or self.request_name or path_of(request_url),
            "context": context_of(self.user, context),
            "response": response,
            "exception": None,
            "start_time": started_at,
            "url": request_url,
            "response_length": length,
        }
        return self._conclude(response, meta, catch_response)

    def _send_request_safe_mode(self, method: Any, url: Any, **kwargs: Any) -> Response:
        """Sends a request the way requests does. What it raises becomes a response with `error`, but for bad URLs."""
        try:
            return super().request(method, url, **kwargs)
        except (InvalidSchema, InvalidURL, MissingSchema):
            raise
        except RequestException as error:
            response = ResponseContextManager(error)
            if error.request is None:
                response.request = cast("Any", _unsent(method, url))
            response._cause = _innermost(error)
            return response


def _unsent(method: Any, url: str) -> PreparedRequest:
    request = PreparedRequest()
    request.method = method
    request.url = url
    request.headers = CaseInsensitiveDict()
    return request


def _innermost(error: BaseException) -> BaseException:
    """What upstream reports for an exception of requests: the cause that says most."""
    if isinstance(error, RequestException) and not isinstance(error, requests.exceptions.ConnectionError):
        return error
    inner: Any = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None)
    if isinstance(reason, BaseException):
        cause = reason.__cause__
        return cause if isinstance(cause, OSError) and not isinstance(reason, _SSL_ERROR) else reason
    if isinstance(inner, _PROTOCOL_ERROR) and len(inner.args) > 1 and isinstance(inner.args[1], BaseException):
        return inner.args[1]
    return inner if isinstance(inner, BaseException) else error


_SSL_ERROR = requests.packages.urllib3.exceptions.SSLError  # type: ignore[attr-defined]
_PROTOCOL_ERROR = requests.packages.urllib3.exceptions.ProtocolError  # type: ignore[attr-defined]


def _basic(username: str, password: str) -> str:
    # requests encodes credentials as ISO-8859-1
    return basic_auth(username.encode("latin-1", "replace"), password.encode("latin-1", "replace"))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    raise TypeError(f"header part {value!r} must be str or bytes")


def _environment_matters(base_url: str) -> bool:
    """Whether the environment has something for requests of this host: a proxy, credentials, certificates."""
    has_bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if has_bundle and base_url[:5].lower() == "https":
        return True
    return bool(get_environ_proxies(base_url) or get_netrc_auth(base_url))


HttpSession._seams = _seams_of(HttpSession)


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "DEFAULT_CA_BUNDLE_PATH": "requests.utils",
            "EventHook": "locust.event",
        },
    )
