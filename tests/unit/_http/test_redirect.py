"""Where a redirect leads, for both clients."""

from __future__ import annotations

import pytest
import requests
from requests.cookies import RequestsCookieJar

from locust._http._redirect import NextRequest, fast_next, headers_after, requests_method, requests_target

BASE = "http://shop.example:8080/a/b?c=d"


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("PUT", 303, "GET"),
        ("DELETE", 301, "GET"),
        ("POST", 307, "POST"),
        ("PUT", 308, "PUT"),
        ("GET", 302, "GET"),
    ],
)
def test_fasthttp_repeats_a_request_after_307_and_308_only(method, status, expected):
    following = fast_next(method, BASE, status, "/x")

    assert following == NextRequest(expected, "http://shop.example:8080/x", status in (307, 308), True)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/x#fragment", "http://shop.example:8080/x"),
        ("x", "http://shop.example:8080/a/x"),
        ("//other.example/x", "http://other.example/x"),
        ("?e=f", "http://shop.example:8080/a/b?e=f"),
        (" /x ", "http://shop.example:8080/x"),
    ],
)
def test_fasthttp_reads_a_location_relative_to_the_url(location, expected):
    assert fast_next("GET", BASE, 302, location).url == expected


@pytest.mark.parametrize(
    ("location", "keeps"),
    [
        ("/x", True),
        ("HTTP://SHOP.example:8080/x", True),
        ("http://shop.example/x", False),
        ("https://shop.example:8080/x", False),
        ("http://other.example:8080/x", False),
    ],
)
def test_fasthttp_keeps_credentials_for_the_same_origin_only(location, keeps):
    assert fast_next("GET", BASE, 302, location).keeps_authorization is keeps


def test_what_belonged_to_the_body_or_to_the_host_is_not_sent_again():
    headers = [("Host", "h"), ("cookie", "c"), ("Content-Type", "t"), ("Authorization", "a"), ("X-A", "1")]

    dropped = headers_after(headers, NextRequest("GET", "u", keeps_body=False, keeps_authorization=False))
    kept = headers_after(headers, NextRequest("POST", "u", keeps_body=True, keeps_authorization=True))

    assert dropped == [("X-A", "1")]
    assert kept == [("Content-Type", "t"), ("Authorization", "a"), ("X-A", "1")]


def what_requests_does(method: str, status: int, location: str, url: str) -> tuple[str, str]:
    """Method and URL of the request that requests itself would send next."""
    sent: list[requests.PreparedRequest] = []

    class Session(requests.Session):
        def send(self, request, **kwargs):
            sent.append(request)
            final = requests.Response()
            final.status_code = 200
            final._content = b""
            final.url = request.url
            return final

    class Raw:
        _original_response = None

        def read(self, *_):
            return b""

    response = requests.Response()
    response.status_code = status
    response.headers["location"] = location
    response.url = url
    response._content = b""
    response.raw = Raw()
    request = requests.Request(method, url).prepare()
    request._cookies = RequestsCookieJar()
    response.request = request
    session = Session()
    session.trust_env = False
    next(session.resolve_redirects(response, request))
    return sent[0].method, sent[0].url


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_the_method_after_a_redirect_is_that_of_requests(method, status):
    assert requests_method(method, status) == what_requests_does(method, status, "/x", BASE)[0]


@pytest.mark.parametrize(
    "location",
    [
        "/x",
        "x",
        "?q=1",
        "//other.example/x",
        "https://other.example/x#f",
        "/a b?c=ü d",
        "/%zz",
        "/%7Euser",
        "/ü",
        "http://h",
    ],
)
def test_the_url_after_a_redirect_is_that_of_requests(location):
    as_sent = location.encode("utf-8").decode("latin-1")

    target, _ = requests_target(BASE, as_sent, "")

    assert target == what_requests_does("GET", 302, as_sent, BASE)[1]


def test_a_fragment_outlives_redirects_without_one():
    first, fragment = requests_target(BASE, "/x#there", "")
    second, fragment = requests_target(first, "/y", fragment)

    assert (second, fragment) == ("http://shop.example:8080/y#there", "there")
