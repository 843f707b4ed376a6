"""`FastHttpSession.client` and `client_pool`: what geventhttpclient's objects offer, over the engine."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from locust._http._fields import Headers
from locust._native import Pool

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    from locust.contrib.fasthttp import FastHttpSession, FastResponse

CONCURRENCY = 10
"""Idle connections kept for each host."""


class HTTPClientPool:
    """Connections that several users share: give one as `FastHttpUser.client_pool`.

    Args:
        concurrency: idle connections kept for each host.
        keywords: whatever else geventhttpclient's pool takes; timeouts and TLS are the user's here.
    """

    def __init__(self, concurrency: int = CONCURRENCY, **keywords: Any) -> None:
        self.client_args = {"concurrency": concurrency, **keywords}
        self._pool = Pool(max_idle=concurrency)

    def close(self) -> None:
        """Closes the idle connections: the next request opens a new one."""
        self._pool.close()


_foreign: weakref.WeakKeyDictionary[Any, Pool] = weakref.WeakKeyDictionary()


def engine_pool(client_pool: Any, concurrency: int) -> Pool:
    """The engine's pool for a `client_pool`: one of ours, geventhttpclient's, or None for a pool of the user's own."""
    if client_pool is None:
        return Pool(max_idle=concurrency)
    if isinstance(client_pool, HTTPClientPool):
        return client_pool._pool
    pool = _foreign.get(client_pool)
    if pool is None:
        arguments = getattr(client_pool, "client_args", None) or {}
        pool = _foreign[client_pool] = Pool(max_idle=arguments.get("concurrency", concurrency))
    return pool


class _SessionPool:
    """The connections of one session, as its agent's `clientpool`."""

    def __init__(self, session: FastHttpSession) -> None:
        self._session = session

    def close(self) -> None:
        """Closes the idle connections: the next request opens a new one."""
        self._session._close_connections()


class UserAgent:
    """What is behind a `FastHttpSession`: cookies, default headers, what counts as success. A view of the session."""

    def __init__(self, session: FastHttpSession) -> None:
        self._session = session
        self.clientpool: Any = _SessionPool(session)
        self._default_headers = Headers(session._agent_headers)
        self._default_headers._on_change = self._take_headers

    def _take_headers(self) -> None:
        self._session._agent_headers = list(self._default_headers.items())
        self._session._settle_headers()

    @property
    def default_headers(self) -> Headers:
        """Headers of every request that does not set them itself."""
        return self._default_headers

    @default_headers.setter
    def default_headers(self, headers: Any) -> None:
        self._default_headers = Headers(headers)
        self._default_headers._on_change = self._take_headers
        self._take_headers()

    @property
    def cookiejar(self) -> CookieJar:
        return self._session.cookiejar

    @cookiejar.setter
    def cookiejar(self, jar: CookieJar) -> None:
        self._session.cookiejar = jar

    @property
    def max_redirects(self) -> int:
        return self._session._max_redirects

    @max_redirects.setter
    def max_redirects(self, limit: int) -> None:
        self._session._max_redirects = limit

    @property
    def max_retries(self) -> int:
        return self._session._max_retries

    @max_retries.setter
    def max_retries(self, limit: int) -> None:
        self._session._max_retries = limit

    @property
    def valid_response_codes(self) -> frozenset[int]:
        """Statuses that are a success."""
        return self._session._success_statuses

    @valid_response_codes.setter
    def valid_response_codes(self, statuses: Any) -> None:
        self._session._success_statuses = frozenset(statuses)
        self._session._build()

    @property
    def redirect_response_codes(self) -> frozenset[int]:
        """Statuses whose Location is followed."""
        return self._session._redirect_statuses

    @redirect_response_codes.setter
    def redirect_response_codes(self, statuses: Any) -> None:
        self._session._redirect_statuses = frozenset(statuses)
        self._session._build()

    def urlopen(
        self,
        url: str,
        method: str = "GET",
        headers: Any = None,
        payload: Any = None,
        **keywords: Any,
    ) -> FastResponse:
        """Sends a request to an absolute URL without reporting it.

        Raises:
            ConnectionError, OSError, ssl.SSLError, HTTPParseError: there was no response, or its status is a failure.
        """
        response = self._session._send_unreported(method, str(url), headers, payload, keywords)
        response.raise_for_status()
        return response

    def close(self) -> None:
        """Closes the idle connections."""
        self.clientpool.close()
