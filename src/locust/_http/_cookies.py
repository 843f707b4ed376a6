"""Cookies: `http.cookiejar`'s policy, spoken to with the engine's exchanges."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from email.message import Message
from http.cookiejar import Cookie, CookieJar
from math import inf
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import urllib.request
    from http.client import HTTPResponse

    from locust._native import Exchange

CACHED_HEADERS_MAX = 64
"""Distinct paths of which a jar remembers the `Cookie` header."""


class CookieRequest:
    """What `http.cookiejar` wants to know of a request, and where it puts the header."""

    unverifiable = False

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        self._url = url
        self.type = parts.scheme
        self.host = parts.netloc.rpartition("@")[2]
        self.origin_req_host = (parts.hostname or "").lower()
        # requests lets an explicit Host header decide whose cookies are sent
        if headers and headers.get("Host"):
            self.host = headers["Host"]
            self._url = parts._replace(netloc=self.host).geturl()
        self.cookie_header: str | None = None

    def get_full_url(self) -> str:
        return self._url

    def has_header(self, name: str) -> bool:
        return name == "Cookie" and self.cookie_header is not None

    def get_header(self, name: str, default: str | None = None) -> str | None:
        return self.cookie_header if name == "Cookie" else default

    def header_items(self) -> list[tuple[str, str]]:
        return []

    def add_unredirected_header(self, name: str, value: str) -> None:
        if name == "Cookie":
            self.cookie_header = value


class _CookieResponse:
    """The headers of a response that matter to cookies, in the shape `http.cookiejar` reads."""

    def __init__(self, exchange: Exchange) -> None:
        self._message = Message()
        for name, value in exchange.header_items:
            if name.lower() in ("set-cookie", "set-cookie2"):
                self._message[name] = value

    def info(self) -> Message:
        return self._message


class CachingJar(CookieJar):
    """A cookie jar that remembers what it answered until a cookie comes, goes or expires."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._forget()
        super().__init__(*arguments, **keywords)

    def _forget(self) -> None:
        self._headers: dict[str, str | None] = {}
        self._good_until: float | None = None
        self._is_flat = False

    def set_cookie(self, cookie: Cookie, *arguments: Any, **keywords: Any) -> Any:
        try:
            return super().set_cookie(cookie, *arguments, **keywords)
        finally:
            self._forget()

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        try:
            super().clear(domain, path, name)
        finally:
            self._forget()

    def _look_through(self) -> float:
        """Until when the answers hold, and whether each is the same for the whole host."""
        self._good_until = inf
        self._is_flat = True
        for cookie in self:
            if cookie.expires is not None:
                self._good_until = min(self._good_until, float(cookie.expires))
            self._is_flat = self._is_flat and cookie.path == "/"
        return self._good_until

    def header_for(self, base_url: str, url: str) -> str | None:
        """The `Cookie` header for `url`, which is absolute or, with a leading slash, below `base_url`."""
        if not self._cookies:  # type: ignore[attr-defined]
            return None
        good_until = self._good_until
        if good_until is None:
            good_until = self._look_through()
        if good_until is not inf and time.time() >= good_until:
            self._forget()
            self._look_through()
        is_relative = url[:1] == "/"
        key = base_url if is_relative and self._is_flat else (base_url + url if is_relative else url).partition("?")[0]
        try:
            return self._headers[key]
        except KeyError:
            header = self.ask(key)
            if len(self._headers) >= CACHED_HEADERS_MAX:
                self._headers.clear()
            self._headers[key] = header
            return header

    def ask(self, url: str, headers: Mapping[str, str] | None = None) -> str | None:
        """The `Cookie` header for an absolute URL, always worked out anew."""
        return cookie_header(self, url, headers)

    def take(self, exchange: Exchange) -> None:
        """Stores the cookies of a response, as far as the policy allows."""
        take_cookies(self, exchange)


def cookie_header(jar: CookieJar, url: str, headers: Mapping[str, str] | None = None) -> str | None:
    """The `Cookie` header that any jar has for an absolute URL."""
    request = CookieRequest(url, headers)
    jar.add_cookie_header(cast("urllib.request.Request", request))
    return request.cookie_header


def take_cookies(jar: CookieJar, exchange: Exchange, headers: Mapping[str, str] | None = None) -> None:
    """Stores a response's cookies in any jar."""
    request = cast("urllib.request.Request", CookieRequest(exchange.url, headers))
    jar.extract_cookies(cast("HTTPResponse", _CookieResponse(exchange)), request)


def cookies_of(exchange: Exchange, jar: CookieJar) -> Iterable[Cookie]:
    """The cookies that a response sets, by the policy of `jar` but without storing them there."""
    request = cast("urllib.request.Request", CookieRequest(exchange.url))
    return jar.make_cookies(cast("HTTPResponse", _CookieResponse(exchange)), request)
