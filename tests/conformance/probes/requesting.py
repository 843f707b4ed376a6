"""Answers what HttpUser, FastHttpUser and their responses do, with a server in this process."""

import gzip
import json
import re
import socket
import sys
from http.cookies import SimpleCookie

import gevent
from cases import CASES, answer_all, attempt, plain, raised
from gevent import pywsgi

from locust import FastHttpUser, HttpUser, events
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.exception import CatchResponseError, RescheduleTask, ResponseError, StopUser

SENT_BY_LIBRARIES = ("User-Agent", "Accept-Encoding", "Connection", "Host", "Accept")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read()
    headers = [("Content-Type", "text/plain; charset=utf-8")]

    def answer(status, content=b"", *more):
        start_response(f"{status} Whatever", [*headers, ("Content-Length", str(len(content))), *more])
        return [content]

    first, _, rest = path.lstrip("/").partition("/")
    if first == "status":
        return answer(int(rest), b"" if rest in ("204", "304") else b"body of " + rest.encode())
    if first == "redirect":
        count = int(rest)
        target = f"/redirect/{count - 1}" if count > 1 else "/text"
        return answer(302, b"moved", ("Location", target))
    if first == "redirect-to":
        return answer(int(rest), b"moved", ("Location", "/echo"))
    if first == "absolute":
        return answer(302, b"", ("Location", f"http://{environ['HTTP_HOST']}/text"))
    if first == "loop":
        return answer(302, b"", ("Location", "/loop"))
    if first == "json":
        headers[0] = ("Content-Type", "application/json")
        return answer(200, json.dumps({"ok": True, "items": [1, 2]}).encode())
    if first == "latin":
        headers[0] = ("Content-Type", "text/plain; charset=iso-8859-1")
        return answer(200, "gr\xfc\xdfe".encode("latin-1"))
    if first == "html":
        headers[0] = ("Content-Type", "text/html")
        return answer(200, "<p>gr\xfc\xdfe</p>".encode())
    if first == "bytes":
        headers[0] = ("Content-Type", "application/octet-stream")
        return answer(200, bytes(range(256)) * (int(rest) // 256))
    if first == "gzip":
        return answer(200, gzip.compress(b"text " * 50), ("Content-Encoding", "gzip"))
    if first == "lines":
        return answer(200, b"one\ntwo\r\nthree")
    if first == "cookie":
        return answer(200, b"set", ("Set-Cookie", f"{rest}=value; Path=/"))
    if first == "slow":
        gevent.sleep(0.3)
        return answer(200, b"slow")
    if first == "echo":
        sent = {
            name[5:].replace("_", "-").title(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        given = {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "query": environ["QUERY_STRING"],
            "headers": {name: value for name, value in sent.items() if name not in (*SENT_BY_LIBRARIES, "Cookie")},
            "type": environ.get("CONTENT_TYPE", "").split("boundary=")[0],
            "cookies": sorted(SimpleCookie(sent.get("Cookie", ""))),
            "body": body.decode("latin-1") if b"boundary" not in body and b"--" not in body else len(body) > 20,
        }
        headers[0] = ("Content-Type", "application/json")
        return answer(200, json.dumps(given).encode(), ("X-Own", "a"), ("X-Own", "b"))
    if first == "text":
        return answer(200, b"some text")
    return answer(404, b"nothing here")


def serve():
    server = pywsgi.WSGIServer(("127.0.0.1", 0), application, log=None, error_log=None)
    server.start()
    return f"http://127.0.0.1:{server.server_port}"


def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


HOST = None
# What a listener can tell apart.
RESPONSES = ("ErrorResponse", "FastResponse", "Response")


def bases(value):
    return [base.__name__ for base in type(value).__mro__]


def exchanged(user_class, call, host=None):
    """Gives what a call gave, and the request events."""
    global HOST
    HOST = HOST or serve()

    class Someone(user_class):
        pass

    Someone.host = host or HOST
    environment = Environment(user_classes=[Someone])
    seen = []

    @environment.events.request.add_listener
    def note(request_type, name, response_time, response_length, exception, context, response, **more):
        own = {key: value for key, value in more.items() if key != "start_time"}
        seen.append(
            {
                "type": request_type,
                "name": name,
                "time": response_time is not None and response_time >= 0,
                "length": response_length,
                "exception": exception and [type(exception).__name__, str(exception)],
                "context": context,
                "response": [base for base in RESPONSES if base in bases(response)],
                "status": getattr(response, "status_code", "absent"),
                "more": own,
            }
        )

    user = Someone(environment)
    outcome = attempt(lambda: call(user.client, user))
    return without_host([outcome, seen])


def without_host(value):
    return json.loads(re.sub(r"\b[1-9]\d{4}(?=\D)", "PORT", json.dumps(plain(value))))


def offered(response):
    """What a response offers."""
    names = ("status_code", "ok", "text", "content", "encoding", "url", "reason", "is_redirect", "apparent_encoding")
    return {
        "type": type(response).__name__,
        **{name: attempt(lambda name=name: getattr(response, name, "absent")) for name in names},
        "headers": sorted(key for key in dict(response.headers or {}) if key.lower() not in ("date", "connection")),
        "json": attempt(lambda: response.json()),
        "history": [getattr(one, "status_code", "?") for one in getattr(response, "history", None) or []],
        "raise_for_status": attempt(lambda: response.raise_for_status()),
        "truth": attempt(lambda: bool(response)),
        "request": attempt(lambda: [response.request.method, response.request.url, response.request.body]),
        "elapsed": attempt(lambda: response.elapsed.total_seconds() >= 0),
        "error": attempt(lambda: raised(response.error) if getattr(response, "error", None) else None),
    }


def echoed(response):
    return response.json()


BOTH = {"http": HttpUser, "fast": FastHttpUser}


def on_both(name, host=None):
    def declare(call):
        for kind, user_class in BOTH.items():
            full = f"{kind} {name}"
            assert full not in CASES, full
            CASES[full] = lambda user_class=user_class: exchanged(user_class, call, host and host())
        return call

    return declare


def only(kind, name):
    def declare(call):
        CASES[f"{kind} {name}"] = lambda: exchanged(BOTH[kind], call)
        return call

    return declare


GETS = (
    "/text", "/json", "/status/200", "/status/201", "/status/204", "/status/206", "/status/226", "/status/299",
    "/status/400", "/status/401", "/status/404", "/status/418", "/status/500", "/status/503", "/redirect/1",
    "/redirect/3", "/absolute", "/latin", "/html", "/gzip", "/loop", "/nothing", "/text?a=1&b=%20", "/text#part",
    "/text?", "text", "", "/status/304", "/status/300", "//text", "/text with blanks", "/gr\xfc\xdfe",
)  # fmt: skip
for path in GETS:
    on_both(f"get {path.replace('grüße', 'umlauts') or 'nothing'}")(
        lambda client, user, path=path: offered(client.get(path))
    )

for method in ("post", "put", "patch", "delete", "options"):
    on_both(f"{method} nothing")(lambda client, user, method=method: echoed(getattr(client, method)("/echo")))
on_both("head")(lambda client, user: offered(client.head("/text")))
on_both("head of a redirect")(lambda client, user: offered(client.head("/redirect/1")))
on_both("request with a small method")(lambda client, user: echoed(client.request("get", "/echo")))
on_both("request with a method of one s own")(lambda client, user: echoed(client.request("PURGE", "/echo")))

BODIES = {
    "a dictionary": {"data": {"a": 1, "b": "x y", "c": "\xfc"}},
    "a list of pairs": {"data": [("a", "1"), ("a", "2")]},
    "lists in a dictionary": {"data": {"a": [1, 2]}},
    "text": {"data": "some text"},
    "umlauts": {"data": "gr\xfc\xdfe"},
    "bytes": {"data": b"\x01\x02"},
    "an empty text": {"data": ""},
    "an empty dictionary": {"data": {}},
    "json": {"json": {"a": [1, None, True, "\xfc"]}},
    "an empty json": {"json": {}},
    "a json list": {"json": [1]},
    "a json zero": {"json": 0},
    "json and data": {"json": {"a": 1}, "data": "b"},
    "a type of its own": {"data": "{}", "headers": {"Content-Type": "application/x-own"}},
    "json with a type of its own": {"json": {"a": 1}, "headers": {"content-type": "application/x-own"}},
    "a number": {"data": 3},
    "an unencodable json": {"json": {"a": {1, 2}}},
}
for name, keywords in BODIES.items():
    on_both(f"post {name}")(lambda client, user, keywords=keywords: echoed(client.post("/echo", **keywords)))

on_both("get with params")(lambda client, user: echoed(client.get("/echo", params={"a": 1, "b": ["x", "y"]})))
on_both("get with params and a query")(lambda client, user: echoed(client.get("/echo?z=0", params={"a": "b c"})))
on_both("get with params as text")(lambda client, user: echoed(client.get("/echo", params="a=1")))
on_both("get with headers")(lambda client, user: echoed(client.get("/echo", headers={"X-A": "b", "x-c": "d"})))
on_both("get with a header of None")(lambda client, user: echoed(client.get("/echo", headers={"X-A": None})))
on_both("get with a header that is a number")(lambda client, user: echoed(client.get("/echo", headers={"X-A": 3})))
on_both("get with auth")(lambda client, user: echoed(client.get("/echo", auth=("me", "secret"))))
on_both("get with files")(lambda client, user: echoed(client.post("/echo", files={"f": ("n.txt", b"content")})))
on_both("get with a context")(lambda client, user: client.get("/text", context={"a": 1}).status_code)
on_both("get with a name")(lambda client, user: client.get("/text", name="some name").status_code)
on_both("get with an empty name")(lambda client, user: client.get("/text?x=1", name="").status_code)
on_both("get with a numeric name")(lambda client, user: client.get("/text", name=7).status_code)
on_both("get without redirects")(lambda client, user: offered(client.get("/redirect/1", allow_redirects=False)))
on_both("get a path of bytes")(lambda client, user: client.get(b"/text").status_code)
on_both("get a number")(lambda client, user: client.get(3).status_code)
on_both("get None")(lambda client, user: client.get(None).status_code)
on_both("get an absolute url")(lambda client, user: client.get(f"{HOST}/text?a=1").status_code)
on_both("get another scheme")(lambda client, user: client.get("ftp://x/y").status_code)
on_both("get a name that is not found")(lambda client, user: client.get("http://no-such-host.invalid/x").status_code)
on_both("get of a closed port", lambda: f"http://127.0.0.1:{closed_port()}")(
    lambda client, user: [client.get("/x").status_code, client.get("/x").ok]
)
on_both("response of a closed port", lambda: f"http://127.0.0.1:{closed_port()}")(
    lambda client, user: offered(client.get("/x"))
)
on_both("host with a path", lambda: f"{serve()}/status")(lambda client, user: client.get("/200").status_code)
on_both("host with credentials", lambda: serve().replace("//", "//me:secret@"))(
    lambda client, user: [echoed(client.get("/echo"))["headers"], "secret" in str(client.base_url)]
)
on_both("host without a scheme", lambda: "127.0.0.1:1")(lambda client, user: client.get("/x").status_code)
on_both("cookies")(lambda client, user: [client.get("/cookie/a").status_code, echoed(client.get("/echo"))["cookies"]])
for code in (301, 302, 303, 307, 308):
    on_both(f"post to a redirect {code}")(
        lambda client, user, code=code: echoed(client.post(f"/redirect-to/{code}", data={"a": 1}))
    )
only("http", "timeout")(lambda client, user: offered(client.get("/slow", timeout=0.05)))
only("http", "cookies given")(lambda client, user: echoed(client.get("/echo", cookies={"c": "d"}))["cookies"])
only("http", "headers of the session")(
    lambda client, user: [client.headers.update({"X-S": "t"}), echoed(client.get("/echo"))["headers"]]
)
only("http", "hooks")(lambda client, user: client.get("/text", hooks={"response": lambda r, *a, **k: None}).status_code)
only("http", "auth of the session")(
    lambda client, user: [setattr(client, "auth", ("a", "b")), echoed(client.get("/echo"))["headers"]][1]
)
only("http", "max_redirects")(
    lambda client, user: [setattr(client, "max_redirects", 1), offered(client.get("/redirect/3"))][1]
)
only("http", "stream")(lambda client, user: [next(client.get("/bytes/1024", stream=True).iter_content(10))])
only("http", "stream of lines")(lambda client, user: list(client.get("/lines", stream=True).iter_lines()))
only("http", "an unknown argument")(lambda client, user: client.get("/text", nonsense=1).status_code)
only("http", "request_name of the session")(
    lambda client, user: [setattr(client, "request_name", "mine"), client.get("/text").status_code]
)
only("fast", "stream")(lambda client, user: [client.get("/bytes/1024", stream=True).stream.read(10)])
only("fast", "iter_lines")(lambda client, user: list(client.iter_lines("/lines")))
only("fast", "an unknown argument")(lambda client, user: echoed(client.get("/echo", nonsense=1)))
only("fast", "an unknown argument of post")(lambda client, user: echoed(client.post("/echo", nonsense=1)))
only("fast", "headers of a response")(
    lambda client, user: [
        client.get("/json").headers["content-type"],
        client.get("/json").headers.get("Content-Type"),
        "CONTENT-TYPE" in client.get("/json").headers,
        client.get("/json").headers.get("nothing", "default"),
    ]
)
only("fast", "cookiejar")(
    lambda client, user: [client.get("/cookie/a").status_code, [cookie.name for cookie in client.cookiejar]]
)


def caught(act, path="/text"):
    def call(client, user):
        found = []
        with client.get(path, catch_response=True) as response:
            found.append(type(response).__name__)
            act(response)
        return found

    return call


def fail_with(error):
    def act(response):
        response.failure(error)

    return act


def raise_(error):
    def act(response):
        raise error

    return act


def fail_and_raise(response):
    response.failure("failed")
    raise ValueError("raised")


def succeed_and_raise(response):
    response.success()
    raise ValueError("raised")


def fail_then_succeed(response):
    response.failure("failed")
    response.success()


def succeed_then_fail(response):
    response.success()
    response.failure("failed")


def change_the_meta(response):
    response.request_meta["name"] = "renamed"
    response.request_meta["response_length"] = 99
    response.request_meta["context"]["added"] = 1


ACTS = {
    "nothing": lambda response: None,
    "success": lambda response: response.success(),
    "failure of text": fail_with("some text"),
    "failure of an exception": fail_with(ValueError("wrong")),
    "failure of a CatchResponseError": fail_with(CatchResponseError("caught")),
    "failure of a number": fail_with(3),
    "failure of None": fail_with(None),
    "failure of an empty text": fail_with(""),
    "a ResponseError": raise_(ResponseError("bad")),
    "a CatchResponseError": raise_(CatchResponseError("bad")),
    "a ValueError": raise_(ValueError("wrong")),
    "an AssertionError": raise_(AssertionError("not so")),
    "a RescheduleTask": raise_(RescheduleTask()),
    "a StopUser": raise_(StopUser()),
    "a failure and an exception": fail_and_raise,
    "a success and an exception": succeed_and_raise,
    "a failure, then a success": fail_then_succeed,
    "a success, then a failure": succeed_then_fail,
    "a change of the meta": change_the_meta,
    "raise_for_status": lambda response: response.raise_for_status(),
}
for name, act in ACTS.items():
    on_both(f"catching with {name}")(caught(act))
    on_both(f"catching a 404 with {name}")(caught(act, "/status/404"))
    on_both(f"catching no answer with {name}", lambda: f"http://127.0.0.1:{closed_port()}")(caught(act))

on_both("success without catch_response")(lambda client, user: client.get("/text").success())
on_both("failure without catch_response")(lambda client, user: client.get("/text").failure("x"))
on_both("success without with")(lambda client, user: client.get("/text", catch_response=True).success())
on_both("catch_response without with")(lambda client, user: client.get("/text", catch_response=True).status_code)


@on_both("with without catch_response")
def with_without_catching(client, user):
    with client.get("/text") as response:
        return response.status_code


@on_both("catching and renaming")
def catching_and_renaming(client, user):
    with client.rename_request("renamed"):
        client.get("/text")
        client.get("/json", name="named")
        with client.get("/text", catch_response=True) as response:
            response.failure("x")
    return client.get("/text").status_code


@on_both("request_meta of a caught response")
def meta(client, user):
    with client.get("/text", catch_response=True, context={"a": 1}) as response:
        kept = dict(response.request_meta)
    for name in ("start_time", "response_time", "response", "url"):
        kept.pop(name, None)
    return kept


@on_both("context of the user")
def context(client, user):
    user.context = lambda: {"who": "me", "a": 0}
    return client.get("/text", context={"a": 1}).status_code


RESTS = {
    "of json": ("GET", "/json", {}),
    "of text": ("GET", "/text", {}),
    "of a status": ("GET", "/status/500", {}),
    "of nothing": ("GET", "/status/204", {}),
    "post": ("POST", "/echo", {"json": {"a": 1}}),
    "with headers": ("GET", "/echo", {"headers": {"X-A": "b", "accept": "text/plain"}}),
    "with a name": ("GET", "/json", {"name": "some name"}),
}
for name, (method, path, keywords) in RESTS.items():

    @on_both(f"rest {name}")
    def rest(client, user, method=method, path=path, keywords=keywords):
        with user.rest(method, path, **keywords) as response:
            return [type(response).__name__, response.js, response.status_code]


REST_ENDS = {
    "an assertion": AssertionError("not so"),
    "an assertion with a comma": AssertionError("not so,"),
    "an empty assertion": AssertionError(),
    "a CatchResponseError": CatchResponseError("bad"),
}
for name, error in REST_ENDS.items():

    @on_both(f"rest that ends with {name}")
    def rest_end(client, user, error=error):
        with user.rest("GET", "/json"):
            raise error


@on_both("rest that fails by hand")
def rest_failure(client, user):
    with user.rest("GET", "/json") as response:
        response.failure("by hand")


@on_both("rest past caches")
def rest_(client, user):
    with user.rest_("GET", "/json") as response:
        first = response.url.partition("_=")[2].isdigit()
    with user.rest_("GET", "/json?a=1") as response:
        second = response.url.partition("&_=")[2].isdigit()
    with user.rest_("GET", "/json", name="named"):
        pass
    user.environment.urls = None
    return [first, second]


def without_urls(function):
    """The url of `rest_` has the time."""

    def call():
        found = function()
        for event in found[1]:
            event["more"].pop("url", None)
        return found

    return call


for kind in BOTH:
    CASES[f"{kind} rest past caches"] = without_urls(CASES[f"{kind} rest past caches"])


def session(make):
    def call():
        global HOST
        HOST = HOST or serve()
        seen = []

        @events.request.add_listener
        def note(request_type, name, exception, **_):
            seen.append([request_type, name, exception and raised(exception)])

        try:
            return without_host([attempt(lambda: make(HOST)), seen])
        finally:
            events.request.remove_listener(note)

    return call


class Bare:
    """No user, but what a session asks of one."""

    host = None

    def context(self):
        return {}


CASES["a session by hand"] = session(
    lambda host: HttpSession(base_url=host, request_event=events.request, user=None).get("/text").status_code
)
CASES["a fast session by hand"] = session(
    lambda host: FastHttpSession(base_url=host, request_event=events.request, user=None).get("/text").status_code
)
CASES["a session with a bare user"] = session(
    lambda host: HttpSession(host, events.request, Bare()).get("/text").status_code
)
CASES["a fast session with a bare user"] = session(
    lambda host: FastHttpSession(host, events.request, Bare()).get("/text").status_code
)
CASES["a fast session without an event"] = session(
    lambda host: FastHttpSession(host, None, Bare()).get("/text").status_code
)


if __name__ == "__main__":
    sys.setrecursionlimit(3000)
    answer_all()
