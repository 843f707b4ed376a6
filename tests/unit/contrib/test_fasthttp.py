"""FastHttpSession and FastHttpUser: which road a request takes, what is reported, what upstream has on them."""

from __future__ import annotations

import subprocess
import sys
import zlib
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest
from fakes.engine import FakeSession, answer

from locust._http import _agent
from locust._http._plain import PlainFailure
from locust.contrib import fasthttp
from locust.contrib.fasthttp import (
    ErrorResponse,
    FastHttpSession,
    FastHttpUser,
    FastResponse,
    HTTPClientPool,
    ResponseContextManager,
)
from locust.event import EventHook, Events
from locust.exception import CatchResponseError, LocustError, ResponseError, StopTest

REFUSED = PlainFailure("connect-refused", "refused", 111, "connect")
LATE = PlainFailure("read-timeout", "late", None, "wait")


@pytest.fixture
def event():
    return EventHook()


@pytest.fixture
def reports(event):
    """What is reported; asking for it makes a Python listener."""
    heard: list[dict[str, Any]] = []
    event.add_listener(lambda **report: heard.append(report))
    return heard


@pytest.fixture
def session(event):
    session = FastHttpSession("http://shop.example", event, None, max_redirects=30, max_retries=0)
    session._native = FakeSession(FastResponse, event, ResponseContextManager)
    session._settle_headers()
    return session


@pytest.fixture
def engine(session):
    return session._native


def test_importing_it_loads_neither_requests_nor_urllib3():
    heavy = "('requests', 'urllib3', 'certifi')"
    code = f"import sys, locust.contrib.fasthttp; print([name for name in {heavy} if name in sys.modules])"

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert shown.strip() == "[]"


# --- the fast road ----------------------------------------------------------------------------------------------------


def test_a_plain_request_is_one_native_call(session, engine):
    response = session.get("/x", name="mine")

    assert engine.asked == [("GET", "/x", "mine", None, None, None, False)]
    assert type(response) is FastResponse
    assert (response.status_code, response.text, response.content, response.ok) == (200, "hello", b"hello", True)


def test_whoever_replaces_request_on_the_instance_gets_every_call(session):
    asked = []
    session.request = lambda *arguments, **keywords: asked.append((*arguments, keywords))

    session.get("/x", name="n")
    session.post("/x", "d")
    session.head("/x")

    assert asked == [
        ("GET", "/x", {"name": "n"}),
        ("POST", "/x", {"data": "d", "json": None}),
        ("HEAD", "/x", {"allow_redirects": False}),
    ]


@pytest.mark.parametrize(
    ("keywords", "headers", "body"),
    [
        ({}, None, None),
        ({"data": {"a": "b c"}}, {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, b"a=b+c"),
        ({"data": "ü"}, {"content-type": "text/plain; charset=utf-8"}, "ü".encode()),
        ({"data": b"\x00"}, {"content-type": "application/octet-stream"}, b"\x00"),
        ({"json": [1]}, {"Content-Type": "application/json", "Accept": "application/json"}, b"[1]"),
        (
            {"json": 1, "headers": {"content-type": "x/y"}},
            {"content-type": "x/y", "Accept": "application/json"},
            b"1",
        ),
        ({"auth": ("u", "p")}, {"Authorization": "Basic dTpw"}, None),
    ],
)
def test_bodies_and_credentials_are_encoded_as_in_locust_2_47(session, engine, keywords, headers, body):
    session.post("/x", **keywords)

    assert engine.asked[0][3:5] == (headers, body)


def test_default_headers_credentials_and_codings_are_the_engines_to_send(event):
    session = FastHttpSession("http://us%40er:pa@shop.example", event, None, headers={"X-D": "1", "user-agent": "me"})

    assert session.base_url == "http://shop.example"
    assert session._native.default_headers == [
        ("user-agent", "me"),
        ("X-D", "1"),
        ("Authorization", "Basic dXNAZXI6cGE="),
        ("Accept-Encoding", "gzip, deflate, br"),
    ]


def test_the_name_is_the_url_as_passed(session, engine):
    session.get("/x?y=1")
    session.get("http://other.example/z")
    with session.rename_request("block"):
        session.get("/x")
        session.get("/x", name="mine")

    assert [asked[2] for asked in engine.asked] == ["/x?y=1", "http://other.example/z", "block", "mine"]


def test_cookies_go_along_unless_the_request_has_its_own(session, engine):
    engine.answers = [answer(200, b"", ("Set-Cookie", "a=1; Path=/")), answer()]

    session.get("/x")
    session.get("/x")
    session.get("/x", headers={"Cookie": "mine=1"})

    assert [asked[5] for asked in engine.asked] == [None, "a=1", None]
    assert [cookie.name for cookie in session.cookiejar] == ["a"]


# --- the general road -------------------------------------------------------------------------------------------------


def test_parameters_and_unknown_keywords_go_into_the_query_of_a_get(session, engine):
    session.get("/x", params={"a": "b c"}, timeout=3)

    assert engine.sent[0][:2] == ("GET", "http://shop.example/x?a=b+c&timeout=3")


def test_unknown_keywords_go_into_the_form_of_a_post(session, engine):
    session.post("/x", data={"a": "1"}, verify=False)
    session.post("/x", foo="bar")
    session.post("/x", data="text", timeout=3)

    assert [sent[3] for sent in engine.sent] == [b"a=1&verify=False", b"foo=bar", b"text"]


def test_files_make_a_multipart_body(session, engine):
    session.post("/x", data={"k": "v"}, files={"f": ("n.txt", b"x")})

    content_type = dict(engine.sent[0][2])["content-type"]
    assert content_type.startswith("multipart/form-data; boundary=")
    assert b'name="k"\r\n\r\nv\r\n' in engine.sent[0][3]


def test_a_stream_comes_back_with_the_head(session, engine, reports):
    engine.answers = [answer(200, b"", ("Content-Length", "9"))]

    session.get("/x", stream=True)

    assert engine.keywords[0]["stream"] is True
    assert reports[0]["response_length"] == 9


def test_a_url_is_quoted_on_the_wire_and_reported_as_passed(session, engine, reports):
    engine.refuses = lambda url: True

    session.get("/a b?c=é#f")

    assert engine.sent[0][1] == "http://shop.example/a%20b?c=%C3%A9"
    assert (reports[0]["name"], reports[0]["url"]) == ("/a b?c=é#f", "http://shop.example/a b?c=é#f")


@pytest.mark.parametrize("base_url", [None, "", "shop.example"])
def test_without_a_host_a_request_is_a_failure(event, reports, base_url):
    response = FastHttpSession(base_url, event, None).get("/x")

    assert isinstance(response, ErrorResponse)
    assert "not an http(s) URL with a host" in repr(reports[0]["exception"])
    assert reports[0]["name"] == "/x"


def test_a_bad_port_is_raised(event):
    with pytest.raises(ValueError, match="Port"):
        FastHttpSession("http://shop.example:x", event, None).get("/x")


def test_a_proxy_gets_every_request(event):
    session = FastHttpSession("http://shop.example", event, None, proxy_host="proxy.example", proxy_port=3128)
    session._native = engine = FakeSession(FastResponse, event)

    session.get("/x")

    assert engine.keywords[0]["proxy"] == ("proxy.example", 3128, None)


def test_an_odd_method_is_upper_case_on_the_wire_and_reported_as_passed(session, engine, reports):
    session.request("get", "/x")
    session.request("purge", "/x")

    assert [sent[0] for sent in engine.sent] == ["GET", "PURGE"]
    assert [report["request_type"] for report in reports] == ["get", "purge"]


# --- reports ----------------------------------------------------------------------------------------------------------


def test_a_report_has_the_fields_of_locust_2_47_in_their_order(session, reports):
    response = session.get("/x", context={"a": 1})

    assert list(reports[0].items()) == [
        ("request_type", "GET"),
        ("name", "/x"),
        ("context", {"a": 1}),
        ("response", response),
        ("exception", None),
        ("start_time", 1000.0),
        ("url", "http://shop.example/x"),
        ("response_length", 5),
        ("response_time", 1.0),
    ]


@pytest.mark.parametrize("status", [209, 299, 300, 305, 399, 404, 500])
def test_fewer_statuses_are_a_success_than_requests_has(session, engine, reports, status):
    engine.answers = [answer(status)]

    response = session.get("/x", name="n")

    assert repr(reports[0]["exception"]) == f"LocustBadStatusCode(code={status})"
    with pytest.raises(fasthttp.LocustBadStatusCode, match=f"URL http://shop.example/x: code={status}"):
        response.raise_for_status()


def test_without_a_response_status_is_0_and_error_says_why(session, engine, reports):
    engine.answers = [answer(failure=REFUSED)]

    response = session.post("/x", data="d")

    assert type(response) is ErrorResponse
    assert (response.status_code, response.content, response.text, response.headers) == (0, None, None, None)
    assert (response.ok, response.url, response.request.method) == (False, "http://shop.example/x", "POST")
    assert repr(response.error) == "ConnectionRefusedError(111, 'Connection refused')"
    assert (reports[0]["exception"], reports[0]["response_length"]) == (response.error, 0)
    assert isinstance(response.error, fasthttp.FAILURE_EXCEPTIONS)
    with pytest.raises(TypeError):
        response.json()
    with pytest.raises(LocustError):
        list(response.iter_content())


def test_undecodable_content_is_a_failure(session, engine, reports):
    broken = answer(200, b"", ("Content-Encoding", "gzip"))
    engine.answers = [broken]

    with mock.patch.object(type(broken), "content_length", mock.PropertyMock(side_effect=ValueError("not gzip"))):
        session.get("/x")

    assert isinstance(reports[0]["exception"], zlib.error)


def test_only_what_was_too_late_is_sent_again(session, engine, reports):
    engine.answers = [answer(failure=LATE), answer(failure=LATE), answer(200)]

    assert session.get("/x", max_retries=2).status_code == 200
    assert (len(engine.sent), reports[0]["response_time"]) == (3, 3.0)

    engine.answers = [answer(failure=REFUSED), answer(200)]

    assert session.get("/x", max_retries=2).status_code == 0


def test_after_the_last_retry_the_request_has_failed(session, engine, reports):
    engine.answers = [answer(failure=LATE)]

    session.get("/x")

    assert repr(reports[0]["exception"]) == "RetriesExceeded('http://shop.example/x', 0, original=timed out)"


# --- redirects --------------------------------------------------------------------------------------------------------


def test_redirects_are_one_report_of_the_first_url(session, engine, reports):
    engine.answers = [
        answer(302, b"", ("Location", "/y"), ("Set-Cookie", "a=1; Path=/"), elapsed_ms=2.0),
        answer(302, b"", ("Location", "http://other.example/z#f"), elapsed_ms=3.0),
        answer(200, b"end", elapsed_ms=4.0),
    ]

    response = session.post("/x", json={"a": 1}, auth=("u", "p"))

    assert [sent[:2] for sent in engine.sent] == [("GET", "http://shop.example/y"), ("GET", "http://other.example/z")]
    first, second = dict(engine.sent[0][2]), dict(engine.sent[1][2])
    assert (first["Cookie"], first["Authorization"], first["Accept"]) == ("a=1", "Basic dTpw", "application/json")
    assert "Content-Type" not in first
    assert "Authorization" not in second
    assert (response.url, [hop.status_code for hop in response.history]) == ("http://other.example/z", [302, 302])
    report = reports[0]
    assert (report["name"], report["request_type"], report["url"]) == ("/x", "POST", "http://shop.example/x")
    assert (report["response_time"], report["response_length"]) == (9.0, 3)


def test_a_body_is_sent_again_after_307(session, engine):
    engine.answers = [answer(307, b"", ("Location", "/y")), answer()]

    session.put("/x", b"body")

    assert engine.sent[0][0] == "PUT"
    assert engine.sent[0][3] == b"body"


def test_a_body_that_can_be_read_once_cannot_be_redirected(session, engine, reports):
    engine.answers = [answer(307, b"", ("Location", "/y"))]

    session.post("/x", data=iter([b"x"]))

    assert "the body of the request can be read only once" in repr(reports[0]["exception"])


@pytest.mark.parametrize("call", [
    lambda session: session.get("/x", allow_redirects=False),
    lambda session: session.get("/x", max_redirects=0),
    lambda session: session.head("/x"),
    lambda session: session.head("/x", allow_redirects=True),
])  # fmt: skip
def test_a_redirect_is_not_followed_when_told_so_or_after_head(session, engine, call):
    engine.answers = [answer(302, b"", ("Location", "/y"))]

    response = call(session)

    assert (response.status_code, response.url) == (302, "http://shop.example/x")


def test_too_many_redirects_are_a_failure(session, engine, reports):
    engine.answers = [answer(302, b"", ("Location", "/x"))]

    session.get("/x", max_redirects=2)

    assert len(engine.sent) == 3
    assert repr(reports[0]["exception"]) == "RetriesExceeded('http://shop.example/x', 'Redirection limit reached (30)')"


@pytest.mark.parametrize("location", ["ftp://h/x", "mailto:a"])
def test_a_redirect_to_another_kind_of_url_is_a_failure(session, engine, reports, location):
    engine.answers = [answer(302, b"", ("Location", location))]

    session.get("/x")

    scheme = location.partition(":")[0]
    assert repr(reports[0]["exception"]) == (
        f"UnsupportedRedirectSchemeError('http://shop.example/x', \"refusing to follow redirect to '{scheme}' URL\")"
    )


# --- catch_response ---------------------------------------------------------------------------------------------------


def fail(error):
    def block(response):
        raise error

    return block


@pytest.mark.parametrize(
    ("made", "block", "expected"),
    [
        (answer(200), lambda response: None, "None"),
        (answer(404), lambda response: None, "LocustBadStatusCode(code=404)"),
        (answer(404), lambda response: response.success(), "None"),
        (answer(200), lambda response: response.failure("bad"), "CatchResponseError('bad')"),
        (answer(200), lambda response: response.failure(ValueError("v")), "ValueError('v')"),
        (answer(200), lambda response: (response.failure("x"), response.success()), "None"),
        (answer(200), fail(ResponseError("r")), "ResponseError('r')"),
        (answer(failure=REFUSED), lambda response: None, "ConnectionRefusedError(111, 'Connection refused')"),
        (answer(failure=REFUSED), lambda response: response.success(), "None"),
    ],
)
def test_the_block_decides_what_is_reported(session, engine, reports, made, block, expected):
    engine.answers = [made]

    with session.get("/x", catch_response=True) as response:
        block(response)

    assert isinstance(response, ResponseContextManager)
    assert [repr(report["exception"]) for report in reports] == [expected]


def test_what_else_the_block_raises_goes_on_and_nothing_is_reported(session, reports):
    with pytest.raises(ValueError, match="v"), session.get("/x", catch_response=True):
        raise ValueError("v")

    assert reports == []


def test_a_failed_request_in_a_block_looks_like_one(session, engine):
    engine.answers = [answer(failure=REFUSED)]

    with session.get("/x", catch_response=True) as response:
        seen = (response.status_code, response.text, response.content, response.headers, repr(response.error))

    assert seen == (0, None, None, None, "ConnectionRefusedError(111, 'Connection refused')")


def test_raise_for_status_honours_the_verdict(session, engine):
    engine.answers = [answer(404)]

    with session.get("/x", catch_response=True) as response:
        with pytest.raises(fasthttp.LocustBadStatusCode):
            response.raise_for_status()
        response.success()
        response.raise_for_status()
        response.failure("mine")
        with pytest.raises(CatchResponseError, match="mine"):
            response.raise_for_status()


def test_a_verdict_needs_catch_response_and_a_block(session):
    with pytest.raises(LocustError, match="you must pass catch_response=True"):
        session.get("/x").success()
    with pytest.raises(LocustError, match="Make sure you use a with-block"):
        session.get("/x", catch_response=True).failure("x")


def test_the_block_may_change_what_is_reported(session, reports):
    with session.get("/x", catch_response=True) as response:
        response.request_meta["name"] = "other"

    assert reports[0]["name"] == "other"


def test_a_response_can_be_wrapped_by_hand(session, event, reports):
    plain = session.get("/x")

    with ResponseContextManager(plain, event, {"name": "n", "exception": None}, True) as response:
        assert response.text == "hello"

    assert reports[-1] == {"name": "n", "exception": None}


# --- responses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "content", "text"),
    [
        ("text/html", "é".encode(), "Ã©"),
        ("text/html; charset=utf-8", "é".encode(), "é"),
        ("application/json", "é".encode(), "é"),
        ("text/plain; charset=nonsense", b"x", "x"),
        ("application/octet-stream", b"plain ascii text", "plain ascii text"),
        ("text/plain; charset=utf-8", b"\xff", "\ufffd"),
    ],
)
def test_text_is_decoded_by_what_the_response_declares(session, engine, content_type, content, text):
    engine.answers = [answer(200, content, ("Content-Type", content_type))]

    assert session.get("/x").text == text


def test_another_encoding_can_be_given(session, engine):
    engine.answers = [answer(200, b"\xe9")]

    response = session.get("/x")
    response.encoding = "latin-1"

    assert response.text == "é"


def test_a_response_has_all_that_upstream_gives_it(session, engine):
    engine.answers = [answer(200, b'{"a": 1}\nend', ("X-A", "1"), ("x-a", "2"))]

    response = session.post("/x?q#f", data={"k": "v"}, name="n")

    assert response.headers["X-A"] == ["1", "2"]
    assert (response.elapsed.total_seconds(), response.history, response.error) == (0.001, [], None)
    request = response.request
    assert (request.method, request.body, request.data, request.selector) == ("POST", b"k=v", b"k=v", "/x?q")
    assert (request.type, request.host, request.origin_req_host) == ("http", "shop.example", "shop.example")
    assert response.readline() == b'{"a": 1}\n'
    assert response.read(2) == b"en"
    assert list(response.iter_content(1)) == ["d"]
    assert response.data == response.unzipped() == b'{"a": 1}\nend'
    with pytest.raises(AttributeError, match="nope"):
        response.nope  # noqa: B018


# --- the agent --------------------------------------------------------------------------------------------------------


def test_the_agent_changes_the_sessions_defaults(session, engine):
    agent = session.client
    agent.default_headers["X-A"] = "1"
    agent.max_redirects = 5

    assert ("X-A", "1") in engine.default_headers
    assert session._max_redirects == 5
    assert agent is session.client
    assert agent.cookiejar is session.cookiejar


def test_the_agent_decides_what_counts_as_success(event, reports):
    session = FastHttpSession("http://shop.example", event, None)

    session.client.valid_response_codes = frozenset({200, 404})
    session._native = engine = FakeSession(FastResponse, event)
    engine.answers = [answer(404)]

    assert session.get("/x").error is None
    assert reports[0]["exception"] is None


def test_the_agent_sends_without_reporting(session, engine, reports):
    engine.answers = [answer(200), answer(404)]

    assert session.client.urlopen("http://shop.example/x", method="POST", payload="p").text == "hello"
    with pytest.raises(fasthttp.LocustBadStatusCode):
        session.client.urlopen("http://shop.example/x")

    assert reports == []


def test_sessions_that_are_given_one_pool_share_it(event):
    pool = HTTPClientPool(concurrency=50)

    class Foreign:
        client_args = {"concurrency": 3}

    foreign = Foreign()
    sessions = [
        FastHttpSession("http://h", event, None, client_pool=shared) for shared in (pool, pool, foreign, foreign)
    ]

    assert sessions[0]._native.pool is sessions[1]._native.pool
    assert sessions[2]._native.pool is sessions[3]._native.pool
    assert _agent.engine_pool(None, 10) is not _agent.engine_pool(None, 10)


# --- the user ---------------------------------------------------------------------------------------------------------


@dataclass
class Environment:
    events: Events = field(default_factory=Events)


def test_a_user_hands_its_attributes_to_its_client():
    class Shopper(FastHttpUser):
        host = "http://shop.example"
        network_timeout = 1.5
        connection_timeout = 2.5
        max_redirects = 7
        max_retries = 2
        default_headers = {"X-D": "1"}

    client = Shopper(Environment()).client

    assert (client._native.read_timeout, client._native.connect_timeout) == (1.5, 2.5)
    assert (client._max_redirects, client._max_retries) == (7, 2)
    assert ("X-D", "1") in client._native.default_headers


def test_a_user_without_a_host_stops_the_test():
    class Shopper(FastHttpUser):
        pass

    with pytest.raises(StopTest, match="You must specify the base host"):
        Shopper(Environment())


def test_the_users_context_goes_into_each_report(reports, event):
    class Shopper(FastHttpUser):
        host = "http://shop.example"

        def context(self):
            return {"who": "ann"}

    user = Shopper(Environment())
    user.client._native = FakeSession(FastResponse, event)

    user.client.get("/x", context={"a": 1})

    assert reports[0]["context"] == {"who": "ann", "a": 1}


@pytest.mark.parametrize("name", [
    "network_timeout", "connection_timeout", "max_redirects", "max_retries", "insecure", "default_headers",
    "concurrency", "proxy_host", "proxy_port", "client_pool", "ssl_context_factory",
])  # fmt: skip
def test_the_attributes_have_the_defaults_of_locust_2_47(name):
    expected = {"network_timeout": 60.0, "connection_timeout": 60.0, "max_redirects": 30, "max_retries": 0,
                "insecure": True, "concurrency": 10}  # fmt: skip

    assert getattr(FastHttpUser, name) == expected.get(name)
