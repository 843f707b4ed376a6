"""A jar that remembers what it answered."""

from __future__ import annotations

import time

import pytest
from requests.cookies import create_cookie

from locust._http import _cookies
from locust._http._cookies import CachingJar, cookie_header, take_cookies
from locust._http._plain import PlainExchange

HOST = "http://shop.example"


def response(*cookies: str, url: str = f"{HOST}/") -> PlainExchange:
    return PlainExchange("GET", url, status_code=200, header_items=[("Set-Cookie", cookie) for cookie in cookies])


@pytest.fixture
def jar():
    return CachingJar()


def test_an_empty_jar_has_no_header(jar):
    assert jar.header_for(HOST, "/") is None


def test_cookies_of_a_response_go_into_the_next_request(jar):
    jar.take(response("a=1; Path=/", "b=2; Path=/cart; HttpOnly"))

    assert jar.header_for(HOST, "/cart") == "b=2; a=1"
    assert jar.header_for(HOST, "/") == "a=1"


def test_a_cookie_for_another_domain_is_refused(jar):
    jar.take(response("a=1; Domain=other.example"))

    assert jar.header_for(HOST, "/") is None


def test_a_secure_cookie_goes_over_https_only(jar):
    jar.take(response("a=1; Path=/; Secure", url="https://shop.example/"))

    assert jar.header_for(HOST, "/") is None
    assert jar.header_for("https://shop.example", "/") == "a=1"


def test_the_policy_is_asked_once_for_many_paths_of_a_host(jar, monkeypatch):
    asked: list[str] = []
    ask = CachingJar.ask
    monkeypatch.setattr(CachingJar, "ask", lambda jar, url: asked.append(url) or ask(jar, url))
    jar.take(response("a=1; Path=/"))

    headers = {jar.header_for(HOST, f"/item/{number}?page={number}") for number in range(10)}

    assert headers == {"a=1"}
    assert asked == [HOST]


def test_with_a_path_of_its_own_a_cookie_makes_the_policy_be_asked_for_each_path(jar):
    jar.take(response("a=1; Path=/", "b=2; Path=/cart"))

    assert [jar.header_for(HOST, path) for path in ("/x?1", "/cart?1", "/cart?2")] == ["a=1", "b=2; a=1", "b=2; a=1"]


def test_a_cookie_that_is_set_replaced_or_cleared_changes_the_header(jar):
    jar.take(response("a=1; Path=/"))
    seen = [jar.header_for(HOST, "/")]
    jar.take(response("a=2; Path=/"))
    seen.append(jar.header_for(HOST, "/"))
    jar.set_cookie(create_cookie("b", "3", domain="shop.example", path="/"))
    seen.append(jar.header_for(HOST, "/"))
    jar.clear()
    seen.append(jar.header_for(HOST, "/"))

    assert seen == ["a=1", "a=2", "a=2; b=3", None]


def test_a_cookie_is_forgotten_when_it_expires(jar, monkeypatch):
    now = time.time()
    jar.take(response("a=1; Path=/; Max-Age=60", "b=2; Path=/"))
    assert jar.header_for(HOST, "/") == "a=1; b=2"

    monkeypatch.setattr(time, "time", lambda: now + 61)

    assert jar.header_for(HOST, "/") == "b=2"


def test_absolute_urls_have_their_own_cookies(jar):
    jar.take(response("a=1; Path=/"))
    jar.take(response("b=2; Path=/", url="http://other.example/"))

    assert jar.header_for(HOST, "http://other.example/x") == "b=2"
    assert jar.header_for(HOST, "/x") == "a=1"


def test_only_so_many_answers_are_remembered(jar, monkeypatch):
    monkeypatch.setattr(_cookies, "CACHED_HEADERS_MAX", 3)
    jar.take(response("a=1; Path=/x"))

    for number in range(10):
        jar.header_for(HOST, f"/x/{number}")

    assert len(jar._headers) <= 3


def test_an_explicit_host_header_decides_whose_cookies_are_sent(jar):
    jar.take(response("a=1; Path=/"))

    assert cookie_header(jar, "http://127.0.0.1/", {"Host": "shop.example"}) == "a=1"


def test_a_response_without_cookies_changes_nothing(jar):
    take_cookies(jar, PlainExchange("GET", f"{HOST}/", header_items=[("X-A", "1")]))

    assert list(jar) == []
