"""Distributed runs: each of master and worker as Locust 2.47.0 and as ours, seen by the other one and by a plain socket.

A fake node speaks the protocol byte by byte, so that both programs are told the same, and everything they answer is seen.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from beside import Comparison
from beside.programs import OURS, Program, clean_environment, upstream
from fakes.servers import free_port

# What ours adds for ours, and nobody else needs to know.
EXTENSION = {"fleet", "run", "report"}
LOCUSTFILE = """
from locust import User, constant, events, tag, task


@events.init_command_line_parser.add_listener
def add_options(parser, **_):
    parser.add_argument("--mine", default="default", help="of this file")


class Reader(User):
    weight = 3
    wait_time = constant(0.1)

    @tag("fast")
    @task
    def read(self):
        self.environment.events.request.fire(
            request_type="GET", name="read", response_time=5, response_length=3, exception=None, context={}
        )

    @tag("broken")
    @task
    def fail(self):
        raise RuntimeError("broken")


class Writer(User):
    wait_time = constant(0.1)

    @tag("fast")
    @task
    def write(self):
        self.environment.events.request.fire(
            request_type="PUT", name="write", response_time=7, response_length=3, exception=ValueError("no"), context={}
        )


@events.init.add_listener
def on_init(environment, runner, **_):
    if hasattr(runner, "worker_state"):
        on_heartbeat.is_worker = True

    def on_question(environment, msg, **_):
        state = getattr(environment.runner, "worker_state", None) and environment.runner.state
        print("heard", msg.type, msg.data, state, flush=True)
        environment.runner.send_message("answer", {"to": msg.data})

    def on_broken(environment, msg, **_):
        raise RuntimeError("broken listener")

    runner.register_message("question", on_question)
    runner.register_message("question_apart", on_question, concurrent=True)
    runner.register_message("broken", on_broken)


@events.test_start.add_listener
def on_start(environment, **_):
    options = environment.parsed_options
    print("test_start", type(environment.runner).__name__, environment.host, environment.stop_timeout, flush=True)
    print("options", options.mine, options.num_users, options.tags, options.expect_workers, options.run_time, flush=True)


def on_heartbeat(name):
    def heard(client_id, timestamp, **_):
        if name not in seen:
            seen.add(name)
            print(name, "is an event of", "workers" if hasattr(on_heartbeat, "is_worker") else "masters", flush=True)

    return heard


seen = set()
for name in ("heartbeat_sent", "heartbeat_received"):
    getattr(events, name).add_listener(on_heartbeat(name))
for name in ("test_stopping", "test_stop", "quitting"):
    getattr(events, name).add_listener(lambda name=name, **_: print(name, flush=True))
events.worker_connect.add_listener(lambda client_id, **_: print("worker_connect", client_id, flush=True))
events.spawning_complete.add_listener(lambda user_count, **_: print("spawning_complete", user_count, flush=True))
"""


@dataclass
class Heard:
    """What a run gave: what the fake node was told, the other's output, its exit code."""

    messages: dict[str, list[Any]] = field(default_factory=dict)
    output: str = ""
    code: int | None = None

    def types(self, node: str) -> list[str]:
        return [message[0] for message in self.messages.get(node, [])]

    def first(self, node: str, message_type: str) -> Any:
        return next((message[1] for message in self.messages.get(node, []) if message[0] == message_type), None)

    def lines(self, *parts: str) -> list[str]:
        """Lines with one of these in them, without what differs by its nature."""
        found = [line for line in self.output.splitlines() if any(part in line for part in parts)]
        tidy = [line.partition("]")[2].split("/", 1)[-1] if line.startswith("[") else line for line in found]
        return [re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:{port}", line) for line in tidy]


class FakeNode:
    """One end of the protocol."""

    def __init__(self, kind: int, heard: Heard) -> None:
        self.socket = zmq.Context.instance().socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.heard = heard

    def close(self) -> None:
        self.socket.close()


class FakeWorker(FakeNode):
    """A worker that sends heartbeats while any of its fellows is listened to, unless it's silent."""

    def __init__(self, port: int, name: str, heard: Heard, fellows: list[FakeWorker]) -> None:
        super().__init__(zmq.DEALER, heard)
        self.name = name
        self.is_silent = True
        self.beaten_at = 0.0
        self.fellows = fellows
        fellows.append(self)
        self.socket.setsockopt(zmq.IDENTITY, name.encode())
        self.socket.connect(f"tcp://127.0.0.1:{port}")

    def say(self, message_type: str, data: Any = None) -> None:
        self.socket.send(msgpack.packb([message_type, data, self.name]))

    def beat(self, **more: Any) -> None:
        self.say("heartbeat", {"state": "running", "current_cpu_usage": 1.0, **more})

    def run(self, readers: int, writers: int) -> None:
        """Says that it runs so many users."""
        counts = {"Reader": readers, "Writer": writers}
        self.say("spawning_complete", {"user_classes_count": counts, "user_count": readers + writers})

    def hear(self, until: str | None = None, seconds: float = 10) -> None:
        """Listens until a type of message has come once more, or so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for each in self.fellows:
                each.live()
            if self.socket.poll(20):
                message = self.read()
                if message[0] == until:
                    return

    def live(self) -> None:
        if not self.is_silent and time.monotonic() - self.beaten_at > 0.5:
            self.beaten_at = time.monotonic()
            self.beat()

    def read(self) -> list[Any]:
        message: list[Any] = msgpack.unpackb(self.socket.recv(), strict_map_key=False)
        if message[0] != "heartbeat" or self.is_silent:
            self.heard.messages.setdefault(self.name, []).append(message)
        return message


class FakeMaster(FakeNode):
    def __init__(self, heard: Heard) -> None:
        super().__init__(zmq.ROUTER, heard)
        self.port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.worker = b""

    def say(self, message_type: str, data: Any = None) -> None:
        self.socket.send_multipart([self.worker, msgpack.packb([message_type, data, self.worker.decode()])])

    def hear(self, until: str | None = None, seconds: float = 10) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.socket.poll(20):
                self.worker, frame = self.socket.recv_multipart()
                message = msgpack.unpackb(frame, strict_map_key=False)
                self.heard.messages.setdefault("worker", []).append(message)
                if message[0] == until:
                    return message[1]
        return None

    def spawn(self, counts: dict[str, int], **more: Any) -> None:
        job = {
            "timestamp": time.time(),
            "user_classes_count": counts,
            "host": "http://h",
            "stop_timeout": 0.0,
            "parsed_options": {"mine": "masters", "num_users": 9, "tags": None, "expect_workers": 3, "run_time": 77},
        }
        self.say("spawn", {**job, **more})


class Node:
    """A process of one of the two programs."""

    def __init__(self, program: Program, folder: Path, *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "locustfile.py").write_text(LOCUSTFILE)
        self.path = folder / "output.log"
        with self.path.open("wb") as output:
            self.process = subprocess.Popen(
                [program.locust, *arguments],
                cwd=folder,
                env=clean_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self, heard: Heard, seconds: float = 20) -> None:
        try:
            heard.code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            heard.code = None
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        heard.output = self.path.read_text(errors="replace")


Part = Callable[[Program, Path], Heard]


def of_both(part: Part, folder: Path) -> tuple[Heard, Heard]:
    with ThreadPoolExecutor(2) as pool:
        theirs, ours = pool.map(lambda program: part(program, folder / program.name), (upstream(), OURS))
    return theirs, ours


def master_arguments(port: int, *more: str) -> list[str]:
    return ["--master", "--headless", "--only-summary", "--master-bind-port", str(port), "-L", "DEBUG", *more]


# --- a master, told by fake workers -------------------------------------------------------------------------------------


def play_worker_of_a_whole_run(program: Program, folder: Path) -> Heard:
    """Two workers join, run users, say this and that, and leave."""
    heard, port = Heard(), free_port()
    node = Node(
        program,
        folder,
        *master_arguments(
            port, "-u", "4", "-r", "4", "--expect-workers", "2", "-s", "2", "-H", "http://h", "--mine", "x"
        ),
    )
    fellows: list[FakeWorker] = []
    a, b = (FakeWorker(port, name, heard, fellows) for name in ("h_a", "h_b"))
    a.say("client_ready", "2.47.0")
    a.hear("ack")
    a.say("client_ready", "2.46.0")
    a.hear("ack")
    b.say("client_ready", -1)
    b.hear("spawn")
    a.hear("spawn")
    for worker in (a, b):
        worker.say("spawning")
        worker.run(1, 1)
    for worker in (a, b):
        worker.hear("spawning_complete")
    a.beat(current_memory_usage=7)
    a.hear("heartbeat")
    a.beat(current_cpu_usage=99.0)
    a.hear("heartbeat")
    a.say("exception", {"msg": "oops", "traceback": "a traceback"})
    a.say("question", 1)
    a.hear("answer")
    b.hear("answer")
    a.say("question_apart", 2)
    a.hear("answer")
    a.say("broken")
    a.say("nobody_knows", {"x": 1})
    a.say("locustfile", {"version": "2.47.0"})
    a.hear("locustfile")
    total = {
        "name": "Total",
        "method": "",
        "last_request_timestamp": time.time(),
        "start_time": time.time() - 2,
        "num_requests": 2,
        "num_none_requests": 0,
        "num_failures": 1,
        "total_response_time": 30,
        "max_response_time": 20,
        "min_response_time": 10,
        "total_content_length": 8,
        "response_times": {10: 1, 20: 1},
        "num_reqs_per_sec": {int(time.time()): 2},
        "num_fail_per_sec": {int(time.time()): 1},
    }
    error = {"method": "GET", "name": "boomed", "error": "bad", "occurrences": 1}
    a.say(
        "stats",
        {
            "stats": [{**total, "name": "boomed", "method": "GET"}],
            "stats_total": total,
            "errors": {"0cc175b9": error},
            "user_classes_count": {"Reader": 1, "Writer": 1},
            "user_count": 2,
        },
    )
    b.say("quit")
    a.hear("spawn")
    a.run(3, 1)
    a.hear("spawning_complete")
    a.say("quit")
    node.finish(heard)
    a.close()
    b.close()
    return heard


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Heard, Heard]:
    return of_both(play_worker_of_a_whole_run, tmp_path_factory.mktemp("master"))


def _plain(data: Any) -> Any:
    """Without our extension and what no run shares with another."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items() if key not in EXTENSION | {"timestamp"}}
    return data


@pytest.mark.parametrize("worker", ["h_a", "h_b"])
def test_a_master_says_the_same_in_the_same_order(whole_run, same: Comparison, worker: str) -> None:
    theirs, ours = whole_run
    same({"types": theirs.types(worker)}, {"types": ours.types(worker)})


@pytest.mark.parametrize("message_type", ["ack", "spawning_complete", "answer", "heartbeat", "locustfile"])
def test_a_masters_message_says_the_same(whole_run, same: Comparison, message_type: str) -> None:
    theirs, ours = (_plain(heard.first("h_a", message_type)) for heard in whole_run)
    same({"data": theirs}, {"data": ours})


@pytest.mark.parametrize("worker", ["h_a", "h_b"])
def test_a_spawn_message_says_the_same(whole_run, same: Comparison, worker: str) -> None:
    theirs, ours = (_plain(heard.first(worker, "spawn")) for heard in whole_run)
    theirs_options, ours_options = theirs.pop("parsed_options"), ours.pop("parsed_options")
    same({"job": theirs}, {"job": ours})
    ignored = {"master_bind_port", "locustfile"}
    for name in theirs_options.keys() - ignored:
        assert ours_options[name] == theirs_options[name], name


def test_what_a_spawn_message_says_is_what_go_and_java_can_read(whole_run) -> None:
    """boomer ignores floats; locust4j takes lists of text only, and whole numbers of 32 bits."""
    job = whole_run[1].first("h_a", "spawn")

    assert all(type(count) is int for count in job["user_classes_count"].values())
    for value in job["parsed_options"].values():
        assert not isinstance(value, list) or all(isinstance(each, str) for each in value)
        assert not isinstance(value, int) or -(2**31) <= value < 2**31


@pytest.mark.parametrize(
    "part",
    [
        "reported as ready",
        "Sending spawn jobs",
        "All users spawned",
        "exceeded cpu threshold",
        "Unknown message type received",
        "Uncaught exception in handler",
        "Worker requested locust file",
        " quit. ",
        "The last worker quit",
        "Shutting down",
        "worker_connect",
        "heard",
        "spawning_complete ",
        "test_start",
        "options",
        "test_stop",
        "is an event of",
    ],
)
def test_a_master_logs_the_same(whole_run, same: Comparison, part: str) -> None:
    theirs, ours = (heard.lines(part) for heard in whole_run)
    same({"lines": theirs}, {"lines": ours})


def test_a_master_counts_the_same(whole_run, same: Comparison) -> None:
    theirs, ours = (
        {"table": heard.lines("boomed"), "code": heard.code, "total": heard.lines("         Aggregated")}
        for heard in whole_run
    )
    same(theirs, ours)


def play_workers_that_are_lost(program: Program, folder: Path) -> Heard:
    """Workers go missing; one comes back."""
    heard, port = Heard(), free_port()
    node = Node(
        program, folder, *master_arguments(port, "-u", "4", "-r", "4", "--expect-workers", "2", "--enable-rebalancing")
    )
    fellows: list[FakeWorker] = []
    a, b = (FakeWorker(port, name, heard, fellows) for name in ("h_a", "h_b"))
    for worker in (a, b):
        worker.say("client_ready", "2.47.0")
    for worker in (a, b):
        worker.hear("spawn")
        worker.is_silent = False
    a.run(1, 1)
    b.run(1, 1)
    for worker in (a, b):
        worker.hear("spawning_complete")
    b.is_silent = True
    a.hear("spawn")
    a.run(3, 1)
    a.hear("spawning_complete")
    b.is_silent = False
    for worker in (b, a):
        worker.hear("spawn")
        worker.run(1, 1)
    for worker in (b, a):
        worker.hear("spawning_complete")
    # Now both fall silent.
    node.finish(heard)
    a.close()
    b.close()
    return heard


@pytest.fixture(scope="module")
def losses(tmp_path_factory: pytest.TempPathFactory) -> tuple[Heard, Heard]:
    return of_both(play_workers_that_are_lost, tmp_path_factory.mktemp("losses"))


@pytest.mark.parametrize(
    "part", ["setting state to missing", "self-healed", "The last worker went missing", "All users spawned"]
)
def test_a_master_logs_the_same_of_lost_workers(losses, same: Comparison, part: str) -> None:
    theirs, ours = (sorted(heard.lines(part)) for heard in losses)
    same({"lines": theirs}, {"lines": ours})


@pytest.mark.parametrize("worker", ["h_a", "h_b"])
def test_a_master_says_the_same_when_workers_are_lost(losses, same: Comparison, worker: str) -> None:
    theirs, ours = (
        {"users": [m[1]["user_classes_count"] for m in heard.messages[worker] if m[0] == "spawn"]} for heard in losses
    )
    same(theirs, ours)


# --- a worker, told by a fake master ------------------------------------------------------------------------------------


def play_master_of_a_whole_run(program: Program, folder: Path) -> Heard:
    heard = Heard()
    master = FakeMaster(heard)
    node = Node(program, folder, "--worker", "--master-port", str(master.port), "-L", "DEBUG")
    master.hear("client_ready")
    master.say("ack", {"index": 7})
    master.hear("logs")
    master.spawn({"Reader": 2, "Writer": 1})
    master.hear("spawning_complete")
    master.say("question", 0)
    master.hear("answer")
    master.spawn({"Reader": 0, "Writer": 0}, timestamp=1.0)
    master.hear("spawning")
    master.say("spawning_complete", {"user_count": 3})
    master.say("heartbeat")
    master.say("question", 1)
    master.hear("answer")
    master.say("question_apart", 2)
    master.hear("answer")
    master.say("broken")
    master.say("nobody_knows", 1)
    master.hear("exception")
    master.hear("stats")
    master.spawn({"Reader": 1, "Writer": 1})
    master.hear("spawning_complete")
    master.say("stop")
    master.hear("client_ready")
    master.say("ack", {"index": 7})
    master.spawn({"Reader": 0, "Writer": 1}, host=None, stop_timeout=1.0)
    master.hear("spawning_complete")
    time.sleep(0.5)
    master.say("quit")
    master.hear("quit")
    node.finish(heard)
    master.close()
    return heard


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Heard, Heard]:
    return of_both(play_master_of_a_whole_run, tmp_path_factory.mktemp("worker"))


def test_a_workers_first_messages_come_in_the_same_order(worked, same: Comparison) -> None:
    theirs, ours = ({"types": heard.types("worker")[:4]} for heard in worked)
    same(theirs, ours)


def test_a_worker_answers_in_the_same_order(worked, same: Comparison) -> None:
    told = {"spawning", "spawning_complete", "client_stopped", "client_ready", "answer", "quit"}
    theirs, ours = ({"types": [t for t in heard.types("worker") if t in told]} for heard in worked)
    same(theirs, ours)


@pytest.mark.parametrize(
    "message_type", ["spawning", "spawning_complete", "answer", "exception", "client_stopped", "quit"]
)
def test_a_workers_message_says_the_same(worked, same: Comparison, message_type: str) -> None:
    theirs, ours = (heard.first("worker", message_type) for heard in worked)
    if message_type == "exception":
        theirs, ours = theirs["msg"], ours["msg"]
    same({"data": theirs}, {"data": ours})


@pytest.mark.parametrize("message_type", ["heartbeat", "stats", "logs"])
def test_a_workers_message_has_the_same_parts(worked, same: Comparison, message_type: str) -> None:
    theirs, ours = (sorted(heard.first("worker", message_type)) for heard in worked)
    same({"keys": theirs}, {"keys": ours})


def test_a_worker_whose_tasks_raised_ends_with_the_same_code(worked, same: Comparison) -> None:
    theirs, ours = worked
    same({"code": theirs.code}, {"code": ours.code})


def test_a_worker_reports_entries_of_the_same_form(worked, same: Comparison) -> None:
    def forms(heard: Heard) -> dict[str, Any]:
        reports = [message[1] for message in heard.messages["worker"] if message[0] == "stats"]
        entries = [entry for report in reports for entry in report["stats"]]
        errors = [error for report in reports for error in report["errors"].items()]
        assert entries, "no report with an entry"
        return {
            "entry": {name: type(value).__name__ for name, value in sorted(entries[0].items())},
            "total": sorted(reports[0]["stats_total"]),
            "names": sorted({(entry["name"], entry["method"]) for entry in entries}),
            "errors": sorted({key for key, _ in errors}),
            "error": [
                {name: value for name, value in error.items() if "seen" not in name and name != "occurrences"}
                for _, error in errors[:1]
            ],
        }

    theirs, ours = (forms(heard) for heard in worked)
    same(theirs, ours)


@pytest.mark.parametrize(
    "part",
    [
        "Connected to locust master",
        "Unknown message type received",
        "Uncaught exception in handler",
        "Discard spawn message",
        "Got quit message from master",
        "Shutting down",
        "test_start",
        "options",
        "spawning_complete ",
        "test_stop",
        "quitting",
        "heard",
        "is an event of",
    ],
)
def test_a_worker_logs_the_same(worked, same: Comparison, part: str) -> None:
    theirs, ours = (heard.lines(part) for heard in worked)
    same({"lines": theirs}, {"lines": ours})


# --- one of each --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["ours leads theirs", "theirs leads ours"])
def mixed(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Heard, list[Heard]]:
    """A run of a master of one make and two workers of the other."""
    leader, follower = (OURS, upstream()) if request.param.startswith("ours") else (upstream(), OURS)
    port = free_port()
    arguments = master_arguments(port, "-u", "4", "-r", "4", "-t", "4", "--expect-workers", "2", "-T", "fast")
    master = Node(leader, tmp_path / "master", *arguments)
    workers = [
        Node(follower, tmp_path / f"worker{number}", "--worker", "--master-port", str(port)) for number in range(2)
    ]
    heard = [Heard(), Heard(), Heard()]
    for node, each in zip((master, *workers), heard, strict=True):
        node.finish(each, 40)
    return heard[0], heard[1:]


@pytest.mark.timeout(120)
def test_masters_and_workers_of_different_make_run_together(mixed: tuple[Heard, list[Heard]]) -> None:
    master, workers = mixed

    assert master.code == 1  # Writer's requests fail
    assert [worker.code for worker in workers] == [0, 0]
    assert master.lines("All users spawned") == [
        'INFO/locust.runners: All users spawned: {"Reader": 3, "Writer": 1} (4 total users)'
    ]
    # 4 users, 10 times a second each, for 4 s
    (total,) = (int(line.split()[1]) for line in master.lines("         Aggregated")[:1])
    assert 120 <= total <= 190
    assert "PUT write: ValueError('no')" in master.output
    assert "broken" not in master.output.partition("Error report")[2]
    assert not master.lines("Traceback")
    assert not [line for worker in workers for line in worker.lines("Traceback")]


def test_a_worker_of_theirs_that_is_killed_is_replaced_by_ours(tmp_path: Path) -> None:
    port = free_port()
    master = Node(
        OURS, tmp_path / "master", *master_arguments(port, "-u", "4", "-r", "4", "-t", "9", "--expect-workers", "2")
    )
    doomed = Node(upstream(), tmp_path / "theirs", "--worker", "--master-port", str(port))
    survivor = Node(OURS, tmp_path / "ours", "--worker", "--master-port", str(port), "-L", "DEBUG")
    deadline = time.monotonic() + 30
    while "All users spawned" not in master.path.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    doomed.process.send_signal(signal.SIGKILL)
    heard, of_survivor = Heard(), Heard()
    master.finish(heard, 40)
    survivor.finish(of_survivor)
    doomed.finish(Heard())

    assert len(heard.lines("All users spawned")) == 2
    assert of_survivor.code == 0  # the exceptions of its tasks are the master's to judge
