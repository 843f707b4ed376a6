"""run_single_user prints, fires and ends as upstream's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from beside import Comparison, Outcome, Run

LOCUSTFILE = """
import sys

from locust import HttpUser, FastHttpUser, TaskSet, User, events, run_single_user, task
from locust.exception import RescheduleTask, StopTest, StopUser

HOST = sys.argv.pop(1)


@events.init.add_listener
def on_init(environment, runner, web_ui, **more):
    print("init", runner, web_ui, sorted(more), environment.host)


@events.test_start.add_listener
def on_start(environment, **more):
    print("test_start", sorted(more))


@events.test_stop.add_listener
def on_stop(**more):
    print("test_stop")


@events.quitting.add_listener
def on_quitting(**more):
    print("quitting")


class Base(HttpUser):
    abstract = True
    host = HOST

    def on_start(self):
        print("on_start", self.environment.runner, self.environment.single_user_instance is self)

    def on_stop(self):
        print("on_stop")

"""
CALM = """
class Calm(Base):
    @task
    def look(self):
        self.client.get("/", context={"a": 1})
        self.client.post("/echo", data="body", name="named")
        self.client.get("/status/404")
        raise StopUser()

"""
ENDINGS = {
    "StopTest": "raise StopTest()",
    "ValueError twice": "self.n = getattr(self, 'n', 0) + 1\n        if self.n == 3: raise StopUser()\n        raise ValueError('x')",
    "sys.exit": "sys.exit(3)",
    "KeyboardInterrupt": "raise KeyboardInterrupt()",
}


def single(case: str, body: str, call: str, more: str = "") -> Run:
    return Run(case, f"single.py {{target}} {more}", {"single.py": LOCUSTFILE + body + call}, is_script=True)


RUNS = [
    single("plain", CALM, "run_single_user(Calm)"),
    single("include_length", CALM, "run_single_user(Calm, include_length=True)"),
    single("include_time", CALM, "run_single_user(Calm, include_time=True)"),
    single("include_context", CALM, "run_single_user(Calm, include_context=True)"),
    single("include_payload", CALM, "run_single_user(Calm, include_payload=True)"),
    single("everything", CALM, "run_single_user(Calm, True, True, True, True, 'DEBUG')"),
    single("loglevel None", CALM, "run_single_user(Calm, loglevel=None)"),
    single("twice", CALM, "run_single_user(Calm)\nrun_single_user(Calm)"),
    single("a host of the command line", CALM, "run_single_user(Calm)", "-H {target}"),
    single("an option that is not there", CALM, "run_single_user(Calm)", "--nonsense"),
    single("fast", CALM.replace("Base", "FastHttpUser").replace("    @task", "    host = HOST\n\n    @task"), "run_single_user(Calm)"),
    single("no host", CALM.replace("    @task", "    host = None\n\n    @task"), "run_single_user(Calm)"),
    single("no tasks", "class Calm(Base):\n    n = 0\n\n    def wait_time(self):\n        raise StopUser()\n\n", "run_single_user(Calm)"),
    *(
        single(
            f"ends with {name}",
            f"class Calm(Base):\n    @task\n    def look(self):\n        {code}\n\n",
            "run_single_user(Calm, loglevel='INFO')",
        )
        for name, code in ENDINGS.items()
    ),
]  # fmt: skip


def _looks(outcome: Outcome) -> Mapping[str, object]:
    # Upstream's titles end in an empty column. Of a traceback, the last line.
    stdout = re.sub(r"\d{4}-\d\d-\d\d [\d:.+]+", "<time>", outcome.stdout)
    stdout = re.sub(r"\t(\d+|#) *\t", "\t<ms>\t", stdout)
    lines = [line.rstrip() for line in stdout.splitlines()]
    errors = [line for line in outcome.stderr.splitlines() if line and not line.startswith((" ", "Traceback"))]
    return {"exit code": outcome.code, "stdout": lines, "stderr": sorted(set(errors))}


def compared(theirs: Outcome, ours: Outcome) -> tuple[Mapping[str, object], Mapping[str, object]]:
    return _looks(theirs), _looks(ours)


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_single_user_runs_alike(run: Run, alike: Callable[..., None], same: Comparison) -> None:
    alike(run, compared)
