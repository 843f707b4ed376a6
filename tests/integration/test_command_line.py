"""The command `locust`, as a process: what it prints, what it exits with."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

LOCUSTFILE = """
import os
from locust import HttpUser, User, constant, events, tag, task

WHAT = os.environ.get("WHAT", "")


@events.init_command_line_parser.add_listener
def add_option(parser, **kwargs):
    parser.add_argument("--mine", default="nothing", help="an option of this file")


@events.init.add_listener
def on_init(environment, runner, web_ui, **kwargs):
    print("init", type(runner).__name__, web_ui, environment.parsed_options.mine)
    if WHAT == "init fails":
        raise RuntimeError("init broke")


@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    print("test_start")
    if WHAT == "test_start fails":
        raise RuntimeError("test_start broke")


@events.spawning_complete.add_listener
def on_spawning_complete(user_count, **kwargs):
    print("spawning_complete", user_count, flush=True)


@events.test_stopping.add_listener
def on_test_stopping(environment, **kwargs):
    print("test_stopping")


@events.test_stop.add_listener
def on_test_stop(environment, **kwargs):
    print("test_stop")


@events.quitting.add_listener
def on_quitting(environment, **kwargs):
    print("quitting, first listener")
    if WHAT == "a code is asked for":
        environment.process_exit_code = 7


@events.quitting.add_listener
def on_quitting_too(environment, **kwargs):
    print("quitting, second listener")


@events.quit.add_listener
def on_quit(exit_code, **kwargs):
    print("quit", exit_code)


class Visitor(HttpUser):
    wait_time = constant(0.05)

    @tag("x")
    @task(3)
    def look(self):
        if WHAT == "a task raises":
            raise ValueError("oops")
        if WHAT == "a task quits":
            self.environment.runner.quit()
        self.client.get("/status/500" if WHAT == "requests fail" else "/")

    @tag("y")
    @task
    def read(self):
        if WHAT == "a task never gives way":
            print("here for ever", flush=True)
            while True:
                pass
        self.client.get("/json")


class Member(User):
    weight = 2

    @task
    def nothing(self):
        self.wait()

    wait_time = constant(0.05)
"""

FIRST_EVENTS = ["init LocalRunner None nothing", "test_start", "spawning_complete 1"]
STOPPING = ["test_stopping", "test_stop"]
QUITTING = ["quitting, second listener", "quitting, first listener"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A current folder with a locustfile."""
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE)
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts `locust` there with these arguments; WHAT tells the locustfile what to do."""

    def start_locust(*arguments: str, what: str = "", **environment: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
        return subprocess.Popen(
            [sys.executable, "-m", "locust", *arguments],
            cwd=folder,
            env={**kept, "HOME": str(folder), "WHAT": what, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell that starts tests in the background may have had SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    return start_locust


@pytest.fixture
def run(start) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `locust` to its end."""

    def run_locust(*arguments: str, **how: str) -> subprocess.CompletedProcess[str]:
        process = start(*arguments, **how)
        try:
            stdout, stderr = process.communicate(timeout=20)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    return run_locust


def logged(stderr: str) -> list[str]:
    """`LEVEL/logger: message` of each log line."""
    return re.findall(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [^/]+/(.*)", stderr, re.MULTILINE)


def requests_of(stderr: str, name: str = "Aggregated") -> list[int]:
    """How many requests each table shows under this name."""
    tables = stderr.split("Response time percentiles")[0]
    return [int(number) for number in re.findall(rf"^.*{re.escape(name)} +(\d+) +\d+\(", tables, re.MULTILINE)]


def short(target: str, *more: str) -> list[str]:
    return ["--headless", "-t", "1", "-H", target, "--only-summary", *more]


# --- a run ---


def test_a_run_tells_its_story_in_upstreams_order(run, target: str) -> None:
    done = run("--headless", "-t", "1", "-H", target, "-u", "2", "-r", "2")

    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        *FIRST_EVENTS[:2],
        "spawning_complete 2",
        *STOPPING,
        *QUITTING,
        "quit 0",
    ]
    version = re.match(r"INFO/locust.main: Starting Locust (\S+)", logged(done.stderr)[0])
    assert version
    assert logged(done.stderr)[1:] == [
        "INFO/locust.main: Run time limit set to 1 seconds",
        "INFO/locust.runners: Ramping to 2 users at a rate of 2.00 per second",
        'INFO/locust.runners: All users spawned: {"Member": 1, "Visitor": 1} (2 total users)',
        "INFO/locust.main: --run-time limit reached, shutting down",
        "INFO/locust.main: Shutting down (exit code 0)",
    ]
    # One table at the start, one at the end; then percentiles, and no error report.
    first, last = requests_of(done.stderr)
    assert first == 0
    assert last > 5
    assert done.stderr.count("Response time percentiles (approximated)") == 1
    assert "Error report" not in done.stderr


def test_the_summary_alone_is_one_table(run, target: str) -> None:
    done = run(*short(target, "Visitor"))

    assert done.returncode == 0
    assert len(requests_of(done.stderr)) == 1


@pytest.mark.parametrize(
    ("what", "arguments", "code"),
    [
        ("requests fail", [], 1),
        ("requests fail", ["--exit-code-on-error", "5"], 5),
        ("requests fail", ["--exit-code-on-error", "0"], 0),
        ("a task raises", [], 1),
        ("test_start fails", [], 2),
        ("a code is asked for", [], 7),
        ("a task quits", [], 0),
    ],
)
def test_the_exit_code_says_how_it_went(what: str, arguments: list[str], code: int, run, target: str) -> None:
    done = run(*short(target, "Visitor", *arguments), what=what)

    assert done.returncode == code
    assert done.stdout.splitlines() == [*FIRST_EVENTS, *STOPPING, *QUITTING, f"quit {code}"]
    assert logged(done.stderr)[-1] == f"INFO/locust.main: Shutting down (exit code {code})"
    assert ("Error report" in done.stderr) == (what == "requests fail")


def test_an_init_listener_that_fails_ends_everything(run, target: str) -> None:
    done = run(*short(target), what="init fails")

    assert done.returncode == 1
    assert done.stdout.splitlines() == FIRST_EVENTS[:1]
    assert "ERROR/root: Uncaught exception in event handler: " in logged(done.stderr)
    assert "RuntimeError: init broke" in done.stderr


def test_without_a_host_the_run_stops_with_code_0(run) -> None:
    done = run("--headless", "--only-summary", "Visitor")

    assert done.returncode == 0
    assert logged(done.stderr)[-3:] == [
        "ERROR/locust.runners: You must specify the base host. Either in the host attribute in the User class, or on "
        "the command line using the --host option.",
        "WARNING/locust.runners: Stopping Locust...",
        "INFO/locust.main: Shutting down (exit code 0)",
    ]


def test_a_shape_steers_the_run_and_ends_it(run, folder: Path) -> None:
    (folder / "locustfile.py").write_text(
        """
from locust import LoadTestShape, User, constant, task

class Visitor(User):
    wait_time = constant(0.1)
    @task
    def nothing(self): pass

class Short(LoadTestShape):
    def tick(self):
        return (2, 5) if self.get_run_time() < 0.5 else None
"""
    )

    done = run("--headless", "--only-summary", "-u", "3", "-t", "9")

    assert done.returncode == 0
    lines = logged(done.stderr)
    assert "WARNING/locust.main: The following option(s) will be ignored: --users, --run-time" in lines
    assert lines[-3:] == [
        "INFO/locust.runners: Shape test stopping",
        "INFO/locust.main: Shape test completed, shutting down",
        "INFO/locust.main: Shutting down (exit code 0)",
    ]


def test_tags_choose_tasks(run, target: str) -> None:
    with_x = run(*short(target, "Visitor", "--tags", "x"))
    without_x = run(*short(target, "Visitor", "--exclude-tags", "x"))

    assert requests_of(with_x.stderr, "/json") == []
    assert requests_of(with_x.stderr, "GET      /")[0] > 0
    assert requests_of(without_x.stderr, "/json")[0] > 0
    assert requests_of(without_x.stderr, "GET      / ") == []


def test_users_that_are_too_few_for_fixed_counts_are_spoken_of(run, folder: Path) -> None:
    file = folder / "locustfile.py"
    file.write_text(file.read_text().replace("weight = 2", "fixed_count = 4"))

    done = run("--headless", "--only-summary", "-t", "1", "-u", "2")

    assert (
        "INFO/locust.main: Total fixed_count of User classes (4) is greater than the specified number of users (2), "
        "so not all will be spawned."
    ) in logged(done.stderr)


def test_settings_of_users_come_from_the_command_line(run, target: str) -> None:
    done = run(*short("http://127.0.0.1:1"), "Visitor", "--config-users", '{"user_class_name": "Nobody"}')

    assert done.returncode == 255
    assert logged(done.stderr)[-1] == (
        "ERROR/locust.main: Error applying user config, probably you tried to specify config for a User not present in "
        "your locustfile: 'Nobody'"
    )


def test_a_limit_on_open_files_that_is_too_low_is_warned_of(start, folder: Path) -> None:
    (folder / "locustfile.py").write_text(
        "from locust import User, events\n\nclass Visitor(User):\n    pass\n\n"
        "@events.init.add_listener\ndef on_init(**kwargs):\n"
        "    import resource\n    print(resource.getrlimit(resource.RLIMIT_NOFILE))\n    raise SystemExit\n"
    )
    file = folder / "sitecustomize.py"
    file.write_text("import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (256, 512))\n")

    with start("--headless", PYTHONPATH=str(folder)) as process:
        stdout, stderr = process.communicate(timeout=20)

    assert stdout == "(512, 512)\n"
    assert logged(stderr)[-1] == (
        "WARNING/locust.main: Only 512 files may be open at once, and each user needs one for its connection. "
        "Raise the hard limit to 10000 (ulimit -Hn, or nofile in limits.conf), or expect 'Too many open files' with "
        "many users."
    )


# --- outputs ---


def test_json_on_stdout_is_all_there_is_when_nothing_is_logged(run, folder: Path, target: str) -> None:
    file = folder / "locustfile.py"
    file.write_text(re.sub(r"( +)print\(.*\n", r"\1pass\n", file.read_text()))

    done = run(*short(target, "Visitor", "--json", "--skip-log-setup"))

    entries = json.loads(done.stdout)
    assert {entry["name"] for entry in entries} <= {"/", "/json"}
    assert sum(entry["num_requests"] for entry in entries) > 3
    assert done.stderr == ""


def test_json_goes_to_a_file_too_and_the_tables_stay(run, folder: Path, target: str) -> None:
    done = run(*short(target, "Visitor", "--json-file", "result"))

    counted = sum(entry["num_requests"] for entry in json.loads((folder / "result.json").read_text()))
    assert [counted] == requests_of(done.stderr)


def test_a_log_file_takes_the_log_and_leaves_the_tables(run, folder: Path, target: str) -> None:
    done = run(*short(target, "--logfile", "logs/locust.log", "--loglevel", "warning"))

    assert (folder / "logs" / "locust.log").read_text() == ""
    assert logged(done.stderr) == []
    assert len(requests_of(done.stderr)) == 1


def test_a_log_file_that_can_not_be_written_is_explained(run, folder: Path) -> None:
    done = run("--headless", "--logfile", str(folder))

    assert done.returncode == 1
    assert done.stderr == f"Can't log to '{folder}': Is a directory\n"


def test_classes_are_listed(run) -> None:
    done = run("--list")

    assert (done.returncode, done.stdout) == (0, "Available Users:\n    Visitor\n    Member\n")


def test_ratios_of_tasks_are_shown(run) -> None:
    table = run("--show-task-ratio", "Visitor")
    as_json = run("--show-task-ratio-json")

    # As Locust 2.47.0 prints them, to the blank.
    rows = [" 100.0      Visitor", "   75.0       look", "   25.0       read"]
    body = "\n".join(f"{row:<62}" for row in rows)
    assert table.stdout == (
        f"\n Task ratio per User class\n{'-' * 80}\n{body}\n\n Total task ratio\n{'-' * 80}\n{body}\n"
    ).replace("-" * 80 + "\n\n", "-" * 80 + "\n")
    assert json.loads(as_json.stdout)["per_class"]["Visitor"] == {
        "ratio": 1 / 3,
        "tasks": {"look": {"ratio": 0.75}, "read": {"ratio": 0.25}},
    }


# --- signals ---


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("what", "code"), [("", 0), ("requests fail", 1)])
def test_a_signal_ends_the_run_with_everything_written(number: int, what: str, code: int, start, target: str) -> None:
    process = start("--headless", "--only-summary", "-H", target, "Visitor", "--json-file", "result", what=what)
    with process:
        wait_for_users(process)
        time.sleep(0.3)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=20)

    assert process.returncode == code
    assert stdout.splitlines() == [*QUITTING, *STOPPING, f"quit {code}"]
    assert requests_of(stderr)[0] > 0
    assert ("Error report" in stderr) == (code == 1)
    assert ("INFO/locust.main: Got SIGTERM signal" in logged(stderr)) == (number == signal.SIGTERM)
    assert "Traceback" not in stderr


def test_a_task_that_never_gives_way_is_ended_by_the_second_interrupt(start, target: str) -> None:
    process = start(
        "--headless", "--only-summary", "-H", target, "Visitor", "--tags", "y", what="a task never gives way"
    )
    with process:
        assert process.stdout is not None
        assert "here for ever\n" in iter(process.stdout.readline, "")
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)

    assert logged(stderr)[-1].startswith("INFO/locust.main: Shutting down (exit code ")


def test_a_second_interrupt_gives_up_waiting_for_tasks_but_not_the_tables(start, folder: Path) -> None:
    (folder / "locustfile.py").write_text(
        """
import time
from locust import User, events, task

class Visitor(User):
    @task
    def wait_long(self):
        time.sleep(60)

@events.spawning_complete.add_listener
def on_spawning_complete(**kwargs):
    print("spawning_complete", flush=True)

@events.test_stopping.add_listener
def on_test_stopping(**kwargs):
    print("test_stopping", flush=True)
"""
    )
    process = start("--headless", "--only-summary", "--stop-timeout", "50")
    with process:
        assert process.stdout is not None
        for line in ("spawning_complete\n", "test_stopping\n"):
            assert process.stdout.readline() == line
            process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)

    assert process.returncode == 0
    assert logged(stderr)[-1] == "WARNING/locust.main: Interrupted again: users that still run are not waited for"
    assert requests_of(stderr) == [0]


def wait_for_users(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("spawning_complete"):
            return
    raise AssertionError("no users")


# --- what can go wrong before ---


@pytest.mark.parametrize(
    ("content", "last_line"),
    [
        ("import nowhere\n", "ModuleNotFoundError: No module named 'nowhere'"),
        ("def (\n", "SyntaxError: invalid syntax"),
    ],
)
def test_a_broken_locustfile_is_shown_from_its_own_first_line(content, last_line, run, folder: Path) -> None:
    file = folder / "broken.py"
    file.write_text(content)

    done = run("-f", "broken.py", "--headless")

    lines = done.stderr.splitlines()
    assert (done.returncode, lines[-1]) == (1, last_line)
    # Nothing of ours in between.
    assert [line for line in lines if line.startswith("  File ")] in (
        [f'  File "{file}", line 1, in <module>'],
        [f'  File "{file}", line 1'],
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-f", "none.py"], 1, "Could not find 'none.py'. Ensure your locustfile ends with '.py' or is a directory"),
        (
            ["--headless", "--hedless"],
            2,
            "locust: error: unrecognized arguments: --hedless\nDid you mean '--headless'?",
        ),
        (["--autoquit", "3"], 1, "--autoquit is only meaningful in combination with --autostart"),
        (["--headless", "-u", "-2"], 1, "--users must not be negative, got -2"),
        (["--headless", "Gamma", "Delta"], 1, "Unknown User(s): Gamma, Delta"),
        (["--web-base-path", "load"], 1, "Invalid format for --web-base-path argument (load): the url path must start"),
        (["--master", "--worker"], 255, "The --master argument cannot be combined with --worker"),
    ],
)
def test_a_command_line_that_can_not_be_followed_is_explained(arguments, code: int, message: str, run) -> None:
    done = run(*arguments)

    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_listener_of_init_that_quits_starts_nothing(run, folder: Path) -> None:
    (folder / "locustfile.py").write_text(
        "from locust import User, events, task\n"
        "class Idle(User):\n    @task\n    def nothing(self): ...\n"
        "@events.init.add_listener\ndef leave(runner, **_):\n    runner.quit()\n"
    )

    done = run("--headless", "--only-summary")

    assert done.returncode == 0
    assert "Ramping to" not in done.stderr


def test_a_file_without_users_is_refused(run, folder: Path) -> None:
    (folder / "locustfile.py").write_text("x = 1\n")

    done = run("--headless")

    assert (done.returncode, logged(done.stderr)[-1]) == (1, "ERROR/locust.main: No User class found!")


# --- help, version, names ---


def test_help_has_the_options_of_the_locustfile(run) -> None:
    done = run("--help")

    assert done.returncode == 0
    assert done.stdout.startswith("Usage: locust [options] [UserClass ...]\n")
    assert "  --mine MINE           an option of this file\n" in done.stdout


@pytest.mark.parametrize("arguments", [["-h", "-f", "none.py"], ["-h", "-f", "broken.py"]])
def test_help_is_given_without_a_good_locustfile(arguments: list[str], run, folder: Path) -> None:
    (folder / "broken.py").write_text("import nowhere\n")

    done = run(*arguments)

    assert done.returncode == 0
    assert "Usage: locust [options] [UserClass ...]\n\nCommon options:\n" in done.stdout


@pytest.mark.parametrize("flag", ["-V", "--version", "-lV"])
def test_the_version_needs_no_locustfile(flag: str, run, folder: Path) -> None:
    (folder / "locustfile.py").unlink()

    done = run(flag)

    assert done.returncode == 0
    assert re.fullmatch(r"locust \S+ from \S+ \(Python \S+\)\n", done.stdout)


def test_a_user_class_may_be_named_like_a_subcommand(run, folder: Path) -> None:
    file = folder / "locustfile.py"
    file.write_text(file.read_text().replace("class Member", "class demo"))

    done = run("--headless", "-t", "1", "--only-summary", "--", "demo")

    assert 'INFO/locust.runners: All users spawned: {"demo": 1} (1 total users)' in logged(done.stderr)


def test_a_configuration_file_is_enough(run, folder: Path, target: str) -> None:
    (folder / "locust.conf").write_text(f"headless\nhost = {target}\nrun-time = 1\nonly-summary\nmine: from a file\n")

    done = run()

    assert done.returncode == 0
    assert done.stdout.startswith("init LocalRunner None from a file\n")


# --- the demo ---


def test_the_demo_loads_its_target_and_ends_it(run) -> None:
    done = run("demo", "--headless", "-t", "2s")

    assert done.returncode == 0
    address = re.match(r"Target ready at (\S+)\n", done.stderr)
    assert address
    assert 'All users spawned: {"Member": 10, "Robot": 10, "Visitor": 30} (50 total users)' in done.stderr
    assert requests_of(done.stderr, "/users/{id}")[-1] > 0
    assert requests_of(done.stderr)[-1] > 100


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_target_alone_serves_until_a_signal(number: int, start) -> None:
    process = start("demo", "--target-only", "--port", "0")
    with process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=20)

    assert re.fullmatch(r"Target ready at http://127\.0\.0\.1:\d+\n", ready)
    assert (process.returncode, stdout, stderr) == (0, "", "")
