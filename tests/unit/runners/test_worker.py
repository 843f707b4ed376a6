"""WorkerRunner, told by messages without a socket."""

from __future__ import annotations

import time
from argparse import Namespace

import gevent
import pytest
from fakes.transport import transport
from runner_kit import Idle, user_class

from locust import HttpUser, User, constant, log, runners, task
from locust._native import Snapshot
from locust._version import __version__
from locust.env import Environment
from locust.event import Events
from locust.stats import RequestStats

OURS = {"index": 3, "fleet": 1}


@pytest.fixture
def client():
    with transport("Client") as made:
        yield made


@pytest.fixture
def make_worker(client, monkeypatch):
    monkeypatch.setattr("locust.runners._worker.LONGEST_FLUSH_SECONDS", 0)
    made = []

    def make(*user_classes, ack=None, options=None, **settings):
        classes = list(user_classes) or [user_class()]
        environment = Environment(user_classes=classes, events=Events(), parsed_options=options, **settings)
        client.tell("ack", ack or {"index": 3})
        made.append(environment.create_worker_runner("127.0.0.1", 5557))
        gevent.sleep(0)
        return made[-1]

    yield make
    for worker in made:
        worker.quit()


@pytest.fixture
def worker(make_worker):
    return make_worker()


@pytest.fixture
def spawn(client, until):
    """Sends a job, and waits until it's done."""
    stamps = iter(range(1, 100))

    def send(worker, counts, **more):
        job = {"user_classes_count": counts, "host": None, "stop_timeout": 0.0, "parsed_options": {}}
        done = len(client.said("spawning_complete"))
        client.tell("spawn", {"timestamp": next(stamps), **job, **more})
        until(lambda: len(client.said("spawning_complete")) > done)

    return send


def test_a_worker_joins_and_says_what_it_is_in_upstreams_order(make_worker, client, monkeypatch):
    monkeypatch.setattr(log, "get_logs", lambda: ["a line"])
    worker = make_worker()

    assert [message.type for message in client.sent] == ["client_ready", "heartbeat", "stats", "logs"]
    assert client.said("client_ready") == [__version__]
    assert client.said("logs") == [{"worker_id": worker.client_id, "logs": ["a line"]}]
    assert worker.worker_index == 3


def test_a_worker_asks_again_and_says_so_once(make_worker, client, monkeypatch, caplog):
    monkeypatch.setattr(runners, "CONNECT_TIMEOUT", 0.01)
    gevent.spawn_later(0.05, client.tell, "ack", {"index": 0})
    client.tell("heartbeat")
    monkeypatch.setattr(client, "tell", lambda *_: None)
    make_worker()

    assert len(client.said("client_ready")) > 2
    assert caplog.text.count("No answer from a master at 127.0.0.1:5557. Trying on for ") == 1


def test_a_worker_without_a_master_gives_up(client, monkeypatch):
    monkeypatch.setattr(runners, "CONNECT_TIMEOUT", 0.001)
    monkeypatch.setattr(runners, "CONNECT_RETRY_COUNT", 3)
    environment = Environment(user_classes=[Idle], events=Events())

    with pytest.raises(ConnectionError):
        environment.create_worker_runner("127.0.0.1", 5557)
    assert len(client.said("client_ready")) == 4


def test_only_the_masters_heartbeat_is_an_event_of_the_worker(make_worker, client, until, monkeypatch):
    monkeypatch.setattr(runners, "HEARTBEAT_INTERVAL", 0.001)
    worker = make_worker()
    told = []
    worker.environment.events.heartbeat_sent.add_listener(lambda **values: told.append(("sent", *values)))
    worker.environment.events.heartbeat_received.add_listener(lambda **values: told.append(("received", *values)))
    client.tell("heartbeat")
    until(lambda: len(client.said("heartbeat")) > 2)

    assert told == [("received", "client_id", "timestamp")]


def test_a_job_starts_and_stops_users(worker, client, spawn):
    spawn(worker, {"A": 3})
    # Seen with 2.47: no word of the master is waited for.
    assert (worker.user_count, worker.worker_state, worker.state) == (3, "running", "running")
    spawn(worker, {"A": 1})

    assert worker.user_count == 1
    assert client.said("spawning") == [None, None]
    assert client.said("spawning_complete")[-1] == {"user_classes_count": {"A": 1}, "user_count": 1}


def test_the_first_job_begins_a_test_and_the_next_goes_on_with_it(worker, spawn):
    notes = []
    worker.environment.events.test_start.add_listener(lambda environment, **_: notes.append("test_start"))
    worker.stats.log_request("GET", "/before", 5, 1)
    spawn(worker, {"A": 1})
    worker.stats.log_request("GET", "/", 5, 1)
    spawn(worker, {"A": 2})

    assert notes == ["test_start"]
    assert [name for name, _ in worker.stats.entries] == ["/"]


def test_an_older_job_is_discarded(worker, client, spawn, caplog):
    caplog.set_level("INFO")
    spawn(worker, {"A": 2})
    client.tell("spawn", {"timestamp": 0.5, "user_classes_count": {"A": 0}, "host": None, "stop_timeout": 0})

    assert worker.user_count == 2
    assert "Discard spawn message with older or equal timestamp" in caplog.text


def test_a_job_sets_host_and_stop_timeout(worker, spawn):
    spawn(worker, {"A": 1}, host="http://masters", stop_timeout=0.5)

    assert (worker.environment.host, worker.environment.stop_timeout) == ("http://masters", 0.5)
    assert worker.user_classes[0].host == "http://masters"
    worker.environment.stop_timeout = 0


def test_a_worker_takes_over_options_of_others_and_three_of_locusts(make_worker, spawn):
    options = Namespace(mine="default", num_users=None, tags=None, exclude_tags=None, expect_workers=1)
    worker = make_worker(options=options)
    sent = {"mine": "m", "other": 1, "num_users": 9, "tags": ["a"], "exclude_tags": ["b"], "expect_workers": 2}
    spawn(worker, {"A": 0}, parsed_options=sent)

    assert options == Namespace(**{**sent, "num_users": None})


def test_a_worker_runs_the_tasks_that_the_masters_tags_choose(make_worker, spawn):
    from locust import tag

    class Tagged(User):
        wait_time = constant(1)

        @tag("a")
        @task
        def one(self):
            pass

        @task
        def two(self):
            pass

    worker = make_worker(Tagged, options=Namespace(tags=None))
    spawn(worker, {"Tagged": 0}, parsed_options={"tags": ["a"]})

    assert [each.__name__ for each in Tagged.tasks] == ["one"]


def test_a_class_that_the_locustfile_lacks_is_said_and_the_others_run(worker, spawn, caplog):
    spawn(worker, {"A": 1, "B": 2, "C": 0})

    assert worker.user_count == 1
    assert "The master wants users of B, which this worker's locustfile doesn't have (it has A)" in caplog.text


def test_all_users_of_all_workers_are_there(worker, client):
    heard = []
    worker.environment.events.spawning_complete.add_listener(lambda user_count, **_: heard.append(user_count))
    client.tell("spawning_complete", {"user_count": 7})

    assert heard == [7]


def test_stopping_reports_and_makes_ready_again(worker, client, spawn, until):
    notes = []
    for name in ("test_stopping", "test_stop"):
        getattr(worker.environment.events, name).add_listener(lambda name=name, **_: notes.append(name))
    spawn(worker, {"A": 2})
    worker.stats.log_request("GET", "/", 5, 1)
    client.tell("stop")
    until(lambda: len(client.said("client_ready")) == 2)

    assert [message.type for message in client.sent][-3:] == ["stats", "client_stopped", "client_ready"]
    assert client.said("stats")[-1]["stats_total"]["num_requests"] == 1
    assert (worker.user_count, worker.worker_state, notes) == (0, "ready", ["test_stopping", "test_stop"])


def test_a_stopped_worker_runs_the_next_test(worker, client, spawn, until):
    spawn(worker, {"A": 2})
    client.tell("stop")
    until(lambda: len(client.said("client_ready")) == 2)
    spawn(worker, {"A": 1})

    assert worker.user_count == 1


def test_messages_are_heard_while_users_finish_their_tasks(make_worker, client, spawn):
    class Slow(User):
        @task
        def work(self):
            gevent.sleep(0.3)

    worker = make_worker(Slow)
    heard = []
    worker.register_message("hello", lambda environment, msg: heard.append(msg.data))
    spawn(worker, {"Slow": 1}, stop_timeout=5.0)
    client.tell("stop")
    client.tell("hello", 1)

    assert (heard, worker.user_count) == ([1], 1)


def test_quitting_reports_says_goodbye_and_ends(worker, client, spawn):
    spawn(worker, {"A": 2})
    worker.stats.log_request("GET", "/", 5, 1)
    client.tell("quit")
    with gevent.Timeout(5):
        worker.greenlet.join()

    assert [message.type for message in client.sent][-2:] == ["stats", "quit"]
    assert client.said("stats")[-1]["stats_total"]["num_requests"] == 1


def test_a_locustfile_that_quits_reports_and_says_goodbye(worker, client, spawn):
    spawn(worker, {"A": 2})
    worker.stats.log_request("GET", "/", 5, 1)
    with gevent.Timeout(5):
        gevent.joinall([gevent.spawn(worker.quit), gevent.spawn(worker.quit)])

    assert [message.type for message in client.sent][-2:] == ["stats", "quit"]
    assert client.said("stats")[-1]["stats_total"]["num_requests"] == 1
    assert client.said("quit") == [None]


def test_the_end_of_the_process_says_goodbye_once(worker, client, spawn):
    spawn(worker, {"A": 1})
    for _ in range(2):
        worker.environment.events.quitting.fire(environment=worker.environment, reverse=True)

    assert client.said("quit") == [None]
    assert worker.user_count == 0


def test_no_users_start_after_the_goodbye(worker, client, spawn):
    spawn(worker, {"A": 1})
    worker.environment.events.quitting.fire(environment=worker.environment, reverse=True)
    client.tell("spawn", {"timestamp": 99.0, "user_classes_count": {"A": 5}, "host": None, "stop_timeout": 0})

    assert worker.user_count == 0


def test_a_silent_master_ends_the_worker(worker, client, monkeypatch, caplog):
    monkeypatch.setattr(runners, "MASTER_HEARTBEAT_TIMEOUT", 0)
    client.tell("heartbeat")
    with gevent.Timeout(5):
        worker.greenlet.join()

    assert "Didn't get heartbeat from master in over 0s" in caplog.text
    # As 2.47 does: a master that only lost its voice knows that the worker is gone.
    assert [message.type for message in client.sent][-2:] == ["stats", "quit"]


def test_a_reconnect_makes_a_new_connection_with_the_same_id(worker, client, caplog):
    name = worker.client_id
    client.tell("reconnect")

    assert len(client.said("client_ready")) == 2
    assert worker.client_id == name


def test_listeners_hear_the_master_and_answer(worker, client):
    def listen(environment, msg):
        environment.runner.send_message("answer", {"to": msg.data})

    worker.register_message("question", listen)
    client.tell("question", 1)

    assert client.said("answer") == [{"to": 1}]


def test_an_unknown_type_is_logged(worker, client, caplog):
    client.tell("what")

    assert "Unknown message type received: what" in caplog.text


@pytest.mark.parametrize("message_type", ["spawn", "spawning_complete", "update_user_class", "ack"])
@pytest.mark.parametrize("data", [None, {}, {"user_class_name": "none"}, [1], "x"])
def test_a_message_that_makes_no_sense_is_logged_and_the_next_one_heard(worker, client, caplog, message_type, data):
    client.tell(message_type, data)
    client.tell("what")

    assert "Unknown message type received: what" in caplog.text
    assert len(worker.greenlet) > 3


def test_user_classes_are_changed_by_the_master(worker, client):
    client.tell("update_user_class", {"user_class_name": "A", "host": "http://new"})

    assert worker.user_classes[0].host == "http://new"


def test_exceptions_of_users_go_to_the_master(make_worker, client, spawn, until):
    class Broken(User):
        wait_time = constant(1000)

        @task
        def work(self):
            raise RuntimeError("oops")

    worker = make_worker(Broken)
    spawn(worker, {"Broken": 1})
    until(lambda: client.said("exception"))
    (trouble,) = client.said("exception")

    assert trouble["msg"] == "oops"
    assert "raise RuntimeError" in trouble["traceback"]
    assert [row["nodes"] for row in worker.exceptions.values()] == [{worker.client_id}]


def test_a_listener_adds_to_reports(worker, client):
    worker.environment.events.report_to_master.add_listener(lambda client_id, data: data.update(own=[1]))
    worker._send_stats()

    assert client.said("stats")[-1]["own"] == [1]


def test_a_report_to_a_master_of_other_make_is_upstreams(worker, client, spawn):
    spawn(worker, {"A": 1})
    worker.stats.log_request("GET", "/", 5, 1)
    worker._send_stats()
    worker._send_stats()
    first, second = client.said("stats")[-2:]

    assert sorted(first) == ["errors", "stats", "stats_total", "user_classes_count", "user_count"]
    assert [entry["name"] for entry in first["stats"]] == ["/"]
    assert (first["user_classes_count"], first["user_count"]) == ({"A": 1}, 1)
    assert (second["stats"], second["stats_total"]["num_requests"]) == ([], 0)


def test_a_report_to_a_master_of_ours_is_exact_and_numbered(make_worker, client, spawn):
    worker = make_worker(ack=OURS)
    spawn(worker, {"A": 1}, run=7.0)
    worker.stats.log_request("GET", "/", 1234.5, 1)
    worker._send_stats()
    report = client.said("stats")[-1]

    assert sorted(report) == ["report", "run", "snapshot", "user_classes_count", "user_count"]
    assert report["run"] == 7.0
    assert Snapshot.decode(report["snapshot"]).total.max_response_time == 1234.5
    assert client.said("heartbeat")[0]["fleet"] == 1


def test_all_reports_together_are_what_was_counted(make_worker, client, spawn):
    worker = make_worker(ack=OURS)
    spawn(worker, {"A": 1})
    begun_with = len(client.said("stats"))
    for elapsed in range(5):
        worker.stats.log_request("GET", f"/{elapsed % 2}", elapsed, 1)
        worker._send_stats()
    merged = RequestStats()
    for report in client.said("stats")[begun_with:]:
        merged.recorder.merge(Snapshot.decode(report["snapshot"]))

    assert merged.total.num_requests == 5
    assert merged.get("/0", "GET").num_requests == 3


def test_reports_that_were_not_accepted_are_sent_again_when_the_master_is_back(make_worker, client, spawn):
    worker = make_worker(ack=OURS)
    spawn(worker, {"A": 1})
    worker._send_stats()
    worker._send_stats()
    first, second = (report["report"] for report in client.said("stats")[-2:])
    client.tell("fleet_report_accepted", first)
    before = len(client.said("stats"))
    client.tell("ack", OURS)

    assert [report["report"] for report in client.said("stats")[before:]] == [second]


def test_a_worker_that_ends_waits_until_its_last_report_is_accepted(make_worker, client, spawn, monkeypatch):
    monkeypatch.setattr("locust.runners._worker.LONGEST_FLUSH_SECONDS", 5)
    worker = make_worker(ack=OURS)
    spawn(worker, {"A": 1})
    quitting = gevent.spawn(worker.environment.events.quitting.fire, environment=worker.environment)
    gevent.sleep(0.05)
    assert not client.said("quit")
    for report in client.said("stats"):
        client.tell("fleet_report_accepted", report["report"])
    quitting.join(1)

    assert client.said("quit") == [None]
    assert [message.type for message in client.sent].index("fleet_leaving") < len(client.sent) - 2


def test_start_is_for_masters(worker):
    with pytest.raises(NotImplementedError, match="its master says"):
        worker.start(1, 1)


def test_a_worker_tells_its_master_how_far_its_clock_is_ahead(make_worker, client, until, monkeypatch):
    monkeypatch.setattr(runners, "HEARTBEAT_INTERVAL", 0.01)
    make_worker(ack=OURS)
    client.tell("heartbeat", time.time() - 60)
    told = len(client.said("heartbeat"))
    until(lambda: len(client.said("heartbeat")) > told)

    assert abs(client.said("heartbeat")[-1]["clock_ahead"] - 60) < 1


def test_users_that_can_not_start_are_said_to_the_master(make_worker, client, spawn):
    class Hostless(HttpUser):
        @task
        def work(self):
            pass

    worker = make_worker(Hostless)
    spawn(worker, {"Hostless": 1})

    assert "You must specify the base host" in client.said("exception")[0]["msg"]
    assert client.said("spawning_complete") == [{"user_classes_count": {"Hostless": 0}, "user_count": 0}]


def test_what_a_listener_adds_and_can_not_be_sent_is_left_out(worker, client, caplog):
    worker.environment.events.report_to_master.add_listener(lambda client_id, data: data.update(bad={1}, good=1))
    worker._send_stats()
    report = client.said("stats")[-1]

    assert (report["good"], "bad" in report, report["user_count"]) == (1, False, 0)
    assert "A listener of report_to_master added 'bad', which can't be sent" in caplog.text
