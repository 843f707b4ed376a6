"""HttpSession: which road a request takes, what is reported, and that it stays a requests.Session."""

from __future__ import annotations

import pickle
from unittest import mock

import pytest
import requests
from fakes.engine import FakeSession, answer

from locust import clients
from locust._http._plain import PlainFailure
from locust.clients import HttpSession, ResponseContextManager
from locust.event import EventHook
from locust.exception import CatchResponseError, LocustError, ResponseError

REFUSED = PlainFailure("connect-refused", "refused", 111, "connect")


class Reports(list):
    """What was reported."""

    def __init__(self) -> None:
        super().__init__()
        self.event = EventHook()

    def listen(self) -> Reports:
        self.event.add_listener(lambda **report: self.append(report))
        return self


@pytest.fixture
def reports():
    return Reports()


@pytest.fixture
def session(reports):
    session = HttpSession("http://shop.example", reports.event, None)
    session.trust_env = False
    session.__dict__["_native"] = FakeSession(ResponseContextManager, reports.event)
    return session


@pytest.fixture
def engine(session):
    return session._native


# --- the fast road ----------------------------------------------------------------------------------------------------


def test_a_plain_request_is_one_native_call(session, engine):
    response = session.get("/x")

    assert engine.asked == [("GET", "/x", "/x", None, None, None, False)]
    assert (response.status_code, response.text, response.ok) == (200, "hello", True)
    assert isinstance(response, requests.Response)


@pytest.mark.parametrize(
    ("method", "keywords", "headers", "body"),
    [
        ("get", {}, None, None),
        ("head", {}, None, None),
        ("post", {}, None, b""),
        ("delete", {}, None, b""),
        ("post", {"data": "ü"}, None, "ü".encode()),
        ("post", {"data": b"\x00"}, None, b"\x00"),
        ("put", {"data": {"a": "b c", "d": ["1", "2"]}}, clients._FORM, b"a=b+c&d=1&d=2"),
        ("post", {"data": {}}, None, b""),
        ("post", {"json": {"a": "é"}}, clients._JSON, b'{"a": "\\u00e9"}'),
        ("post", {"json": []}, clients._JSON, b"[]"),
        ("patch", {"json": 1, "headers": {"content-type": "x/y"}}, {"content-type": "x/y"}, b"1"),
        ("post", {"json": 1, "headers": {"X-A": "1"}}, {"X-A": "1", **clients._JSON}, b"1"),
    ],
)
def test_bodies_are_encoded_as_requests_does(session, engine, method, keywords, headers, body):
    getattr(session, method)("/x", **keywords)

    assert engine.asked[0][3:5] == (headers, body)


def test_parameters_become_part_of_the_url_and_the_name(session, engine):
    session.get("/x?z=1", params={"a": "b c", "d": ["1", "2"]})

    assert engine.asked[0][1:3] == ("/x?z=1&a=b+c&d=1&d=2", "/x?z=1&a=b+c&d=1&d=2")


def test_the_name_is_path_and_query_below_the_hosts_root(session, engine):
    session.base_url = "http://shop.example/api"
    session.get("/x?y")
    session.get("http://other.example/z?q=1#f")
    session.get("/x", name="mine")
    with session.rename_request("block"):
        session.get("/x")
        session.get("/x", name="mine")

    assert [asked[2] for asked in engine.asked] == ["/api/x?y", "/z?q=1", "mine", "block", "mine"]


def test_a_timeout_is_set_for_its_request_only(session, engine):
    seen = []
    for timeout in (None, 2, (1, 3.5), None):
        session.get("/x", timeout=timeout)
        seen.append((engine.connect_timeout, engine.read_timeout))

    assert seen == [(None, None), (2, 2), (1, 3.5), (None, None)]


def test_cookies_of_the_jar_go_along(session, engine):
    session.cookies.set("k", "v", domain="shop.example", path="/")

    session.get("/x")

    assert engine.asked[0][5] == "k=v"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda headers: headers.update({"X-A": "1"}), ("X-A", "1")),
        (lambda headers: headers.__setitem__("User-Agent", "me"), ("User-Agent", "me")),
    ],
)
def test_the_engine_hears_of_changed_headers(session, engine, change, expected):
    change(session.headers)

    assert expected in engine.default_headers


def test_a_header_that_is_deleted_or_none_is_not_sent(session, engine):
    session.headers["X-A"] = None
    del session.headers["Accept"]

    assert {name.lower() for name, _ in engine.default_headers} == {"user-agent", "accept-encoding", "connection"}


def test_credentials_are_a_header_of_every_request(session, engine):
    session.auth = ("u", "p")

    assert ("Authorization", "Basic dTpw") in engine.default_headers


def test_credentials_in_the_base_url_are_taken_out_of_it(reports):
    session = HttpSession("http://us%40er:p%3A@shop.example/x", reports.event, None)

    assert session.base_url == "http://shop.example/x"
    assert (session.auth.username, session.auth.password) == ("us@er", "p:")
    assert ("Authorization", "Basic dXNAZXI6cDo=") in session._native.default_headers


# --- the general road -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.hooks["response"].append(print),
        lambda session: session.mount("http://x", requests.adapters.HTTPAdapter()),
        lambda session: setattr(session, "auth", lambda request: request),
        lambda session: session.params.update({"a": "b"}),
        lambda session: session.proxies.update({"http": "http://proxy"}),
        lambda session: setattr(session, "stream", True),
        lambda session: setattr(session, "send", print),
        lambda session: setattr(session, "headers", {"X-A": 5}),
    ],
)
def test_an_unusual_session_leaves_the_fast_road(session, change):
    change(session)

    assert session._unusual
    assert not session._is_usual()


def test_looking_at_a_sessions_parts_does_not_make_it_unusual(session):
    _ = (session.hooks, session.params, session.proxies, session.adapters, session.cookies, session.headers)

    assert session._is_usual()


def test_a_session_that_is_made_usual_again_is_so(session):
    session.hooks["response"].append(print)
    session.auth = print
    session.params = {"a": 1}
    session.stream = True
    session.hooks["response"].clear()
    session.auth = None
    session.params = {}
    session.stream = False

    assert session._is_usual()


@pytest.mark.parametrize(
    "keywords",
    [
        {"stream": True},
        {"files": {"f": b"x"}},
        {"cookies": {"a": "b"}},
        {"auth": ("u", "p")},
        {"hooks": {}},
        {"data": iter([b"x"])},
        {"json": {"a": float("nan")}},
        {"headers": {"X": 5}},
        {"timeout": "soon"},
        {"timeout": True},
    ],
)
def test_unusual_arguments_are_for_requests(session, keywords, engine):
    engine.refuses = lambda url: bool(keywords.get("headers"))
    with mock.patch.object(session, "_request_general") as general:
        session.get("/x", **keywords)

    assert general.call_count == 1


@pytest.mark.parametrize(
    "target",
    ["requests.Session.send", "requests.Session.request", "requests.Session.get_adapter",
     "requests.adapters.HTTPAdapter.send", "urllib3.connectionpool.HTTPConnectionPool.ConnectionCls"],
)  # fmt: skip
def test_a_patched_requests_is_given_every_request(session, target):
    with mock.patch(target), mock.patch.object(session, "_request_general") as general:
        session.get("/x")

    assert general.call_count == 1


def test_an_overriding_subclass_is_given_every_request(reports):
    class Mine(HttpSession):
        def send(self, request, **kwargs):
            response = requests.Response()
            response.status_code, response._content, response.url = 201, b"mine", request.url
            response.request = request
            return response

    session = Mine("http://shop.example", reports.listen().event, None)
    session.trust_env = False

    assert (session.get("/x").text, reports[0]["name"], reports[0]["response_length"]) == ("mine", "/x", 4)


@pytest.mark.parametrize(
    ("base_url", "url", "error"),
    [
        ("", "/x", requests.exceptions.MissingSchema),
        (None, "/x", requests.exceptions.MissingSchema),
        ("http://shop.example", "http:///x", requests.exceptions.InvalidURL),
        ("http://shop.example", "http://[", requests.exceptions.InvalidURL),
        ("", "ftp://h/x", requests.exceptions.InvalidSchema),
        ("http://shop.example:80", "80x", requests.exceptions.InvalidURL),
    ],
)
def test_what_is_no_url_is_raised_and_not_reported(reports, base_url, url, error):
    session = HttpSession(base_url, reports.listen().event, None)
    session.trust_env = False

    with pytest.raises(error):
        session.get(url)

    assert reports == []


# --- reports ----------------------------------------------------------------------------------------------------------


def test_a_report_has_the_fields_of_locust_2_47_in_their_order(session, reports):
    reports.listen()

    response = session.get("/x", context={"a": 1})

    assert list(reports[0].items()) == [
        ("request_type", "GET"),
        ("response_time", 1.0),
        ("name", "/x"),
        ("context", {"a": 1}),
        ("response", response),
        ("exception", None),
        ("start_time", 1000.0),
        ("url", "http://shop.example/x"),
        ("response_length", 5),
    ]


def test_a_bad_status_is_reported_with_the_name(session, engine, reports):
    reports.listen()
    engine.answers = [answer(404)]

    response = session.get("/x", name="mine")

    assert repr(reports[0]["exception"]) == "HTTPError('404 Client Error: NOT FOUND for url: mine')"
    with pytest.raises(requests.HTTPError, match=r"for url: http://shop\.example/x"):
        response.raise_for_status()


def test_without_a_response_status_is_0_and_error_says_why(session, engine, reports):
    reports.listen()
    engine.answers = [answer(failure=REFUSED)]

    response = session.get("/x")

    assert (response.status_code, response.content, response.text, response.ok) == (0, None, "", False)
    assert isinstance(response.error, requests.ConnectionError)
    assert response.request.url == "http://shop.example/x"
    assert repr(reports[0]["exception"]) == "ConnectionRefusedError(111, 'Connection refused')"
    with pytest.raises(requests.ConnectionError):
        response.raise_for_status()


def test_undecodable_content_is_a_failure(session, engine, reports):
    reports.listen()
    broken = answer(200, b"", ("Content-Encoding", "gzip"))
    engine.answers = [broken]

    with mock.patch.object(type(broken), "content_length", mock.PropertyMock(side_effect=ValueError("not gzip"))):
        response = session.get("/x")

    assert isinstance(response.error, requests.exceptions.ContentDecodingError)
    assert reports[0]["exception"] is response.error


# --- redirects --------------------------------------------------------------------------------------------------------


def test_redirects_are_one_report_under_the_first_name(session, engine, reports):
    reports.listen()
    engine.answers = [
        answer(302, b"", ("Location", "/y#there"), ("Set-Cookie", "a=1; Path=/"), elapsed_ms=2.0),
        answer(302, b"", ("Location", "http://other.example/z"), elapsed_ms=3.0),
        answer(200, b"end", elapsed_ms=4.0),
    ]

    response = session.post("/x", data="body", headers={"Authorization": "mine"})

    assert [sent[:2] for sent in engine.sent] == [("GET", "http://shop.example/y"), ("GET", "http://other.example/z")]
    assert ("Cookie", "a=1") in engine.sent[0][2]
    assert ("Authorization", "mine") in engine.sent[0][2]
    assert "Authorization" not in dict(engine.sent[1][2])
    assert (response.url, response.text) == ("http://other.example/z#there", "end")
    assert [hop.status_code for hop in response.history] == [302, 302]
    report = reports[0]
    assert len(reports) == 1
    assert (report["name"], report["request_type"], report["url"]) == ("/x", "POST", "http://shop.example/x")
    assert (report["response_time"], report["response_length"]) == (9.0, 3)


def test_a_redirect_is_not_followed_when_told_so_or_after_head(session, engine):
    engine.answers = [answer(302, b"", ("Location", "/y"))]

    assert session.get("/x", allow_redirects=False).status_code == 302
    assert session.head("/x").status_code == 302
    assert engine.sent == []


def test_too_many_redirects_are_a_failure(session, engine, reports):
    reports.listen()
    session.max_redirects = 3
    engine.answers = [answer(302, b"", ("Location", "/x"))]

    response = session.get("/x")

    assert len(engine.sent) == 3
    assert repr(reports[0]["exception"]) == "TooManyRedirects('Exceeded 3 redirects.')"
    assert isinstance(response.error, requests.TooManyRedirects)


def test_a_redirect_to_another_kind_of_url_is_raised(session, engine, reports):
    reports.listen()
    engine.answers = [answer(302, b"", ("Location", "ftp://h/x"))]

    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get("/x")

    assert reports == []


# --- catch_response ---------------------------------------------------------------------------------------------------


def caught(session, block, status=200, **keywords):
    session._native.answers = [answer(status)]
    with session.get("/x", catch_response=True, **keywords) as response:
        block(response)


def fail(error):
    def block(response):
        raise error

    return block


@pytest.mark.parametrize(
    ("status", "block", "expected"),
    [
        (200, lambda response: None, "None"),
        (404, lambda response: None, "HTTPError('404 Client Error: NOT FOUND for url: /x')"),
        (404, lambda response: response.success(), "None"),
        (200, lambda response: response.failure("bad"), "CatchResponseError('bad')"),
        (200, lambda response: response.failure(None), "CatchResponseError(None)"),
        (200, lambda response: response.failure(ValueError("v")), "ValueError('v')"),
        (200, lambda response: (response.failure("x"), response.success()), "None"),
        (200, lambda response: (response.success(), response.failure("x")), "CatchResponseError('x')"),
        (200, fail(ResponseError("r")), "ResponseError('r')"),
    ],
)
def test_the_block_decides_what_is_reported(session, reports, status, block, expected):
    reports.listen()

    caught(session, block, status)

    assert [repr(report["exception"]) for report in reports] == [expected]


@pytest.mark.parametrize("error", [ValueError("v"), LocustError("l"), CatchResponseError("c"), KeyboardInterrupt()])
def test_what_else_the_block_raises_goes_on_and_nothing_is_reported(session, reports, error):
    reports.listen()

    with pytest.raises(type(error)):
        caught(session, fail(error))

    assert reports == []


def test_a_verdict_is_reported_even_when_the_block_raises_after_it(session, reports):
    reports.listen()

    def block(response):
        response.failure("manual")
        raise ValueError("v")

    with pytest.raises(ValueError, match="v"):
        caught(session, block)

    assert repr(reports[0]["exception"]) == "CatchResponseError('manual')"


def test_the_block_may_change_what_is_reported(session, reports):
    reports.listen()

    def block(response):
        response.request_meta.update(name="other", response_time=99, context={"c": 1})

    caught(session, block)

    assert (reports[0]["name"], reports[0]["response_time"], reports[0]["context"]) == ("other", 99, {"c": 1})


def test_raise_for_status_honours_the_verdict(session):
    def block(response):
        response.success()
        response.raise_for_status()
        response.failure("mine")
        with pytest.raises(CatchResponseError, match="mine"):
            response.raise_for_status()

    caught(session, block, 404)


@pytest.mark.parametrize("catch_response", [False, True])
@pytest.mark.parametrize("call", [lambda response: response.success(), lambda response: response.failure("x")])
def test_a_verdict_needs_a_block(session, call, catch_response):
    with pytest.raises(LocustError, match="Make sure you use a with-block"):
        call(session.get("/x", catch_response=catch_response))


def test_a_block_needs_catch_response(session):
    with pytest.raises(LocustError, match="you must also pass catch_response=True"), session.get("/x"):
        pass


# --- responses --------------------------------------------------------------------------------------------------------


def test_headers_are_a_real_dictionary_that_asks_the_engine_first(session, engine):
    engine.answers = [answer(200, b"", ("X-A", "1"), ("x-a", "2"), ("Content-Type", "text/html"))]

    headers = session.get("/x").headers

    assert (headers["x-A"], headers.get("nope", "d"), "content-type" in headers) == ("1, 2", "d", True)
    assert "_store" not in vars(headers)
    assert dict(headers) == {"X-A": "1, 2", "Content-Type": "text/html"}
    headers["New"] = "n"
    assert headers["new"] == "n"
    assert isinstance(headers, requests.structures.CaseInsensitiveDict)


@pytest.mark.parametrize(
    ("content_type", "content", "encoding", "text"),
    [
        ("text/html", "é".encode(), "ISO-8859-1", "Ã©"),
        ("text/html; charset=UTF-8", "é".encode(), "UTF-8", "é"),
        ("application/json", "é".encode(), "utf-8", "é"),
        ("text/plain; charset='latin-1'", b"\xe9", "latin-1", "é"),
        ("text/plain; charset=nonsense", b"x", "nonsense", "x"),
        ("text/plain; charset=utf-8", b"\xff", "utf-8", "\ufffd"),
    ],
)
def test_text_is_decoded_as_requests_does(session, engine, content_type, content, encoding, text):
    engine.answers = [answer(200, content, ("Content-Type", content_type))]

    response = session.get("/x")

    assert (response.encoding, response.text) == (encoding, text)
    response.encoding = "utf-16"
    assert response.encoding == "utf-16"


def test_a_response_has_all_that_requests_gives_it(session, engine):
    engine.answers = [answer(200, b'{"a": 1}', ("Content-Type", "application/json"), ("Set-Cookie", "k=v; Path=/"))]

    response = session.post("/x", data="body")

    assert response.json() == {"a": 1}
    assert (response.reason, response.elapsed.total_seconds(), response.history) == ("OK", 0.001, [])
    assert dict(response.cookies) == {"k": "v"}
    assert (response.request.method, response.request.body) == ("POST", b"body")
    assert list(response.iter_content(4)) == [b'{"a"', b": 1}"]
    assert response.raw.read() == b'{"a": 1}'
    assert response.raw.headers["content-type"] == "application/json"
    assert (repr(response), bool(response), response.is_redirect, response.links) == (
        "<Response [200]>",
        True,
        False,
        {},
    )
    with pytest.raises(AttributeError, match="nope"):
        response.nope  # noqa: B018


def test_a_response_can_be_pickled(session):
    copy = pickle.loads(pickle.dumps(session.get("/x")))

    assert (copy.status_code, copy.text, copy.url) == (200, "hello", "http://shop.example/x")


def test_a_session_is_pickled_as_requests_pickles_it(session):
    session.headers["X-A"] = "1"

    copy = pickle.loads(pickle.dumps(session))

    assert (type(copy), copy.headers["x-a"], list(copy.adapters)) == (HttpSession, "1", ["https://", "http://"])


def test_a_new_session_holds_nothing_it_does_not_need(reports):
    session = HttpSession("http://shop.example", reports.event, None)

    assert set(vars(session)) <= {"user", "_native", "_base_url", "_base_path"}
    assert (session.verify, session.cert, session.max_redirects, session.hooks) == (True, None, 30, {"response": []})
