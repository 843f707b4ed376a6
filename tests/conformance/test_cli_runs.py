"""Whole runs of the command: what is printed and written, and the exit codes."""

from __future__ import annotations

from collections.abc import Callable

from beside import Run, each
from beside.run import LOCUSTFILE

Alike = Callable[[Run], None]

SHORT = "--headless -t 2 -H {target} --only-summary "

TWO_CLASSES = """
from locust import HttpUser, constant, tag, task


class Reader(HttpUser):
    wait_time = constant(0.01)
    weight = 3

    @tag("read", "fast")
    @task(3)
    def look(self):
        self.client.get("/", name="look")

    @tag("slow")
    @task
    def list_users(self):
        self.client.get("/users", name="list")


class Writer(HttpUser):
    wait_time = constant(0.01)

    @tag("write")
    @task
    def echo(self):
        self.client.post("/echo", data="x", name="echo")
"""

TAGGED = """
from locust import User, constant, events, tag, task


class Seen(User):
    wait_time = constant(0.01)

    @tag("a")
    @task
    def one(self):
        seen.add("one")

    @tag("a", "b")
    @task
    def two(self):
        seen.add("two")

    @task
    def three(self):
        seen.add("three")

    @tag("c")
    @task
    class Nested(__import__("locust").TaskSet):
        @task
        def four(self):
            seen.add("four")
            self.interrupt(reschedule=False)

        @tag("d")
        @task
        def five(self):
            seen.add("five")
            self.interrupt(reschedule=False)


seen = set()


@events.quitting.add_listener
def show(environment, **_):
    print(sorted(seen), environment.parsed_options.tags)
"""

FIXED = """
from locust import User, constant, task


class Fixed(User):
    fixed_count = 2
    wait_time = constant(0.1)

    @task(2)
    def a(self):
        pass

    @task
    def b(self):
        pass


class Weighted(User):
    weight = 5
    wait_time = constant(0.1)
    tasks = {Fixed.a: 1}


class Other(Weighted):
    weight = 1
"""

NESTED = """
from locust import SequentialTaskSet, TaskSet, User, constant, task


class Steps(SequentialTaskSet):
    @task
    def one(self):
        pass

    @task(3)
    def two(self):
        pass


class Visitor(User):
    wait_time = constant(0.1)

    @task(2)
    class Inner(TaskSet):
        @task
        def leave(self):
            self.interrupt()

        @task(4)
        def stay(self):
            pass

    tasks = [Steps, Inner]

    @task(10)
    def alone(self):
        pass
"""

ATTRIBUTES = """
from locust import User, constant, events, task


class First(User):
    wait_time = constant(0.05)
    some = "unset"
    flag = False

    @task
    def nothing(self):
        pass


class Second(First):
    pass


@events.quitting.add_listener
def show(environment, **_):
    for one in sorted(environment.user_classes, key=lambda one: one.__name__):
        print(one.__name__, one.some, one.flag, one.weight, one.fixed_count, one.host, [t.__name__ for t in one.tasks])
    print(environment.host, environment.runner.user_classes_count if environment.runner else None)
"""


def files(content: str, name: str = "locustfile.py", **others: str) -> dict[str, str]:
    return {name: content, **others}


def runs(arguments: dict[str, str], content: str | None = None, **more: object) -> list[Run]:
    given = {} if content is None else {"files": files(content)}
    return [Run(id, line, **given, **more) for id, line in arguments.items()]  # type: ignore[arg-type]


PLAIN = [
    Run("a run with its tables", "--headless -t 3 -u 2 -r 2 -H {target}"),
    Run("json", SHORT + "--json --skip-log", json=True),
    Run("json and its log", SHORT + "--json", json=True),
    Run("json file", SHORT + "--json-file result", kept=("result.json",)),
    Run("json file with a suffix", SHORT + "--json-file result.json", kept=("*.json",)),
    Run("no host", "--headless -t 1 --only-summary"),
    *runs(
        {
            "version": "-V",
            "version in words": "--version",
            "list": "--list",
            "the letter of list": "-l",
            "list with classes": "--list Visitor",
            "no users given": SHORT,
            "three users": SHORT + "-u 3 -r 3",
            "slow spawning": SHORT + "-u 3 -r 1",
            "a rate below one": SHORT + "-u 2 -r 0.5",
            "a high rate": SHORT + "-u 101 -r 101",
            "no users at all": SHORT + "-u 0",
            "negative users": SHORT + "-u -1",
            "time in seconds": "--headless -t 1s -H {target} --only-summary",
            "time without a unit": "--headless -t 1 -H {target} --only-summary",
            "minutes and seconds": "--headless -t 0m1s -H {target} --only-summary",
            "quiet": SHORT + "-L ERROR",
            "warnings only": SHORT + "-L warning",
            "critical only": SHORT + "-L critical",
            "without log setup": SHORT + "--skip-log-setup",
            "print stats is for the web": SHORT + "--print-stats",
            "a profile": SHORT + "--profile mine",
            "stop timeout": SHORT + "-s 2",
            "stop timeout with a unit": SHORT + "--stop-timeout 1s",
            "reset stats": SHORT + "--reset-stats -u 2 -r 2",
            "equal weights": SHORT + "--equal-weights",
            "the host ends in a slash": "--headless -t 1 -H {target}/ --only-summary",
            "headful wins": "--headless --headful --list",
            "autoquit alone": "--headless --autoquit 1 -t 1",
            "master and worker": "--master --worker",
            "unknown user": SHORT + "Nobody",
            "unknown users": SHORT + "Nobody Visitor Nobody",
            "list with an unknown user": "--list Nobody",
            "unknown option": "--hedless",
            "unknown option, no hint": "--zzz",
            "history without csv": SHORT + "--csv-full-history",
            "an id in the middle": "--headless Visitor -t 1 -H {target} --only-summary",
            "a class twice": SHORT + "Visitor Visitor",
        }
    ),
    Run("a log file", SHORT + "--logfile my.log", kept=("my.log",)),
    Run(
        "a log file in a folder that is there",
        SHORT + "--logfile d/my.log",
        {"locustfile.py": LOCUSTFILE, "d/x": ""},
        kept=("*.log",),
    ),
    Run("a log file and its level", SHORT + "--logfile my.log -L error", kept=("my.log",)),
    Run("a log file with tables", "--headless -t 1 -H {target} --logfile my.log", kept=("my.log",)),
]  # fmt: skip

CLASSES = [
    *runs(
        {
            "two classes": SHORT + "-u 4 -r 4",
            "one of two": SHORT + "-u 2 -r 2 Writer",
            "both in another order": SHORT + "-u 4 -r 4 Writer Reader",
            "one user of two classes": SHORT + "-u 1",
            "list of two": "--list",
            "list of one of two": "--list Writer",
            "ratio": "--show-task-ratio",
            "ratio with users": "--show-task-ratio -u 7",
            "ratio of one": "--show-task-ratio Writer",
            "ratio as json": "--show-task-ratio-json",
            "ratio as json with users": "--show-task-ratio-json -u 7",
            "ratio as json of one": "--show-task-ratio-json Reader",
            "ratio with equal weights": "--show-task-ratio --equal-weights",
            "ratio with tags": "--show-task-ratio -T read",
            "ratio without a tag": "--show-task-ratio -E slow",
            "ratio quietly": "--show-task-ratio -L ERROR",
            "ratio and list": "--list --show-task-ratio",
            "ratio twice": "--show-task-ratio --show-task-ratio-json",
            "equal weights of two": SHORT + "-u 4 -r 4 --equal-weights",
        },
        TWO_CLASSES,
    ),
    *runs(
        {
            "tags of two classes": SHORT + "-u 4 -r 4 -T write",
            "a tag that nobody has": SHORT + "-u 2 -r 2 -T nonsense",
            "a tag that all lack": SHORT + "-u 2 -r 2 -E read slow write",
        },
        TWO_CLASSES,
        loose=True,
    ),
    *runs(
        {
            "fixed": SHORT + "-u 5 -r 5",
            "fewer than fixed": SHORT + "-u 1",
            "fixed ratio": "--show-task-ratio",
            "fixed ratio with users": "--show-task-ratio -u 10",
            "fixed ratio with too few": "--show-task-ratio -u 1",
            "fixed ratio as json": "--show-task-ratio-json -u 10",
            "fixed and another": SHORT + "-u 4 -r 4 Fixed Other",
        },
        FIXED,
    ),
    *runs(
        {
            "nested ratio": "--show-task-ratio",
            "nested ratio as json": "--show-task-ratio-json",
            "nested ratio with equal weights": "--show-task-ratio-json --equal-weights",
            "nested": "--headless -t 1 --only-summary",
        },
        NESTED,
    ),
]

TAGS = runs(
    {
        "all tasks": "--headless -t 1 --only-summary",
        "a": "--headless -t 1 --only-summary -T a",
        "b": "--headless -t 1 --only-summary -T b",
        "a without b": "--headless -t 1 --only-summary -T a -E b",
        "a and c": "--headless -t 1 --only-summary --tags a c",
        "c without d": "--headless -t 1 --only-summary --tags c --exclude-tags d",
        "d": "--headless -t 1 --only-summary --tags d",
        "without a": "--headless -t 1 --only-summary -E a",
        "without c": "--headless -t 1 --only-summary -E c",
        "without d": "--headless -t 1 --only-summary -E d",
        "none given": "--headless -t 1 --only-summary --tags --exclude-tags",
        "unknown": "--headless -t 1 --only-summary -E nonsense",
    },
    TAGGED,
)

ENVIRONMENTS = [
    Run(
        id,
        "--only-summary",
        environment={"LOCUST_HEADLESS": "1", "LOCUST_RUN_TIME": "2", "LOCUST_HOST": "{target}", **more},
    )
    for id, more in {
        "enough": {},
        "users": {"LOCUST_USERS": "2", "LOCUST_SPAWN_RATE": "2"},
        "a class": {"LOCUST_USER_CLASSES": "Visitor"},
        "an unknown class": {"LOCUST_USER_CLASSES": "Nobody"},
        "a level": {"LOCUST_LOGLEVEL": "error"},
        "a bad level": {"LOCUST_LOGLEVEL": "loud"},
        "a bad flag": {"LOCUST_AUTOSTART": "maybe"},
        "a bad number": {"LOCUST_USERS": "many"},
        "a bad time": {"LOCUST_RUN_TIME": "1 fortnight"},
        "a file": {"LOCUST_LOCUSTFILE": "locustfile.py"},
        "a missing file": {"LOCUST_LOCUSTFILE": "none.py"},
        "an exit code": {"LOCUST_EXIT_CODE_ON_ERROR": "4"},
        "no log setup": {"LOCUST_SKIP_LOG_SETUP": "1"},
        "empty users": {"LOCUST_USERS": ""},
        "empty host": {"LOCUST_HOST": ""},
    }.items()
]  # fmt: skip

CONFIG_USERS = [
    Run(
        id,
        f"--headless -t 1 --only-summary -u 2 -r 2 --config-users {line}",
        files(ATTRIBUTES, **{"users.json": content}),
    )
    for id, line, content in (
        ("one object", """'{"user_class_name": "First", "some": 5}'""", ""),
        ("two objects", """'{"user_class_name": "First", "some": 5}' '{"user_class_name": "Second", "flag": 1}'""", ""),
        ("a list", """'[{"user_class_name": "First", "some": 5}, {"user_class_name": "Second", "some": [1]}]'""", ""),
        ("a file", "users.json", """[{"user_class_name": "First", "some": "from a file"}]"""),
        ("a broken file", "users.json", "nonsense"),
        ("a missing file", "none.json", ""),
        ("an unknown class", """'{"user_class_name": "Nobody", "some": 5}'""", ""),
        ("no class name", """'{"some": 5}'""", ""),
        ("weight", """'{"user_class_name": "First", "weight": 0}'""", ""),
        ("fixed count", """'{"user_class_name": "First", "fixed_count": 1}'""", ""),
        ("host", """'{"user_class_name": "First", "host": "http://h"}'""", ""),
        ("tasks", """'{"user_class_name": "First", "tasks": ["nothing"]}'""", ""),
        ("an unknown attribute", """'{"user_class_name": "First", "bogus": 1}'""", ""),
        ("no json", "nonsense", ""),
        ("a number", "5", ""),
        ("of a class left out", """'{"user_class_name": "Second", "some": 1}' -- First""", ""),
    )
]  # fmt: skip


@each([*PLAIN, *CLASSES])
def test_a_run_looks_the_same(run: Run, alike: Alike) -> None:
    alike(run)


@each(TAGS)
def test_tags_choose_the_same_tasks(run: Run, alike: Alike) -> None:
    alike(run)


@each(ENVIRONMENTS)
def test_the_environment_says_the_same(run: Run, alike: Alike) -> None:
    alike(run)


@each(CONFIG_USERS)
def test_user_classes_are_configured_alike(run: Run, alike: Alike) -> None:
    alike(run)
