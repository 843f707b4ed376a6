"""HttpSession over real sockets: the fast road and requests' own give the same; who patches requests is heard."""

from __future__ import annotations

import io
import time
import zlib
from pathlib import Path

import gevent
import pytest
import requests
import requests_mock
import responses
import vcr
from fakes import catalogue
from fakes.recording import Recording
from fakes.steps import Again, Pause, ReadBody, ReadHead, Reset, Send, Stall, TlsFiles

from locust import _native
from locust.clients import HttpSession, ResponseContextManager
from locust.event import EventHook

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def http_session(base_url: str, event: EventHook) -> HttpSession:
    session = HttpSession(base_url, event, None)
    session.trust_env = False
    return session


@pytest.fixture
def recording():
    return Recording(http_session)


@pytest.fixture
def session(recording, target):
    return recording.session(target)


@pytest.fixture(params=["fast", "general"])
def either(request, session):
    """A session that takes the fast road, and one that does not."""
    if request.param == "general":
        session.mount("nowhere://", requests.adapters.HTTPAdapter())
    return session


# --- both roads -------------------------------------------------------------------------------------------------------


def test_both_roads_give_the_same_response(either, recording, target):
    response = either.get("/json", params={"a": "b c"})

    assert type(response) is ResponseContextManager
    assert (response.status_code, response.reason, response.url) == (200, "OK", f"{target}/json?a=b+c")
    assert response.headers["CONTENT-TYPE"].startswith("application/json")
    assert response.json() == requests.get(f"{target}/json").json()
    assert response.request.headers["User-Agent"].startswith("python-requests/")
    report = recording.reports[0]
    assert (report["name"], report["response_length"]) == ("/json?a=b+c", len(response.content))
    assert (report["url"], report["exception"]) == (f"{target}/json?a=b+c", None)
    assert 0 < report["response_time"] < 1000


def test_both_roads_send_the_same_headers(either, target):
    either.headers["X-S"] = "session"
    either.auth = ("u", "p")

    sent = either.get("/headers", headers={"X-R": "request", "Accept": None}).json()

    names = {name.lower(): value for name, value in sent.items()}
    assert names == {
        "host": target.removeprefix("http://"),
        "user-agent": requests.utils.default_user_agent(),
        "accept-encoding": requests.utils.default_headers()["Accept-Encoding"],
        "connection": "keep-alive",
        "x-s": "session",
        "x-r": "request",
        "authorization": "Basic dTpw",
    }


@pytest.mark.parametrize(
    ("keywords", "content", "content_type"),
    [
        ({"data": {"a": "b c"}}, b"a=b+c", "application/x-www-form-urlencoded"),
        ({"json": {"a": [1, None]}}, b'{"a": [1, null]}', "application/json"),
        ({"data": "ü", "headers": {"Content-Type": "text/x"}}, "ü".encode(), "text/x"),
        ({"data": io.BytesIO(b"file"), "headers": {"Content-Type": "text/x"}}, b"file", "text/x"),
        ({"data": iter([b"a", b"b"]), "headers": {"Content-Type": "text/x"}}, b"ab", "text/x"),
    ],
)
def test_bodies_arrive(session, keywords, content, content_type):
    response = session.post("/echo", **keywords)

    assert response.content == content
    assert response.headers["Content-Type"] == content_type


def test_both_roads_follow_redirects_and_report_once(either, recording, target):
    response = either.get("/redirect/3")

    assert (response.status_code, response.url) == (200, f"{target}/redirect/0")
    assert [hop.status_code for hop in response.history] == [302, 302, 302]
    assert [report["name"] for report in recording.reports] == ["/redirect/3"]


def test_both_roads_stop_following_a_loop(either, recording):
    either.max_redirects = 4

    assert either.get("/redirect-loop").status_code == 0
    assert recording.errors == ["TooManyRedirects('Exceeded 4 redirects.')"]


def test_both_roads_keep_cookies(either):
    either.get("/cookies/set?a=1&b=2")

    assert dict(either.cookies) == {"a": "1", "b": "2"}
    assert either.get("/cookies").json() == {"a": "1", "b": "2"}

    either.cookies.clear()

    assert either.get("/cookies").json() == {}


def test_both_roads_report_a_bad_status_with_the_name(either, recording):
    either.get("/status/404", name="n")
    either.get("/status/500")

    assert recording.errors == [
        "HTTPError('404 Client Error: Not Found for url: n')",
        "HTTPError('500 Server Error: Internal Server Error for url: /status/500')",
    ]


def test_compressed_content_is_counted_and_read_decompressed(either, recording):
    response = either.get("/gzip")

    assert response.json()
    assert recording.reports[0]["response_length"] == len(response.content)


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("road", ["fast", "general"])
@pytest.mark.parametrize(
    ("steps", "keywords", "raised", "reported"),
    [
        ([ReadHead()], {}, requests.ConnectionError, "RemoteDisconnected('Remote end closed connection without"),
        ([ReadHead(), Reset()], {}, requests.ConnectionError, "ConnectionResetError(104, 'Connection reset by peer')"),
        (
            [ReadHead(), Stall()],
            {"timeout": 0.05},
            requests.ReadTimeout,
            "ReadTimeout(ReadTimeoutError(\"HTTPConnectionPool(host='127.0.0.1', port=%d): Read timed out. "
            '(read timeout=0.05)"))',
        ),
        (
            [ReadHead(), Send(OK[:-2]), Stall()],
            {"timeout": (5, 0.3)},
            requests.ConnectionError,
            "ReadTimeoutError(\"HTTPConnectionPool(host='127.0.0.1', port=%d): Read timed out.\")",
        ),
        (
            [ReadHead(), Send(OK[:-2])],
            {},
            requests.exceptions.ChunkedEncodingError,
            "ChunkedEncodingError(ProtocolError(",
        ),
        (
            [ReadHead(), Send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")],
            {},
            requests.exceptions.ContentDecodingError,
            "ContentDecodingError(DecodeError('Received response with content-encoding: gzip, but failed to decode",
        ),
    ],
)
def test_failures_are_reported_in_the_words_of_locust_2_47(hostile, recording, road, steps, keywords, raised, reported):
    server = hostile.serve(*steps)
    session = recording.session(server.url)
    if road == "general":
        session.mount("nowhere://", requests.adapters.HTTPAdapter())

    response = session.get("/x", **keywords)

    assert isinstance(response.error, raised)
    assert recording.errors[0].startswith(reported % server.port if "%d" in reported else reported)
    assert (recording.reports[0]["name"], recording.reports[0]["response_length"]) == ("/x", 0)
    assert recording.reports[0]["url"] == f"{server.url}/x"


@pytest.mark.parametrize(
    ("names", "raised"),
    [
        (
            "resets-after-the-request resets-in-the-head closes-without-an-answer closes-in-the-status-line no-http "
            "binary-noise status-of-letters unknown-version",
            requests.ConnectionError,
        ),
        (
            "resets-in-the-body closes-in-the-body closes-in-a-chunk closes-before-the-last-chunk "
            "chunk-size-of-letters chunk-longer-than-its-size",
            requests.exceptions.ChunkedEncodingError,
        ),
        ("gzip-of-noise deflate-of-noise", requests.exceptions.ContentDecodingError),
    ],
)
def test_each_misbehaviour_raises_what_requests_does(hostile, recording, names, raised):
    for name in names.split():
        response = recording.session(hostile.serve(*catalogue.ALL[name].script).url).get("/x")

        assert type(response.error) is raised, (name, response.error)


def test_how_much_of_a_body_came_makes_no_error_of_its_own(hostile, recording):
    for size in range(3):
        recording.session(hostile.serve(ReadHead(), Send(OK[: -2 - size])).url).get("/x")

    assert len(set(recording.errors)) == 1


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("expired", "certificate verify failed: certificate has expired'"),
        ("not-yet-valid", "certificate verify failed: certificate is not yet valid'"),
        ("unknown-authority", "certificate verify failed: unable to get local issuer certificate'"),
        ("other-host", "certificate is not valid for '127.0.0.1' but for other.test'"),
    ],
)
def test_a_bad_certificate_is_told_in_words(hostile, certificates, recording, kind, told):
    server = hostile.serve(ReadHead(), Send(OK), tls=certificates.bad_kinds()[kind])
    session = recording.session(server.url)
    session.verify = certificates.authority

    response = session.get("/x")

    assert isinstance(response.error, requests.exceptions.SSLError)
    assert told in recording.errors[0].replace("\\'", "'").replace('"', "'")


def test_a_handshake_that_stalls_is_a_read_timeout(hostile, recording):
    server = hostile.serve(*catalogue.HANDSHAKES["stalls-in-the-handshake"].script)

    response = recording.session(server.tls_url).get("/x", timeout=0.1)

    assert type(response.error) is requests.ReadTimeout
    assert "Read timed out. (read timeout=0.1)" in recording.errors[0]


def test_nobody_listening_is_a_refusal(hostile, recording):
    server = hostile.serve(kind="refusing")

    response = recording.session(server.url).get("/x")

    assert isinstance(response.error, requests.ConnectionError)
    assert recording.errors == ["ConnectionRefusedError(111, 'Connection refused')"]


def test_a_killed_request_is_not_reported_and_the_session_goes_on(hostile, recording):
    server = hostile.serve(scripts=[[ReadHead(), Stall()], [ReadHead(), Send(OK)]])
    session = recording.session(server.url)
    greenlet = gevent.spawn(session.get, "/x")
    with gevent.Timeout(5):
        while not server.notes("head"):
            gevent.sleep(0.001)

    greenlet.kill()

    assert recording.reports == []
    assert session.get("/y").text == "hello"


@pytest.mark.parametrize("error", [gevent.Timeout, ValueError, TypeError])
def test_a_timeout_of_gevent_goes_through_with_whatever_it_raises(hostile, recording, error):
    server = hostile.serve(ReadHead(), Stall())
    session = recording.session(server.url)

    with pytest.raises(error), gevent.Timeout(0.05, None if error is gevent.Timeout else error("mine")):
        session.get("/x")

    assert recording.reports == []
    assert server.connection_count == 1


# --- streams ----------------------------------------------------------------------------------------------------------


def test_a_stream_is_reported_with_the_length_in_its_head(session, recording):
    response = session.get("/bytes/100000", stream=True)

    assert recording.reports[0]["response_length"] == 100_000
    assert sum(len(piece) for piece in response.iter_content(4096)) == 100_000


def test_a_stream_that_breaks_off_raises_what_requests_raises(hostile, recording):
    server = hostile.serve(ReadHead(), Send(OK[:-2]))

    response = recording.session(server.url).get("/x", stream=True)

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ = response.content


def test_a_stream_too_slow_raises_what_requests_raises(hostile, recording):
    server = hostile.serve(ReadHead(), Send(OK[:-2]), Stall())

    response = recording.session(server.url).get("/x", stream=True, timeout=0.3)

    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        _ = response.content


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize(
    "pieces",
    [
        lambda response: response.iter_lines(),
        lambda response: response.iter_content(1024),
        lambda response: response.iter_content(None),
        lambda response: iter(response),
    ],
    ids=["lines", "content", "content of any size", "the response itself"],
)
@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_what_is_chunked_can_be_read_while_it_arrives(hostile, recording, pieces, encoding):
    first, header = b"data: 1\n", b""
    if encoding:
        compressor = zlib.compressobj(wbits=31)
        first = compressor.compress(first) + compressor.flush(zlib.Z_SYNC_FLUSH)
        header = b"Content-Encoding: gzip\r\n"
    server = hostile.serve(ReadHead(), Send(CHUNKED + header + b"\r\n" + chunk(first)), Stall())

    response = recording.session(server.url).get("/x", stream=True, timeout=2)

    assert next(pieces(response)).strip() == b"data: 1"


def test_all_pieces_of_what_is_chunked_come_to_an_end(hostile, recording):
    body = chunk(b"data: 1\n\n") + chunk(b"data: 2\n\n") + b"0\r\n\r\n"
    server = hostile.serve(ReadHead(), Send(CHUNKED + b"\r\n" + body), ReadHead(), Send(OK))
    session = recording.session(server.url)

    assert [line for line in session.get("/x", stream=True).iter_lines() if line] == [b"data: 1", b"data: 2"]
    assert session.get("/y").text == "hello"
    assert server.connection_count == 1


@pytest.mark.parametrize("size", [None, 2, 4096])
def test_pieces_of_what_is_not_chunked_come_to_an_end(hostile, recording, size):
    server = hostile.serve(ReadHead(), Send(OK))

    response = recording.session(server.url).get("/x", stream=True)

    assert b"".join(response.iter_content(size)) == b"hello"


def test_the_raw_stream_gives_as_many_bytes_as_asked_for(hostile, recording):
    body = chunk(b"abc") + chunk(b"def") + b"0\r\n\r\n"
    server = hostile.serve(ReadHead(), Send(CHUNKED + b"\r\n" + body))

    raw = recording.session(server.url).get("/x", stream=True).raw

    assert [raw.read(4), raw.read(4), raw.read(4)] == [b"abcd", b"ef", b""]


def test_a_chunked_stream_that_breaks_off_raises_what_requests_raises(hostile, recording):
    server = hostile.serve(ReadHead(), Send(CHUNKED + b"\r\n" + chunk(b"data: 1\n")))

    lines = recording.session(server.url).get("/x", stream=True).iter_lines()

    assert next(lines) == b"data: 1"
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        next(lines)


def test_a_chunked_stream_too_slow_raises_what_requests_raises(hostile, recording):
    server = hostile.serve(ReadHead(), Send(CHUNKED + b"\r\n"), Stall())

    response = recording.session(server.url).get("/x", stream=True, timeout=0.3)

    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        next(response.iter_lines())


def test_chunks_that_cannot_be_decoded_raise_what_requests_raises(hostile, recording):
    head = CHUNKED + b"Content-Encoding: gzip\r\n\r\n"
    server = hostile.serve(ReadHead(), Send(head + chunk(b"no gzip at all") + b"0\r\n\r\n"))

    response = recording.session(server.url).get("/x", stream=True)

    with pytest.raises(requests.exceptions.ContentDecodingError):
        next(response.iter_lines())


def test_a_redirected_upload_is_sent_again(hostile, recording):
    first = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n"
    server = hostile.serve(ReadHead(), ReadBody(), Send(first), ReadHead(), ReadBody(), Send(OK))

    response = recording.session(server.url).post("/x", data="body")

    assert response.text == "hello"
    assert [note.payload for note in server.notes("body")] == [b"body", b"body"]


# --- TLS --------------------------------------------------------------------------------------------------------------


def secure(hostile, certificate: str, **files: str):
    return hostile.serve(ReadHead(), Send(OK), Again(), tls=TlsFiles(certificate, **files))


def test_an_authority_of_ones_own_is_trusted_by_its_file(hostile, certificates, recording):
    server = secure(hostile, certificates.good)
    session = recording.session(server.url_for("localhost"))
    session.verify = certificates.authority

    assert session.get("/x").text == "hello"
    assert session.get("/x", verify=certificates.authority).text == "hello"


def test_verification_can_be_switched_off_for_a_session_or_a_request(hostile, certificates, recording):
    server = secure(hostile, certificates.unknown_authority)
    session = recording.session(server.url)

    assert session.get("/x", verify=False).text == "hello"
    session.verify = False
    assert session.get("/x").text == "hello"
    session.verify = True
    assert isinstance(session.get("/x").error, requests.exceptions.SSLError)
    assert "certificate verify failed" in recording.errors[-1]


def test_an_https_url_is_verified_by_a_session_of_an_http_host(hostile, certificates, recording, session):
    server = secure(hostile, certificates.good)

    assert isinstance(session.get(f"{server.url}/x").error, requests.exceptions.SSLError)
    session.verify = certificates.authority
    assert session.get(f"{server.url}/x").text == "hello"
    session.verify = "/nowhere/ca.pem"
    with pytest.raises(OSError, match=r"invalid path: /nowhere/ca\.pem"):
        session.get(f"{server.url}/x")
    session.verify = False
    assert session.get(f"{server.url}/x").text == "hello"
    assert session._is_usual()


def test_a_missing_bundle_is_told_as_requests_tells_it(hostile, certificates, recording):
    session = recording.session(secure(hostile, certificates.good).url)
    session.verify = "/nowhere/ca.pem"

    with pytest.raises(OSError, match="Could not find a suitable TLS CA certificate bundle, invalid path"):
        session.get("/x")


# --- those who patch requests -----------------------------------------------------------------------------------------


def test_requests_mock_answers_and_is_reported(session, recording, target):
    with requests_mock.Mocker() as mocker:
        mocker.get(f"{target}/mocked", text="mocked")
        text = session.get("/mocked").text
    with requests_mock.Mocker(session=session) as mocker:
        mocker.get(f"{target}/mocked", text="of the session")
        other = session.get("/mocked").text

    assert (text, other) == ("mocked", "of the session")
    assert [report["response_length"] for report in recording.reports] == [6, 14]
    assert session._is_usual()


def test_responses_answers_and_is_reported(session, recording, target):
    with responses.RequestsMock() as mocker:
        mocker.add(responses.GET, f"{target}/mocked", body="mocked", status=404)
        response = session.get("/mocked")

    assert (response.status_code, response.text) == (404, "mocked")
    assert recording.errors == ["HTTPError('404 Client Error: Not Found for url: /mocked')"]


def test_vcr_records_and_replays(recording, target, tmp_path: Path):
    cassette = str(tmp_path / "cassette.yaml")
    with vcr.use_cassette(cassette):
        first = recording.session(target).get("/json").text
    with vcr.use_cassette(cassette, record_mode="none") as tape:
        second = recording.session(target).get("/json").text

    assert first == second
    assert tape.play_count == 1


def test_a_wrapped_send_sees_each_request_and_response(session, monkeypatch):
    seen = []
    send = requests.Session.send

    def traced(self, request, **kwargs):
        response = send(self, request, **kwargs)
        seen.append((request.method, request.path_url, response.status_code))
        return response

    monkeypatch.setattr(requests.Session, "send", traced)

    session.get("/redirect/1")

    assert ("GET", "/redirect/1", 200) in seen


def test_hooks_and_credentials_of_ones_own_work(session):
    called = []
    session.hooks["response"].append(lambda response, **_: called.append(response.status_code))

    class Token(requests.auth.AuthBase):
        def __call__(self, request):
            request.headers["X-Token"] = "t"
            return request

    sent = session.get("/headers", auth=Token()).json()

    assert called == [200]
    assert {name.lower(): value for name, value in sent.items()}["x-token"] == "t"


def test_a_prepared_request_can_be_sent(session, target):
    prepared = session.prepare_request(requests.Request("GET", f"{target}/status/200"))

    assert session.send(prepared).status_code == 200


def test_sessions_of_one_pool_manager_share_connections(hostile, recording):
    from urllib3 import PoolManager

    server = hostile.serve(ReadHead(), Send(OK), Again())
    manager = PoolManager()
    for _ in range(3):
        session = HttpSession(server.url, recording.event, None, pool_manager=manager)
        session.trust_env = False
        assert session.get("/x").text == "hello"

    assert server.connection_count == 1


def test_concurrent_requests_of_one_session_keep_their_names(session, recording):
    def work(name: str) -> None:
        with session.rename_request(name):
            session.get("/delay/5")

    gevent.joinall([gevent.spawn(work, name) for name in "abc"], raise_error=True)

    assert sorted(str(report["name"]) for report in recording.reports) == ["a", "b", "c"]


def test_the_time_is_that_of_the_wire(hostile, recording):
    server = hostile.serve(ReadHead(), Pause(0.05), Send(OK))

    recording.session(server.url).get("/x")

    assert 50 <= recording.reports[0]["response_time"] < 90


# --- counting ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def counting(target):
    """A session whose requests only the statistics hear of, and the statistics."""
    recorder = _native.Recorder(time.time())
    event = EventHook()
    event.add_listener(recorder)
    session = HttpSession(target, event, None)
    session.trust_env = False
    return session, recorder


def counted(recorder: _native.Recorder) -> list[tuple[str, str, int, int, int]]:
    return [
        (method, name, entry.num_requests, entry.num_failures, entry.total_content_length)
        for method, name, entry in recorder.entries()
    ]


def test_requests_are_counted_on_every_road(counting, target):
    session, recorder = counting
    session.get("/bytes/10")
    session.get("/bytes/10", headers={"X-A": "1"})
    session.get("/bytes/10", auth=("u", "p"))
    session.get("/redirect/1", name="hops")
    with session.get("/bytes/10", name="caught", catch_response=True):
        pass
    with session.get("/bytes/10", name="caught", catch_response=True) as response:
        response.failure("bad")
    with session.get("/status/404", name="caught", catch_response=True) as response:
        pass
    session.post("/status/500", name="broken")

    assert counted(recorder) == [
        ("GET", "/bytes/10", 3, 0, 30),
        ("GET", "hops", 1, 0, len(requests.get(f"{target}/redirect/0").content)),
        ("GET", "caught", 3, 2, 20 + len("status 404")),
        ("POST", "broken", 1, 1, len("status 500")),
    ]
