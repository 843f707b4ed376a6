"""The engine under gevent: parking, killing, forking, threads, both loops and both runners."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator

import gevent
import pytest
from fakes.hostile import Hostile
from fakes.steps import ReadHead, Send, Stall
from gevent.event import Event

from locust import _native

IS_OK = bytes(1 if 200 <= status < 400 else 0 for status in range(600))


class Response:
    _exchange: _native.Exchange


class Listeners:
    """As much of an event as a session looks at."""

    def __init__(self) -> None:
        self._handlers: list[object] = []


def make_session(base_url: str, **settings: object) -> _native.Session:
    session = _native.Session(Response, Listeners(), is_ok=IS_OK, **settings)  # type: ignore[arg-type]
    session.base_url = base_url
    return session


def get(session: _native.Session, url: str) -> _native.Exchange:
    response = session.request("GET", url, url, None, None, None, False)
    assert response is not None
    return response if isinstance(response, _native.Exchange) else response._exchange


def run_script(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
    )


PRELUDE = """
import sys, time, os
import locust
from locust import _native
import gevent
IS_OK = bytes(1 if 200 <= status < 400 else 0 for status in range(600))
class Response: pass
class Listeners: _handlers = []
def make_session():
    session = _native.Session(Response, Listeners(), is_ok=IS_OK)
    session.base_url = {target!r}
    return session
def get(session, url):
    return session.request("GET", url, url, None, None, None, False)._exchange
"""


def script(target: str, body: str) -> str:
    return PRELUDE.format(target=target) + textwrap.dedent(body)


def test_greenlets_wait_side_by_side(target: str) -> None:
    began = time.monotonic()

    jobs = [gevent.spawn(get, make_session(target), "/delay/200") for _ in range(20)]
    gevent.joinall(jobs, raise_error=True)

    assert {job.value.status_code for job in jobs} == {200}
    assert time.monotonic() - began < 2


def test_a_killed_greenlet_cancels_its_exchange(target: str) -> None:
    session = make_session(target)
    job = gevent.spawn(get, session, "/delay/5000")
    gevent.sleep(0.05)

    job.kill()

    assert isinstance(job.value, gevent.GreenletExit)
    again = get(session, "/")
    assert again.status_code == 200
    assert not again.is_reused


def test_a_gevent_timeout_comes_out_of_the_request(target: str) -> None:
    session = make_session(target)
    began = time.monotonic()

    with pytest.raises(gevent.Timeout), gevent.Timeout(0.1):
        get(session, "/delay/5000")

    assert time.monotonic() - began < 2
    assert get(session, "/").status_code == 200


def test_a_connection_is_used_again_by_the_same_session_only(target: str) -> None:
    session = make_session(target)

    first, second, other = get(session, "/"), get(session, "/"), get(make_session(target), "/")

    assert [first.is_reused, second.is_reused, other.is_reused] == [False, True, False]


def test_sessions_that_share_a_pool_share_connections(target: str) -> None:
    pool = _native.Pool()
    get(make_session(target, pool=pool), "/")

    assert get(make_session(target, pool=pool), "/").is_reused

    pool.close()
    assert not get(make_session(target, pool=pool), "/").is_reused


def test_a_request_from_the_hub_is_refused(target: str) -> None:
    session = make_session(target)
    outcome: list[BaseException] = []
    done = Event()

    def callback() -> None:
        try:
            get(session, "/")
        except BaseException as error:
            outcome.append(error)
        done.set()

    gevent.get_hub().loop.run_callback(callback)
    done.wait(5)

    assert "hub" in str(outcome[0])


def test_a_sleep_is_at_least_as_long_as_asked() -> None:
    for seconds in (0.001, 0.0105, 0.05):
        began = time.monotonic()
        _native.sleep(seconds)
        assert time.monotonic() - began >= seconds


def test_a_sleeper_can_be_killed() -> None:
    sleeper = gevent.spawn(_native.sleep, 1000)
    gevent.sleep(0.01)

    sleeper.kill()

    assert sleeper.dead


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_sleep_of_nothing_yields(seconds: float) -> None:
    order: list[str] = []
    other = gevent.spawn(order.append, "other")

    _native.sleep(seconds)
    order.append("sleeper")
    other.join()

    assert order == ["other", "sleeper"]


def test_an_idle_waiter_yields_and_a_busy_one_does_not(target: str) -> None:
    session, waiter = make_session(target), _native.Waiter()
    order: list[str] = []
    waiter.wait(0)
    other = gevent.spawn(order.append, "other")
    waiter.wait(0)
    order.append("after idle wait")
    get(session, "/")
    late = gevent.spawn(order.append, "late")
    waiter.wait(0)
    order.append("after request")
    gevent.joinall([other, late])

    assert order == ["other", "after idle wait", "after request", "late"]


@pytest.mark.parametrize("engine", ["inline", "thread"])
@pytest.mark.parametrize("loop", ["libev-cext", "libuv-cffi"])
def test_it_runs_under_both_loops_and_runners(target: str, engine: str, loop: str) -> None:
    done = run_script(
        script(
            target,
            """
            assert type(gevent.get_hub().loop).__module__.startswith("gevent." + os.environ["GEVENT_LOOP"][:5])
            session = make_session()
            jobs = [gevent.spawn(get, session, "/delay/20") for _ in range(10)]
            gevent.joinall(jobs, raise_error=True)
            began = time.monotonic()
            _native.sleep(0.05)
            # libuv's clock stands still within a turn of the loop, and counts whole milliseconds.
            assert 0.048 <= time.monotonic() - began < 1
            killed = gevent.spawn(get, session, "/delay/5000")
            gevent.sleep(0.05)
            killed.kill()
            print([job.value.status_code for job in jobs], get(session, "/").status_code)
            """,
        ),
        LOCUST_ENGINE=engine,
        GEVENT_LOOP=loop,
    )

    assert (done.stdout, done.returncode) == (f"{[200] * 10} 200\n", 0), done.stderr


def test_an_unknown_engine_is_named(target: str) -> None:
    done = run_script(script(target, "get(make_session(), '/')"), LOCUST_ENGINE="warp")

    assert "LOCUST_ENGINE must be 'inline' or 'thread', found 'warp'" in done.stderr


@pytest.mark.parametrize("engine", ["inline", "thread"])
def test_a_forked_child_starts_an_engine_of_its_own(target: str, engine: str) -> None:
    done = run_script(
        script(
            target,
            """
            session = make_session()
            get(session, "/")
            children = []
            for _ in range(2):
                child = gevent.os.fork() if hasattr(gevent, "os") else os.fork()
                if not child:
                    first, second = get(session, "/"), get(session, "/")
                    del session
                    ok = not first.is_reused and second.is_reused and get(make_session(), "/").status_code == 200
                    os._exit(0 if ok else 1)
                children.append(child)
            codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            print(codes, get(session, "/").is_reused)
            """,
        ),
        LOCUST_ENGINE=engine,
    )

    assert (done.stdout, done.returncode) == ("[0, 0] True\n", 0), done.stderr


@pytest.mark.parametrize("engine", ["inline", "thread"])
def test_a_forked_child_lets_go_of_its_parents_connections(hostile: Hostile, engine: str) -> None:
    server = hostile.serve(ReadHead(), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Stall())

    program = script(
        server.url,
        """
        session = make_session()
        get(session, "/")
        if gevent.os.fork():
            session.pool.close()
            gevent.sleep(0)
        sys.stdin.read()
        """,
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, env={**os.environ, "LOCUST_ENGINE": engine}
    ):
        # The child lives on, and still the server sees the parent's connection end.
        server.wait_for("eof")


def test_every_thread_has_an_engine(target: str) -> None:
    done = run_script(
        script(
            target,
            """
            session = make_session()
            get(session, "/")
            def in_thread():
                first, second = get(session, "/"), get(session, "/")
                return first.is_reused, second.is_reused
            pool = gevent.get_hub().threadpool
            print(pool.spawn(in_thread).get(), get(session, "/").is_reused)
            """,
        )
    )

    assert (done.stdout, done.returncode) == ("(False, True) True\n", 0), done.stderr


def test_a_keyboard_interrupt_ends_a_waiting_program(target: str) -> None:
    done = run_script(
        script(
            target,
            """
            import signal
            # A shell's background jobs start with it ignored.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            session = make_session()
            gevent.spawn_later(0.2, os.kill, os.getpid(), signal.SIGINT)
            try:
                get(session, "/delay/20000")
            except KeyboardInterrupt:
                print("interrupted", get(session, "/").status_code)
            """,
        )
    )

    assert (done.stdout, done.returncode) == ("interrupted 200\n", 0), done.stderr


def test_a_loop_with_nothing_left_to_do_ends(target: str) -> None:
    done = run_script(
        script(
            target,
            """
            get(make_session(), "/")
            print(gevent.wait(timeout=10))
            try:
                gevent.event.Event().wait()
            except gevent.exceptions.LoopExit:
                print("loop exit")
            """,
        )
    )

    assert (done.stdout, done.returncode) == ("True\nloop exit\n", 0), done.stderr


def test_a_raw_greenlet_that_raises_does_not_cost_others_their_wake_up(target: str) -> None:
    done = run_script(
        script(
            target,
            """
            import greenlet
            session = make_session()
            def raiser():
                get(make_session(), "/delay/50")
                raise ValueError("raw")
            raw = greenlet.greenlet(raiser, parent=gevent.get_hub())
            gevent.get_hub().loop.run_callback(raw.switch)
            jobs = [gevent.spawn(get, make_session(), "/delay/50") for _ in range(5)]
            gevent.joinall(jobs, raise_error=True)
            print(len(jobs))
            """,
        )
    )

    assert (done.stdout, done.returncode) == ("5\n", 0), done.stderr
    assert "ValueError: raw" in done.stderr


def test_a_traced_program_makes_requests(target: str) -> None:
    done = run_script(
        script(
            target,
            """
            lines = []
            sys.settrace(lambda frame, event, argument: lines.append(event))
            jobs = [gevent.spawn(get, make_session(), "/delay/10") for _ in range(3)]
            gevent.joinall(jobs, raise_error=True)
            sys.settrace(None)
            print(bool(lines), [job.value.status_code for job in jobs])
            """,
        )
    )

    assert (done.stdout, done.returncode) == ("True [200, 200, 200]\n", 0), done.stderr


class SlowResolver:
    """In place of the hub's: answers once `release` is set."""

    def __init__(self) -> None:
        self.asked = Event()
        self.release = Event()

    def getaddrinfo(self, host: str, port: int, *_: object) -> list[object]:
        self.asked.set()
        self.release.wait(10)
        return [(0, 0, 0, "", ("127.0.0.1", port))]


@pytest.fixture
def slow_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowResolver]:
    resolver = SlowResolver()
    monkeypatch.setattr(gevent.get_hub(), "resolver", resolver)
    _native.clear_dns_cache()
    yield resolver
    resolver.release.set()
    gevent.sleep(0)
    _native.clear_dns_cache()


@pytest.mark.parametrize("limit", ["connect_timeout", "total_timeout"])
def test_a_look_up_ends_with_the_timeout(slow_resolver: SlowResolver, limit: str) -> None:
    session = make_session("http://slow.example")
    setattr(session, limit, 0.05)
    began = time.monotonic()

    exchange = get(session, "/")

    assert exchange.failure is not None
    assert (exchange.failure.slug, exchange.failure.phase) == ("connect-timeout", "dns")
    assert exchange.failure.message == "no address of slow.example within 0.05 s"
    assert 0.05 <= time.monotonic() - began < 2
    assert exchange.elapsed_ms >= 49


def test_a_killed_look_up_still_serves_the_others(slow_resolver: SlowResolver, target: str) -> None:
    url = target.replace("127.0.0.1", "shared.example")
    first = gevent.spawn(get, make_session(url), "/")
    slow_resolver.asked.wait(5)
    second = gevent.spawn(get, make_session(url), "/")
    gevent.sleep(0.01)

    first.kill(timeout=5)
    slow_resolver.release.set()

    assert second.get(timeout=5).status_code == 200


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b"])
def test_a_host_that_can_be_none_is_a_failure(host: str) -> None:
    exchange = get(make_session(f"http://{host}"), "/")

    assert exchange.failure is not None
    assert exchange.failure.slug == "dns"
