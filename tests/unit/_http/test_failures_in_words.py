"""Failures of the engine in the words of each client. These texts group failures, and scripts know them (2.47.0)."""

from __future__ import annotations

import http.client
import socket
import ssl
import zlib

import pytest
import requests
import urllib3

from locust._http._errors import (
    BadStatusCode,
    HTTPConnectionClosed,
    HTTPParseError,
    RetriesExceeded,
    fast_error,
    requests_errors,
)
from locust._http._fast_response import LocustBadStatusCode
from locust._http._plain import PlainFailure

URL = "http://shop.example:8080/x?y=1"


def failure(slug: str, message: str = "m", errno: int | None = None, phase: str = "wait") -> PlainFailure:
    return PlainFailure(slug, message, errno, phase)


REFUSED = failure("connect-refused", errno=111, phase="connect")
UNKNOWN = failure("dns", "[Errno -2] Name or service not known", -2, "dns")


@pytest.mark.parametrize(
    ("met", "kind", "text"),
    [
        (REFUSED, ConnectionRefusedError, "ConnectionRefusedError(111, 'Connection refused')"),
        (failure("connect", errno=113), OSError, "OSError(113, 'No route to host')"),
        (UNKNOWN, socket.gaierror, "gaierror(-2, 'Name or service not known')"),
        (failure("connect-timeout"), RetriesExceeded, f"RetriesExceeded('{URL}', 0, original=timed out)"),
        (failure("read-timeout"), RetriesExceeded, f"RetriesExceeded('{URL}', 0, original=timed out)"),
        (failure("read-timeout", phase="receive"), TimeoutError, "TimeoutError('timed out')"),
        (failure("reset", errno=104), HTTPConnectionClosed, "HTTPConnectionClosed('connection closed.')"),
        (
            failure("reset", errno=104, phase="receive"),
            ConnectionResetError,
            "ConnectionResetError(104, 'Connection reset by peer')",
        ),
        (failure("closed"), HTTPConnectionClosed, "HTTPConnectionClosed('connection closed.')"),
        (failure("truncated"), HTTPParseError, "HTTPParseError('Incomplete response.')"),
        (failure("protocol", "not HTTP"), HTTPParseError, "HTTPParseError('not HTTP')"),
        (failure("decode", "bad"), zlib.error, "error('bad')"),
        (failure("too-many-files", errno=24), OSError, "OSError(24, 'Too many open files')"),
        (failure("tls", "TLS: no"), ssl.SSLError, "SSLError(1, 'TLS: no')"),
        (
            failure("tls-verify", "certificate verify failed: certificate has expired"),
            ssl.SSLCertVerificationError,
            "SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
            "certificate has expired')",
        ),
    ],
)
def test_fasthttp_reports(met, kind, text):
    error = fast_error(met, URL, 0)

    assert isinstance(error, kind)
    assert repr(error) == text


POOL = "HTTPConnectionPool(host='shop.example', port=8080)"


@pytest.mark.parametrize(
    ("met", "raised", "reported", "text"),
    [
        (
            REFUSED,
            requests.ConnectionError,
            ConnectionRefusedError,
            "ConnectionRefusedError(111, 'Connection refused')",
        ),
        (UNKNOWN, requests.ConnectionError, socket.gaierror, "gaierror(-2, 'Name or service not known')"),
        (
            failure("read-timeout"),
            requests.ReadTimeout,
            requests.ReadTimeout,
            f'ReadTimeout(ReadTimeoutError("{POOL}: Read timed out. (read timeout=0.3)"))',
        ),
        (
            failure("read-timeout", phase="receive"),
            requests.ConnectionError,
            urllib3.exceptions.ReadTimeoutError,
            f'ReadTimeoutError("{POOL}: Read timed out.")',
        ),
        (
            failure("closed"),
            requests.ConnectionError,
            http.client.RemoteDisconnected,
            "RemoteDisconnected('Remote end closed connection without response')",
        ),
        (
            failure("reset", errno=104),
            requests.ConnectionError,
            ConnectionResetError,
            "ConnectionResetError(104, 'Connection reset by peer')",
        ),
        (
            failure("truncated", "cut short", phase="receive"),
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ChunkedEncodingError,
            "ChunkedEncodingError(ProtocolError('Connection broken: cut short'))",
        ),
        (failure("protocol", "huh"), requests.ConnectionError, http.client.BadStatusLine, "BadStatusLine('huh')"),
        (
            failure("header-overflow", "too long"),
            requests.ConnectionError,
            http.client.HTTPException,
            "HTTPException('too long')",
        ),
        (
            failure("tls-verify", "certificate verify failed: no"),
            requests.exceptions.SSLError,
            urllib3.exceptions.SSLError,
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: no'))",
        ),
        (failure("proxy", "407"), requests.exceptions.ProxyError, OSError, "OSError('407')"),
    ],
)
def test_httpuser_raises_one_thing_and_reports_its_cause(met, raised, reported, text):
    request = requests.Request("GET", URL).prepare()

    error, cause = requests_errors(met, request, (0.2, 0.3))

    assert type(error) is raised
    assert isinstance(cause, reported)
    assert repr(cause) == text


def test_a_connection_that_is_not_made_in_time_names_the_timeout():
    request = requests.Request("GET", URL).prepare()

    error, cause = requests_errors(failure("connect-timeout", phase="connect"), request, (0.2, 0.3))

    assert isinstance(error, requests.ConnectTimeout)
    assert str(cause).endswith("'Connection to shop.example timed out. (connect timeout=0.2)')")
    assert "HTTPConnection(host='shop.example', port=8080) at 0x" in str(cause)


def test_the_exception_of_requests_tells_the_whole_story():
    request = requests.Request("GET", URL).prepare()

    error, _ = requests_errors(REFUSED, request, None)

    assert error.request is request
    assert str(error) == (
        f'{POOL}: Max retries exceeded with url: /x?y=1 (Caused by NewConnectionError("HTTPConnection('
        "host='shop.example', port=8080): Failed to establish a new connection: [Errno 111] Connection refused\"))"
    )


def test_a_bad_status_is_one_failure_for_many_urls():
    first, second = LocustBadStatusCode("http://a/1", code=404), LocustBadStatusCode("http://a/2", code=404)

    assert repr(first) == repr(second) == "LocustBadStatusCode(code=404)"
    assert str(first) == "URL http://a/1: code=404"
    assert isinstance(first, BadStatusCode)
    assert (first.url, first.code) == ("http://a/1", 404)
