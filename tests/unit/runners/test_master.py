"""MasterRunner, told by messages without a socket."""

from __future__ import annotations

from types import SimpleNamespace

import gevent
import pytest
from fakes.transport import transport
from runner_kit import user_class

from locust import LoadTestShape, runners
from locust._version import __version__
from locust.env import Environment
from locust.event import Events
from locust.exception import LocustError, StopTest
from locust.runners import MasterRunner
from locust.stats import RequestStats


class Options:
    """What a library user may have: no Namespace, a few attributes."""

    host = "http://h"
    num_users = 5

    def reset_stats(self):
        pass


@pytest.fixture
def server():
    with transport("Server") as made:
        yield made


@pytest.fixture
def make_master(server, monkeypatch):
    monkeypatch.setenv("LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP", "0.01")
    monkeypatch.setattr("locust.runners._master.FOREIGN_GOODBYE_SECONDS", 0)
    monkeypatch.setattr("locust.runners._master.LONGEST_STOP_SECONDS", 0)
    made = []

    def make(*user_classes, options=None, **settings):
        classes = list(user_classes) or [user_class()]
        environment = Environment(user_classes=classes, events=Events(), parsed_options=options, **settings)
        made.append(environment.create_master_runner("*", 5557))
        gevent.sleep(0)
        return made[-1]

    yield make
    for master in made:
        master.quit()


@pytest.fixture
def master(make_master):
    return make_master()


def connect(server, *names):
    for name in names:
        server.tell("client_ready", __version__, name)


def report(server, name, users, **more):
    stats = RequestStats()
    for elapsed in more.pop("times", []):
        stats.log_request("GET", "/", elapsed, 10)
    for error in more.pop("errors", []):
        stats.log_error("GET", "/", error)
    data = {
        "stats": [entry.serialize() for entry in stats.entries.values()],
        "stats_total": stats.total.serialize(),
        "errors": stats.serialize_errors(),
        "user_classes_count": {"A": users},
        "user_count": users,
    }
    server.tell("stats", {**data, **more}, name)


def spawn_counts(server, name):
    return [job["user_classes_count"] for job in server.said("spawn", name)]


def test_a_worker_that_connects_is_acknowledged_with_its_index(master, server):
    connect(server, "w1", "w2")

    assert [data["index"] for data in server.said("ack")] == [0, 1]
    assert [node.id for node in master.clients.ready] == ["w1", "w2"]
    assert master.worker_count == 2


def test_an_index_stays_the_workers_own(master, server):
    connect(server, "w1", "w2")
    server.tell("quit", None, "w1")
    connect(server, "w3", "w1")

    assert [data["index"] for data in server.said("ack")] == [0, 1, 2, 0]


@pytest.mark.parametrize("version", [None, 0, ""])
def test_an_old_worker_is_refused(master, server, caplog, version):
    server.tell("client_ready", version)

    assert not server.said("ack")
    assert "An old (pre 2.0) worker tried to connect (w1). That's not going to work." in caplog.text


@pytest.mark.parametrize(
    ("version", "level"), [(__version__, None), (-1, None), (f"{__version__[:4]}99", "DEBUG"), ("1.0", "WARNING")]
)
def test_versions_are_compared(master, server, caplog, version, level):
    caplog.set_level("DEBUG")
    server.tell("client_ready", version)
    said = [record.levelname for record in caplog.records if "running a different" in record.message]

    assert said == ([level] if level else [])


def test_users_are_spread_over_the_workers(master, server):
    connect(server, "w1", "w2")
    master.start(5, 5)

    assert spawn_counts(server, "w1") == [{"A": 3}]
    assert spawn_counts(server, "w2") == [{"A": 2}]
    assert server.said("spawning_complete", "w1") == [{"user_count": 5}]
    assert (master.state, master.target_user_count, master.target_user_classes_count) == ("running", 5, {"A": 5})


def test_a_job_has_what_workers_need(make_master, server):
    master = make_master(options=SimpleNamespace(mine="x", odd=object(), tags=["a"]), host="http://h", stop_timeout=0.1)
    connect(server, "w1")
    master.start(1, 1)
    (job,) = server.said("spawn")

    assert (job["host"], job["stop_timeout"]) == ("http://h", 0.1)
    assert job["parsed_options"] == {"mine": "x", "tags": ["a"]}


def test_options_may_be_any_object(make_master, server):
    master = make_master(options=Options())
    connect(server, "w1")
    master.start(1, 1)

    assert master.state == "running"


def test_jobs_are_newer_and_newer(master, server):
    connect(server, "w1", "w2", "w3")
    master.start(9, 100)
    stamps = [job["timestamp"] for job in server.said("spawn")]

    assert stamps == sorted(set(stamps))


def test_without_workers_nothing_starts(master, caplog):
    master.start(1, 1)

    assert master.state == "ready"
    assert "at least one worker" in caplog.text


@pytest.mark.parametrize(("users", "rate"), [(-1, 1), (1, 0), (1, -1), (1, float("nan"))])
def test_a_start_that_makes_no_sense_is_refused(master, server, users, rate):
    connect(server, "w1")
    with pytest.raises(ValueError, match="must be"):
        master.start(users, rate)


def test_reports_are_gathered(master, server):
    connect(server, "w1", "w2")
    master.start(2, 2)
    report(server, "w1", 1, times=[10, 20], errors=["oops"])
    report(server, "w2", 1, times=[30], errors=["oops"])

    assert master.user_count == 2
    assert master.stats.total.num_requests == 3
    assert master.stats.get("/", "GET").max_response_time == 30
    assert [error.occurrences for error in master.errors.values()] == [2]


def test_a_listener_sees_what_workers_added_to_their_reports(master, server):
    heard = []
    master.environment.events.worker_report.add_listener(lambda client_id, data: heard.append((client_id, data["own"])))
    connect(server, "w1")
    report(server, "w1", 0, own=[1, 2])

    assert heard == [("w1", [1, 2])]


def test_a_report_of_a_worker_that_is_not_known_is_counted_without_its_users(master, server):
    report(server, "w9", 7, times=[5])

    assert (master.user_count, master.stats.total.num_requests) == (0, 1)


def test_a_numbered_report_is_answered_and_counted_once(master, server):
    connect(server, "w1")
    for _ in range(2):
        report(server, "w1", 1, times=[5], report=1)

    assert server.said("fleet_report_accepted") == [1, 1]
    assert master.stats.total.num_requests == 1


def test_users_of_an_older_report_that_comes_late_are_not_believed(master, server):
    connect(server, "w1")
    report(server, "w1", 5, times=[5], report=2)
    report(server, "w1", 1, times=[5], report=1)

    assert (master.user_count, master.stats.total.num_requests) == (5, 2)


def test_a_report_of_the_test_before_does_not_count(master, server):
    connect(server, "w1")
    master.start(1, 1)
    report(server, "w1", 1, times=[5], report=1, run=1.0)

    assert master.stats.total.num_requests == 0
    assert server.said("fleet_report_accepted") == [1]


def test_listeners_look_into_reports_in_bytes_as_into_upstreams(master, server):
    heard = []
    master.environment.events.worker_report.add_listener(lambda client_id, data: heard.append(data["stats"][0]["name"]))
    stats = RequestStats()
    stats.log_request("GET", "/bytes", 5, 10)
    connect(server, "w1")
    server.tell("stats", {"snapshot": stats.recorder.take_report(), "user_classes_count": {"A": 0}, "user_count": 0})

    assert heard == ["/bytes"]
    assert master.stats.get("/bytes", "GET").num_requests == 1


def test_exceptions_of_workers_are_counted_under_their_traceback(master, server):
    for name in ("w1", "w2", "w2"):
        server.tell("exception", {"msg": "oops", "traceback": "tb"}, name)
    (row,) = master.exceptions.values()

    assert row == {"count": 3, "msg": "oops", "traceback": "tb", "nodes": {"w1", "w2"}}


def test_log_lines_of_known_workers_are_kept(master, server):
    connect(server, "w1")
    server.tell("logs", {"worker_id": "w1", "logs": ["a line"]}, "w1")
    server.tell("logs", {"worker_id": "w9", "logs": ["a line"]}, "w9")

    assert master.environment.worker_logs == {"w1": ["a line"]}


def test_a_heartbeat_is_echoed_and_noted(master, server):
    connect(server, "w1")
    told = []
    master.environment.events.heartbeat_sent.add_listener(lambda **values: told.append(("sent", *values)))
    master.environment.events.heartbeat_received.add_listener(lambda **values: told.append(("received", *values)))
    server.tell("heartbeat", {"state": "running", "current_cpu_usage": 50, "current_memory_usage": 7})
    node = master.clients["w1"]

    assert server.said("heartbeat", "w1") == [None]
    assert (node.state, node.cpu_usage, node.memory_usage) == ("running", 50, 7)
    # Seen with 2.47: the master's side has "sent", the worker's "received".
    assert told == [("sent", "client_id", "timestamp")]


def test_a_heartbeat_of_a_worker_that_is_not_known_is_ignored(master, server):
    server.tell("heartbeat", {"state": "running", "current_cpu_usage": 50})

    assert not server.sent


def test_a_busy_worker_is_warned_of_once(master, server, caplog):
    connect(server, "w1")
    for _ in range(2):
        server.tell("heartbeat", {"state": "running", "current_cpu_usage": 95})

    assert caplog.text.count("exceeded cpu threshold (will only log this once per worker)") == 1
    assert master.worker_cpu_warning_emitted
    assert master.cpu_log_warning()
    assert "CPU usage threshold was exceeded on workers during the test!" in caplog.text


def test_messages_go_to_one_worker_or_to_all(master, server):
    connect(server, "w1", "w2")
    master.send_message("hello", {"a": 1})
    master.send_message("hello", {"b": 2}, client_id="w2")

    assert server.said("hello", "w1") == [{"a": 1}]
    assert server.said("hello", "w2") == [{"a": 1}, {"b": 2}]


def test_listeners_hear_workers(master, server):
    heard = []
    master.register_message("hello", lambda environment, msg: heard.append((msg.type, msg.data, msg.node_id)))
    server.tell("hello", 1, "w1")

    assert heard == [("hello", 1, "w1")]


def test_a_concurrent_listener_does_not_hold_up_others(master, server, until):
    heard = []

    def listen(environment, msg):
        gevent.sleep(0.01 if msg.data == "slow" else 0)
        heard.append(msg.data)

    master.register_message("hello", listen, concurrent=True)
    server.tell("hello", "slow")
    server.tell("hello", "fast")
    until(lambda: len(heard) == 2)

    assert heard == ["fast", "slow"]


def test_a_type_has_one_listener(master):
    master.register_message("hello", print)
    with pytest.raises(LocustError, match="already had a listener"):
        master.register_message("hello", print)


@pytest.mark.parametrize("error", [RuntimeError("broken"), LocustError("broken"), StopTest("broken")])
def test_a_listener_that_breaks_is_logged_and_the_next_message_heard(master, server, caplog, error):
    def broken(environment, msg):
        raise error

    master.register_message("hello", broken)
    server.tell("hello")
    connect(server, "w1")

    assert "Uncaught exception in handler for hello" in caplog.text
    assert master.worker_count == 1


def test_an_unknown_type_is_logged(master, server, caplog):
    connect(server, "w1")
    server.tell("what")

    assert "Unknown message type received from worker w1 (index 0): what" in caplog.text


@pytest.mark.parametrize("message_type", ["stats", "heartbeat", "spawning_complete", "exception", "logs"])
def test_a_message_that_makes_no_sense_changes_nothing(master, server, caplog, message_type):
    connect(server, "w1")
    for _ in range(2):
        server.tell(message_type, {"x": 1})

    assert caplog.text.count("Ignored from w1: a ") == 1
    assert master.worker_count == 1
    assert master.stats.total.num_requests == 0


def test_a_quitting_workers_users_start_elsewhere(master, server, until):
    connect(server, "w1", "w2")
    master.start(4, 4)
    server.tell("quit", None, "w1")
    until(lambda: spawn_counts(server, "w2")[-1] == {"A": 4})

    assert list(master.clients) == ["w2"]


def test_the_last_worker_to_quit_stops_the_test(master, server, until, caplog):
    caplog.set_level("INFO")
    connect(server, "w1")
    master.start(1, 1)
    server.tell("quit", None, "w1")
    until(lambda: master.state == "stopped")

    assert caplog.text.count("The last worker quit, stopping test.") == 1


def test_the_last_worker_to_quit_is_told_of_without_a_test_too(master, server, caplog):
    caplog.set_level("INFO")
    connect(server, "w1", "w2")
    for client_id in ("w1", "w2"):
        server.tell("quit", None, client_id)

    # Seen with 2.47, whose state is then "stopped".
    assert caplog.text.count("The last worker quit, stopping test.") == 1
    assert master.state == "ready"


def test_silent_workers_are_missed_and_the_last_one_stops_the_test(master, server, until, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(runners, "HEARTBEAT_INTERVAL", 0.001)
    connect(server, "w1", "w2")
    gevent.spawn(master.start, 2, 2)
    until(lambda: master.state == "stopped")

    assert len(master.clients.missing) == 2
    assert caplog.text.count("failed to send heartbeat, setting state to missing") == 2
    assert caplog.text.count("The last worker went missing, stopping test.") == 1


def test_a_missing_worker_that_is_heard_of_again_gets_its_share(master, server, until):
    connect(server, "w1", "w2")
    master.start(2, 2)
    master._on_missing(master.clients["w1"])
    until(lambda: spawn_counts(server, "w2")[-1] == {"A": 2})
    server.tell("heartbeat", {"state": "running", "current_cpu_usage": 5}, "w1")
    until(lambda: spawn_counts(server, "w2")[-1] == {"A": 1})

    assert spawn_counts(server, "w1")[-1] == {"A": 1}


def test_without_rebalancing_a_missing_workers_users_stay_away(make_master, server):
    master = make_master(options=SimpleNamespace(no_rebalancing=True))
    connect(server, "w1", "w2")
    master.start(2, 2)
    master._on_missing(master.clients["w1"])
    gevent.sleep(0.01)

    assert not master.rebalancing_enabled()
    assert spawn_counts(server, "w2") == [{"A": 1}]


def test_a_worker_that_never_comes_back_is_forgotten(master, server, until, monkeypatch):
    monkeypatch.setattr(runners, "HEARTBEAT_INTERVAL", 0.001)
    connect(server, "w1")
    until(lambda: not master.clients)


def test_a_late_worker_gets_its_share(master, server, until):
    connect(server, "w1")
    master.start(4, 4)
    connect(server, "w2")
    until(lambda: spawn_counts(server, "w2") == [{"A": 2}])

    assert spawn_counts(server, "w1")[-1] == {"A": 2}


def test_stopping_tells_the_workers_and_waits_until_they_have(master, server, monkeypatch):
    monkeypatch.setattr("locust.runners._master.LONGEST_STOP_SECONDS", 5)
    connect(server, "w1")
    master.start(1, 1)
    report(server, "w1", 1)
    stopping = gevent.spawn(master.stop)
    gevent.sleep(0.01)

    assert (master.state, server.said("stop")) == ("stopping", [None])
    report(server, "w1", 0, times=[5])
    server.tell("client_stopped", None, "w1")
    stopping.join(1)
    assert (master.state, master.stats.total.num_requests) == ("stopped", 1)


def test_a_stopped_test_can_be_started_again_and_begins_anew(master, server):
    connect(server, "w1")
    master.start(1, 1)
    report(server, "w1", 1, times=[5])
    server.tell("exception", {"msg": "oops", "traceback": "tb"})
    master.stop()
    connect(server, "w1")
    master.start(2, 2)

    assert spawn_counts(server, "w1") == [{"A": 1}, {"A": 2}]
    assert (master.stats.total.num_requests, master.exceptions) == (0, {})


def test_events_come_in_order(master, server, heard):
    notes = heard(master, "test_start", "spawning_complete", "test_stopping", "test_stop")
    connect(server, "w1")
    master.start(1, 1)
    master.stop()

    assert [(name, state) for name, state, _ in notes] == [
        ("test_start", "ready"),
        ("spawning_complete", "running"),
        ("test_stopping", "running"),
        ("test_stop", "stopping"),
    ]


def test_quitting_tells_the_workers_once_and_ends(master, server):
    connect(server, "w1")
    master.start(1, 1)
    master.quit()
    master.quit()

    assert server.said("quit") == [None]
    assert not server.said("stop")
    assert (master.state, len(master.greenlet)) == ("stopped", 0)


@pytest.mark.parametrize("concurrent", [False, True])
def test_a_listener_may_stop_and_quit_without_waiting_for_itself(master, server, until, concurrent, monkeypatch):
    monkeypatch.setattr("locust.runners._master.LONGEST_STOP_SECONDS", 5)
    master.register_message("stop now", lambda environment, msg: environment.runner.stop(), concurrent)
    master.register_message("quit now", lambda environment, msg: environment.runner.quit(), concurrent)
    connect(server, "w1")
    master.start(1, 1)
    server.tell("stop now")
    until(lambda: server.said("stop"))
    server.tell("client_stopped")
    until(lambda: master.state == "stopped")
    server.tell("quit now")
    until(lambda: not master.greenlet)


def test_a_shape_steers_the_workers(make_master, server, until, monkeypatch):
    monkeypatch.setattr("locust.runners._shape.TICK_SECONDS", 0.01)
    ticks = iter([(1, 1), (3, 3), None])

    class Steps(LoadTestShape):
        def tick(self):
            return next(ticks)

    master = make_master(shape_class=Steps())
    connect(server, "w1")
    master.start_shape()
    until(lambda: master.state == "stopped")

    assert spawn_counts(server, "w1") == [{"A": 1}, {"A": 3}]


@pytest.mark.parametrize(("text", "seconds"), [("2.5", 2.5), ("3 * WORKER_REPORT_INTERVAL", 9.0)])
def test_the_wait_for_reports_can_be_set(master, monkeypatch, text, seconds):
    monkeypatch.setenv("LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP", text)
    MasterRunner._wait_for_workers_report_after_ramp_up.cache_clear()

    assert master._wait_for_workers_report_after_ramp_up() == seconds
    assert MasterRunner._wait_for_workers_report_after_ramp_up.cache_info().currsize == 1
    MasterRunner._wait_for_workers_report_after_ramp_up.cache_clear()


def test_a_wait_that_makes_no_sense_is_refused(master, monkeypatch):
    monkeypatch.setenv("LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP", "3 * days")
    MasterRunner._wait_for_workers_report_after_ramp_up.cache_clear()
    with pytest.raises(ValueError, match="WORKER_REPORT_INTERVAL"):
        master._wait_for_workers_report_after_ramp_up()
    monkeypatch.undo()


def test_a_worker_gets_the_locustfile(make_master, server, tmp_path):
    path = tmp_path / "my_test.py"
    path.write_text("x = 1\n")
    make_master(parsed_locustfiles=[str(path)])
    server.tell("locustfile", {"version": __version__}, "h_download")

    assert server.said("locustfile") == [{"locustfiles": [{"filename": "my_test.py", "contents": "x = 1\n"}]}]


def test_a_master_without_a_locustfile_says_so(master, server):
    server.tell("locustfile", {"version": __version__}, "h_download")

    assert "without a locustfile" in server.said("locustfile")[0]["error"]


def test_settings_of_user_classes_reach_workers_also_those_that_come_late(master, server):
    settings = {"user_class_name": "A", "host": "http://new"}
    connect(server, "w1")
    master.environment.update_user_class(settings)
    connect(server, "w2")

    assert server.said("update_user_class", "w1") == [settings]
    assert server.said("update_user_class", "w2") == [settings]


def test_quitting_while_a_stop_waits_for_users_tells_the_workers_too(master, server, monkeypatch):
    monkeypatch.setattr("locust.runners._master.LONGEST_STOP_SECONDS", 0.05)
    connect(server, "w1")
    master.start(1, 1)
    report(server, "w1", 1)
    stopping = gevent.spawn(master.stop)
    gevent.sleep(0.01)
    master.quit()
    stopping.join(1)

    assert (server.said("stop"), server.said("quit")) == ([None], [None])


def test_a_worker_that_goes_before_it_got_a_user_gets_none(master, server, until):
    connect(server, "w1")
    ramping = gevent.spawn(master.start, 4, 1)
    gevent.sleep(0)
    connect(server, "w2")
    server.tell("quit", None, "w2")
    ramping.kill()
    master.start(4, 4)

    assert spawn_counts(server, "w1")[-1] == {"A": 4}
    assert not [counts for counts in spawn_counts(server, "w2") if counts["A"]]


@pytest.mark.parametrize(("ahead", "words"), [(5.25, "5.2 s ahead of"), (-3.0, "3.0 s behind"), (0.5, None)])
def test_a_worker_whose_clock_is_wrong_is_warned_of_once(master, server, caplog, ahead, words):
    connect(server, "w1")
    for _ in range(2):
        beat = {"state": "ready", "current_cpu_usage": 1, "fleet": 1, "clock_ahead": ahead}
        server.tell("heartbeat", beat)

    assert caplog.text.count("The clock of worker w1 is ") == (words is not None)
    assert words is None or words in caplog.text
    assert all(isinstance(data, float) for data in server.said("heartbeat"))


def test_very_many_different_exceptions_are_not_all_kept(master, server, monkeypatch):
    monkeypatch.setattr(runners, "MOST_EXCEPTIONS", 3)
    for number in (1, 2, 3, 4, 5, 1):
        server.tell("exception", {"msg": "oops", "traceback": f"tb {number}"})

    assert [row["count"] for row in master.exceptions.values()] == [2, 1, 1]


def test_a_listener_of_test_start_may_call_the_test_off(make_master, server, until, caplog):
    master = make_master(options=SimpleNamespace(headless=True))

    def call_off(environment, **_):
        raise StopTest("not today")

    master.environment.events.test_start.add_listener(call_off)
    connect(server, "w1")
    master.start(1, 1)
    until(lambda: not master.greenlet)

    assert "not today" in caplog.text
    assert (server.said("spawn"), server.said("quit")) == ([], [None])
