"""FastHttpSession over real sockets."""

from __future__ import annotations

import io
import ssl

import gevent
import pytest
from fakes import catalogue
from fakes.recording import Recording
from fakes.steps import Again, Pause, ReadBody, ReadHead, Reset, Send, Stall, TlsFiles

from locust.contrib.fasthttp import ErrorResponse, FastHttpSession, FastResponse, HTTPClientPool
from locust.event import EventHook

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
LINES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def fast_session(base_url: str, event: EventHook, **keywords: object) -> FastHttpSession:
    settings = {"max_redirects": 30, "max_retries": 0, **keywords}
    return FastHttpSession(base_url, event, None, **settings)


@pytest.fixture
def recording():
    return Recording(fast_session)


@pytest.fixture
def session(recording, target):
    return recording.session(target)


def test_a_response_is_read_when_it_is_asked(session, recording, target):
    response = session.get("/json")

    assert type(response) is FastResponse
    assert (response.status_code, response.url) == (200, f"{target}/json")
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()
    report = recording.reports[0]
    assert (report["name"], report["response_length"], report["exception"]) == ("/json", len(response.content), None)


def test_the_headers_on_the_wire(recording, target):
    session = recording.session(target, headers={"X-D": "1"})

    sent = session.get("/headers", headers={"X-R": "2", "x-d": "3"}, auth=("u", "p")).json()

    names = {name.lower(): value for name, value in sent.items()}
    assert names.pop("user-agent").startswith("gregaria/")
    assert names == {
        "host": target.removeprefix("http://"),
        "accept-encoding": "gzip, deflate, br",
        "x-d": "3",
        "x-r": "2",
        "authorization": "Basic dTpw",
    }


@pytest.mark.parametrize(
    ("keywords", "content"),
    [
        ({"data": {"a": "b c"}}, b"a=b+c"),
        ({"json": {"a": [1, None]}}, b'{"a": [1, null]}'),
        ({"data": "ü"}, "ü".encode()),
        ({"data": io.BytesIO(b"file")}, b"file"),
        ({"data": iter([b"a", b"b"])}, b"ab"),
    ],
)
def test_bodies_arrive(session, keywords, content):
    assert session.post("/echo", **keywords).content == content


def test_redirects_are_followed_and_reported_once(session, recording, target):
    response = session.get("/redirect/3")

    assert (response.status_code, response.url, len(response.history)) == (200, f"{target}/redirect/0", 3)
    assert [report["url"] for report in recording.reports] == [f"{target}/redirect/3"]


def test_a_loop_of_redirects_is_a_failure(recording, target):
    recording.session(target, max_redirects=4).get("/redirect-loop")

    assert recording.errors == [f"RetriesExceeded('{target}/redirect-loop', 'Redirection limit reached (4)')"]


def test_cookies_are_kept_for_the_user(session):
    session.get("/cookies/set?a=1&b=2")

    assert session.get("/cookies").json() == {"a": "1", "b": "2"}
    session.cookiejar.clear()
    assert session.get("/cookies").json() == {}


def test_compressed_content_is_counted_and_read_decompressed(session, recording):
    response = session.get("/gzip")

    assert response.json()
    assert recording.reports[0]["response_length"] == len(response.content)


@pytest.mark.parametrize(
    ("steps", "reported"),
    [
        ([ReadHead()], "HTTPConnectionClosed('connection closed.')"),
        ([ReadHead(), Reset()], "HTTPConnectionClosed('connection closed.')"),
        (catalogue.ALL["resets-in-the-body"].script, "ConnectionResetError(104, 'Connection reset by peer')"),
        ([ReadHead(), Stall()], "RetriesExceeded('%s/x', 0, original=timed out)"),
        ([ReadHead(), Send(OK[:-2]), Stall()], "TimeoutError('timed out')"),
        ([ReadHead(), Send(OK[:-2])], "HTTPParseError('Incomplete response.')"),
    ],
)
def test_failures_are_reported_in_the_words_of_locust_2_47(hostile, recording, steps, reported):
    server = hostile.serve(*steps)

    response = recording.session(server.url, network_timeout=0.3).get("/x")

    assert isinstance(response, ErrorResponse)
    assert recording.errors == [reported.replace("%s", server.url)]


def test_what_timed_out_is_tried_again_and_the_whole_time_reported(hostile, recording):
    server = hostile.serve(scripts=[[ReadHead(), Stall()], [ReadHead(), Stall()], [ReadHead(), Send(OK)]])

    response = recording.session(server.url, network_timeout=0.3, max_retries=2).get("/x")

    assert response.text == "hello"
    assert recording.reports[0]["response_time"] >= 600


@pytest.mark.parametrize("error", [gevent.Timeout, ValueError, TypeError])
def test_a_timeout_of_gevent_goes_through_with_whatever_it_raises(hostile, recording, error):
    server = hostile.serve(ReadHead(), Stall())
    session = recording.session(server.url)

    with pytest.raises(error), gevent.Timeout(0.05, None if error is gevent.Timeout else error("mine")):
        session.get("/x", headers={"X-A": "1"})

    assert recording.reports == []
    assert server.connection_count == 1


# --- streams ----------------------------------------------------------------------------------------------------------


def test_lines_come_one_by_one_while_the_server_still_sends(hostile, recording):
    server = hostile.serve(ReadHead(), Send(LINES + b"4\r\nl1\nl\r\n"), ReadBody(1), Send(b"3\r\n2\nx\r\n0\r\n\r\n"))
    lines = recording.session(server.url, network_timeout=0.2).iter_lines("/x", name="lines")

    assert next(lines) == "l1"
    assert recording.reports[0]["name"] == "lines"
    lines.close()


def test_all_lines_of_a_response(hostile, recording):
    server = hostile.serve(ReadHead(), Send(LINES + b"7\r\nl1\nl2\r\n\r\n2\r\nl3\r\n0\r\n\r\n"))

    assert list(recording.session(server.url).iter_lines("/x")) == ["l1", "l2\r", "l3"]


def test_lines_of_a_failed_request_raise(recording, hostile, session):
    with pytest.raises(ConnectionRefusedError):
        list(recording.session(hostile.serve(kind="refusing").url).iter_lines("/x"))
    with pytest.raises(Exception, match="code=404"):
        list(session.iter_lines("/status/404"))


def test_a_streamed_body_is_read_in_pieces(session):
    response = session.get("/bytes/10000", stream=True)

    assert len(response.read(100)) == 100
    assert sum(len(piece) for piece in response.iter_content(1000)) == 9900


# --- TLS, pools, proxies ----------------------------------------------------------------------------------------------


def test_certificates_are_verified_only_when_asked(hostile, certificates, recording):
    server = hostile.serve(ReadHead(), Send(OK), Again(), tls=TlsFiles(certificates.unknown_authority))

    assert recording.session(server.url).get("/x").text == "hello"
    assert isinstance(recording.session(server.url, insecure=False).get("/x").error, ssl.SSLCertVerificationError)


def test_an_ssl_context_of_the_locustfile_is_used(hostile, certificates, recording):
    server = hostile.serve(ReadHead(), Send(OK), Again(), tls=TlsFiles(certificates.good))

    def trusting() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=certificates.authority)

    trusts = recording.session(server.url, ssl_context_factory=trusting, insecure=False)
    doubts = recording.session(server.url, ssl_context_factory=ssl.create_default_context, insecure=False)

    assert trusts.get("/x").text == "hello"
    assert "CERTIFICATE_VERIFY_FAILED" in repr(doubts.get("/x").error)
    assert [report["response_length"] for report in recording.reports] == [5, 0]


def test_closing_the_pool_makes_the_next_request_connect_anew(hostile, recording):
    server = hostile.serve(ReadHead(), Send(OK), Again())
    session = recording.session(server.url)
    session.get("/x")
    session.get("/x")
    before = server.connection_count

    session.client.clientpool.close()
    session.get("/x")

    assert (before, server.connection_count) == (1, 2)


def test_sessions_share_the_connections_of_a_pool(hostile, recording):
    server = hostile.serve(ReadHead(), Send(OK), Again())
    pool = HTTPClientPool()

    for _ in range(3):
        assert recording.session(server.url, client_pool=pool).get("/x").text == "hello"

    assert server.connection_count == 1


def test_a_proxy_is_asked_for_the_whole_url(hostile, recording):
    proxy = hostile.serve(ReadHead(), Send(OK), Again())

    response = recording.session("http://shop.example", proxy_host=proxy.host, proxy_port=proxy.port).get("/x")

    assert response.text == "hello"
    assert proxy.notes("head")[0].payload.startswith(b"GET http://shop.example/x HTTP/1.1\r\n")


def test_the_time_is_that_of_the_wire(hostile, recording):
    server = hostile.serve(ReadHead(), Pause(0.05), Send(OK))

    recording.session(server.url).get("/x")

    assert 50 <= recording.reports[0]["response_time"] < 90


def test_what_went_over_the_wire_is_written_down_when_asked_for(session, target):
    wire = io.StringIO()

    session.post("/status/404", data={"a": "b"}, headers={"X-R": "2"}, debug_stream=wire)
    request, response = wire.getvalue().split("RESPONSE: ")

    assert request.startswith(f"REQUEST: {target}/status/404\nPOST /status/404 HTTP/1.1\r\n")
    assert "X-R: 2\r\n" in request
    assert request.endswith("\r\n\r\na=b\n\n")
    assert response.startswith("HTTP/1.1 404\n")
    assert "Content-Length: " in response


def test_each_hop_of_a_redirect_is_written_down(hostile, recording):
    first = b"HTTP/1.1 302 Found\r\nLocation: /y?a=b\r\nContent-Length: 0\r\n\r\n"
    server = hostile.serve(ReadHead(), Send(first), ReadHead(), Send(OK))
    wire = io.StringIO()

    recording.session(server.url).get("/x", debug_stream=wire)

    assert [line for line in wire.getvalue().splitlines() if line.startswith("GET ")] == [
        "GET /x HTTP/1.1",
        "GET /y?a=b HTTP/1.1",
    ]
    assert wire.getvalue().endswith("hello\n\n")


def test_nothing_is_written_down_where_no_response_came(hostile, recording):
    wire = io.StringIO()

    recording.session(hostile.serve(ReadHead(), Reset()).url).get("/x", debug_stream=wire)

    assert wire.getvalue() == ""
