"""How runs end: exit codes, signals, shapes, events, keys."""

from __future__ import annotations

import signal
from collections.abc import Callable

from beside import Press, Run, Signal, Wait, each

Alike = Callable[[Run], None]

QUIET = "--headless -t 2 --only-summary "
ENDLESS = "--headless --only-summary "

USER = """
import sys
import time

import gevent
from locust import HttpUser, LoadTestShape, SequentialTaskSet, TaskSet, User, constant, events, run_single_user, task
from locust.exception import InterruptTaskSet, RescheduleTask, StopUser


class A(User):
    wait_time = constant(0.1)

    @task
    def work(self):
        pass
"""


def task(*lines: str, start: str = "", stop: str = "", wait: str = "constant(0.3)") -> str:
    """The user, with other lines in its task, on_start and on_stop."""
    body = "\n".join(f"        {line}" for line in lines)
    text = USER.replace("        pass\n", f"{body}\n").replace("constant(0.1)", wait)
    if start:
        text += f"\n    def on_start(self):\n        {start}\n"
    if stop:
        text += f"\n    def on_stop(self):\n        {stop}\n"
    return text


def listener(event: str, *lines: str) -> str:
    """The user, and a listener."""
    body = "\n".join(f"    {line}" for line in lines)
    return f"{USER}\n\n@events.{event}.add_listener\ndef listen(**given):\n{body}\n"


FAIL = "self.environment.events.request.fire(request_type='X', name='n', response_time=1, response_length=0, exception=Exception('bad'), context={})"
SUCCEED = FAIL.replace("Exception('bad')", "None")
ONCE = "constant(5)"

EXIT_CODES = [
    Run(id, f"{QUIET}{line}", {"locustfile.py": content}, **more)
    for id, line, content, more in (
        ("success", "", task(SUCCEED), {}),
        ("failure", "", task(FAIL), {}),
        ("failure as 0", "--exit-code-on-error 0", task(FAIL), {}),
        ("failure as 42", "--exit-code-on-error 42", task(FAIL), {}),
        ("failure as 256", "--exit-code-on-error 256", task(FAIL), {}),
        ("failure as -1", "--exit-code-on-error -1", task(FAIL), {}),
        ("success with 42", "--exit-code-on-error 42", task(SUCCEED), {}),
        ("exception", "", task("1 / 0", wait=ONCE), {}),
        ("exception as 0", "--exit-code-on-error 0", task("1 / 0", wait=ONCE), {}),
        ("exception in on_start", "", task("pass", start="1 / 0"), {}),
        ("exception in on_stop", "", task("pass", stop="1 / 0"), {}),
        ("stop user", "", task("raise StopUser"), {}),
        ("stop user with a text", "", task("raise StopUser('enough')"), {}),
        ("stop user in on_start", "", task("pass", start="raise StopUser"), {}),
        ("self.stop", "", task("self.stop()"), {}),
        ("self.stop force", "", task("self.stop(force=True)"), {}),
        ("reschedule", "", task("raise RescheduleTask", wait="constant(0.2)"), {}),
        ("interrupt of a user", "", task("raise InterruptTaskSet", wait=ONCE), {}),
        ("sys.exit in a task", "", task("sys.exit(3)", wait=ONCE), {}),
        ("sys.exit in on_start", "", task("pass", start="sys.exit(3)", wait=ONCE), {}),
        ("keyboard interrupt in a task", "", task("raise KeyboardInterrupt", wait=ONCE), {}),
        ("greenlet exit in a task", "", task("raise gevent.GreenletExit", wait=ONCE), {}),
        ("quit in a task", "", task("self.environment.runner.quit()", wait=ONCE), {}),
        ("stop in a task", "", task("self.environment.runner.stop()", wait=ONCE), {}),
        ("exit code in a task", "", task("self.environment.process_exit_code = 5"), {}),
        ("exit code 0 with a failure", "", task("self.environment.process_exit_code = 0", FAIL), {}),
        ("exit code in quitting", "", listener("quitting", "given['environment'].process_exit_code = 6"), {}),
        ("exit code in test_stop", "", listener("test_stop", "given['environment'].process_exit_code = 7"), {}),
        ("exit code in init", "", listener("init", "given['environment'].process_exit_code = 8"), {}),
        ("exit code in quit", "", listener("quit", "print(given); sys.exit(9)"), {}),
        ("exit code of a string", "", listener("quitting", "given['environment'].process_exit_code = '6'"), {}),
        ("shared exit code", "", listener("quitting", "given['environment'].process_exit_code = None"), {}),
        ("sys.exit in init", "", listener("init", "sys.exit(4)"), {}),
        ("sys.exit in test_start", "", listener("test_start", "sys.exit(4)"), {}),
        ("sys.exit in quitting", "", listener("quitting", "sys.exit(4)"), {}),
        ("exception in init", "", listener("init", "1 / 0"), {}),
        ("exception in test_start", "", listener("test_start", "1 / 0"), {}),
        ("exception in test_stop", "", listener("test_stop", "1 / 0"), {}),
        ("exception in quitting", "", listener("quitting", "1 / 0"), {}),
        ("exception in quit", "", listener("quit", "1 / 0"), {}),
        ("exception in spawning_complete", "", listener("spawning_complete", "1 / 0"), {}),
        ("exception in init_command_line_parser", "", listener("init_command_line_parser", "1 / 0"), {}),
        ("exception in request", "", task(SUCCEED) + listener("request", "1 / 0")[len(USER):], {"loose": True}),
        ("exception in a greenlet", "", listener("test_start", "gevent.spawn(lambda: 1 / 0)"), {}),
        ("quit in test_start", "", listener("test_start", "given['environment'].runner.quit()"), {}),
        ("quit in init", "", listener("init", "given['runner'].quit()"), {}),
        ("quit in spawning_complete", "", listener("init", "environment = given['environment']", "events.spawning_complete.add_listener(lambda **_: environment.runner.quit())"), {}),
        ("quit after a while", "", listener("test_start", "gevent.spawn_later(0.3, given['environment'].runner.quit)"), {}),
        ("wait time that fails", "", task("pass", wait="lambda self: 1 / 0"), {"loose": True}),
        ("no wait time", "", USER.replace("    wait_time = constant(0.1)\n", "").replace("pass", "gevent.sleep(0.1)"), {"loose": True}),
        ("wait time None", "", task("gevent.sleep(0.1)", wait="None"), {"loose": True}),
        ("a negative wait time", "", task("gevent.sleep(0.1)", wait="constant(-1)"), {"loose": True}),
        ("a wait time of text", "", task("gevent.sleep(0.1)", wait="lambda self: 'x'"), {"loose": True}),
        ("catch exceptions off", "", task("1 / 0", wait=ONCE) + "\nA.catch_exceptions = False\n", {}),
        ("an init of a user that fails", "", USER + "\n    def __init__(self, *args):\n        super().__init__(*args)\n        1 / 0\n", {}),
        ("an init without super", "", USER + "\n    def __init__(self, *args):\n        pass\n", {}),
        ("print in every event", "", USER + "\nfor name in ('init', 'test_start', 'spawning_complete', 'test_stopping', 'test_stop', 'quitting', 'quit', 'user_error'):\n    getattr(events, name).add_listener(lambda name=name, **given: print(name, sorted(given)))\n", {}),
        ("listeners' order", "", USER + "\nfor name in ('test_start', 'test_stopping', 'test_stop', 'quitting', 'quit'):\n    for number in range(3):\n        getattr(events, name).add_listener(lambda name=name, number=number, **_: print(name, number))\n", {}),
        ("states", "", USER + "\nfor name in ('test_start', 'test_stopping', 'test_stop', 'quitting'):\n    getattr(events, name).add_listener(lambda name=name, environment=None, **_: print(name, environment.runner.state, environment.runner.user_count))\n", {}),
        ("on_start and on_stop", "-u 2 -r 2", task("pass", start="print('start')", stop="print('stop')"), {}),
        ("a task set", "", USER.replace("    @task\n", "    @task\n    class Inner(TaskSet):\n        def on_start(self):\n            print('in')\n\n        def on_stop(self):\n            print('out')\n\n        @task\n        def leave(self):\n            self.interrupt(reschedule=False)\n\n    def unused(self):\n        pass\n\n    @task(0)\n"), {"loose": True}),
        ("a task set that is stopped", "", USER.replace("    @task\n", "    @task\n    class Inner(TaskSet):\n        def on_stop(self):\n            print('out')\n\n        @task\n        def stay(self):\n            gevent.sleep(0.3)\n\n    @task(0)\n"), {}),
        ("a sequence", "", USER.replace("    @task\n", "    @task\n    class Inner(SequentialTaskSet):\n        @task\n        def one(self):\n            print(1)\n\n        @task\n        def two(self):\n            print(2)\n            self.user.environment.runner.quit()\n\n    @task(0)\n"), {}),
    )
]  # fmt: skip

STOPPING = [
    Run(id, f"{QUIET}{line}", {"locustfile.py": content})
    for id, line, content in (
        ("a long task is cut", "", task("time.sleep(3)", "print('done')")),
        ("a long task ends in time", "-s 5", task("time.sleep(1.5)", "print('done')", wait=ONCE)),
        ("a long task doesn't end in time", "-s 1", task("time.sleep(30)", "print('done')")),
        ("a wait is cut", "-s 5", task("print('once')", wait="constant(30)")),
        ("on_stop runs", "-s 1", task("time.sleep(30)", stop="print('stopped')")),
        ("on_stop is slow", "-s 3", task("pass", stop="time.sleep(0.5); print('stopped')")),
        ("on_start is slow", "", task("print('never')", start="time.sleep(5)")),
        ("an endless loop that yields", "", task("while True: gevent.sleep(0.01)")),
        ("catches everything", "-s 1", task("try:", "    time.sleep(30)", "except BaseException as e:", "    print(type(e).__name__)", "    raise")),
        ("a finally", "", task("try:", "    time.sleep(30)", "finally:", "    print('cleaned')")),
        ("two users", "-u 2 -r 2 -s 2", task("time.sleep(1.5)", "print('done')", wait=ONCE)),
    )
]  # fmt: skip

SPAWNED = Wait("All users spawned")
RAMPING = Wait("Ramping to")
SIGNALS = [
    Run("interrupt", ENDLESS, {"locustfile.py": USER}, steps=(SPAWNED, Signal(signal.SIGINT))),
    Run("terminate", ENDLESS, {"locustfile.py": USER}, steps=(SPAWNED, Signal(signal.SIGTERM))),
    Run("interrupt while spawning", ENDLESS + "-u 50 -r 1", {"locustfile.py": USER}, steps=(RAMPING, Signal(signal.SIGINT))),
    Run("terminate while spawning", ENDLESS + "-u 50 -r 1", {"locustfile.py": USER}, steps=(RAMPING, Signal(signal.SIGTERM))),
    Run("interrupt with failures", ENDLESS, {"locustfile.py": task(FAIL, "print('failed')")}, steps=(Wait("failed"), Signal(signal.SIGINT)), loose=True),
    Run("terminate with failures", ENDLESS, {"locustfile.py": task(FAIL, "print('failed')")}, steps=(Wait("failed"), Signal(signal.SIGTERM)), loose=True),
    Run("interrupt with a time limit", ENDLESS + "-t 30", {"locustfile.py": USER}, steps=(SPAWNED, Signal(signal.SIGINT))),
    Run("interrupt with a time limit of nothing", ENDLESS + "-t 0", {"locustfile.py": USER}, steps=(SPAWNED, Signal(signal.SIGINT))),
    Run("interrupt a slow task", ENDLESS + "-s 2", {"locustfile.py": task("print('begun')", "time.sleep(0.8)", "print('done')", wait=ONCE)}, steps=(Wait("begun"), Signal(signal.SIGINT))),
    Run("terminate a slow task", ENDLESS + "-s 2", {"locustfile.py": task("print('begun')", "time.sleep(0.8)", "print('done')", wait=ONCE)}, steps=(Wait("begun"), Signal(signal.SIGTERM))),
    Run("interrupt with json", ENDLESS + "--json --skip-log", {"locustfile.py": task(SUCCEED, "print('done', file=sys.stderr)")}, steps=(Wait("done"), Signal(signal.SIGINT)), json=True, loose=True),
    Run("interrupt, events", ENDLESS, {"locustfile.py": USER + "\nfor name in ('test_stopping', 'test_stop', 'quitting', 'quit'):\n    getattr(events, name).add_listener(lambda name=name, **given: print(name, sorted(given)))\n"}, steps=(SPAWNED, Signal(signal.SIGINT))),
    Run("terminate, events", ENDLESS, {"locustfile.py": USER + "\nfor name in ('test_stopping', 'test_stop', 'quitting', 'quit'):\n    getattr(events, name).add_listener(lambda name=name, **given: print(name, sorted(given)))\n"}, steps=(SPAWNED, Signal(signal.SIGTERM))),
    Run("interrupt with an exit code", ENDLESS, {"locustfile.py": listener("quitting", "given['environment'].process_exit_code = 6")}, steps=(SPAWNED, Signal(signal.SIGINT))),
    Run("terminate with an exit code", ENDLESS, {"locustfile.py": listener("quitting", "given['environment'].process_exit_code = 6")}, steps=(SPAWNED, Signal(signal.SIGTERM))),
    Run("terminate, json file", ENDLESS + "--json-file out", {"locustfile.py": task(SUCCEED, "print('done')")}, steps=(Wait("done"), Signal(signal.SIGTERM)), kept=("out.json",), loose=True),
    Run("interrupt a shape", ENDLESS, {"locustfile.py": USER + "\nclass Shape(LoadTestShape):\n    def tick(self):\n        return 1, 1\n"}, steps=(SPAWNED, Signal(signal.SIGINT)), loose=True),
    Run("terminate a shape", ENDLESS, {"locustfile.py": USER + "\nclass Shape(LoadTestShape):\n    def tick(self):\n        return 1, 1\n"}, steps=(SPAWNED, Signal(signal.SIGTERM)), loose=True),
]  # fmt: skip


def shape(body: str, more: str = "") -> str:
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return f"{USER}\n\nclass B(A):\n    pass\n\n\nclass Shape(LoadTestShape):\n{more}    def tick(self):\n{lines}\n"


SHAPE = "return (2, 2) if self.get_run_time() < 1 else None"
SHAPES = [
    Run(id, f"--headless --only-summary {line}", {"locustfile.py": content}, loose="tick" in id, timeout_seconds=12)
    for id, line, content in (
        ("a shape", "", shape(SHAPE)),
        ("a shape and users", "-u 5", shape(SHAPE)),
        ("a shape and a rate", "-r 5", shape(SHAPE)),
        ("a shape and a time", "-t 1", shape(SHAPE)),
        ("a shape and all", "-u 5 -r 5 -t 1", shape(SHAPE)),
        ("a shape with common options", "-u 5 -r 5 -t 1", shape("return (2, 2) if self.get_run_time() < 3 else None", "    use_common_options = True\n\n")),
        ("a shape with common options and none given", "", shape(SHAPE, "    use_common_options = True\n\n")),
        ("a shape that reads them", "-u 3 -r 3 -t 1", shape("o = self.runner.environment.parsed_options\nreturn (o.num_users, o.spawn_rate) if self.get_run_time() < 3 else None", "    use_common_options = True\n\n")),
        ("two stages", "", shape("t = self.get_run_time()\nreturn None if t > 2.5 else (2, 2) if t < 1 else (4, 2)")),
        ("down", "", shape("t = self.get_run_time()\nreturn None if t > 2.5 else (4, 4) if t < 1 else (1, 4)")),
        ("with classes", "", shape("return None if self.get_run_time() > 1.2 else (2, 2, [B])")),
        ("with changing classes", "", shape("t = self.get_run_time()\nreturn None if t > 2.5 else (2, 2, [A]) if t < 1 else (2, 2, [B])")),
        ("a class chosen", "B", shape(SHAPE)),
        ("ends at once", "", shape("return None")),
        ("no users", "", shape("return (0, 1) if self.get_run_time() < 1 else None")),
        ("a tick that fails", "", shape("1 / 0")),
        ("a tick that gives rubbish", "", shape("return 'rubbish'")),
        ("a tick that gives one number", "", shape("return 5")),
        ("a tick of floats", "", shape("return (2.7, 1.5) if self.get_run_time() < 1.2 else None")),
        ("a shape without tick", "", USER + "\nclass Shape(LoadTestShape):\n    pass\n"),
        ("two shapes", "", shape(SHAPE) + "\nclass Second(LoadTestShape):\n    def tick(self):\n        return None\n"),
        ("an abstract shape", "-t 1", USER + "\nclass Base(LoadTestShape):\n    abstract = True\n    def tick(self):\n        return None\n"),
        ("an abstract shape and one of it", "", USER + "\nclass Base(LoadTestShape):\n    abstract = True\n\nclass Mine(Base):\n    def tick(self):\n        return (1, 1) if self.get_run_time() < 1 else None\n"),
        ("current users", "", shape("print(self.get_current_user_count())\nreturn (2, 20) if self.get_run_time() < 1 else None")),
        ("an init of a shape", "", shape(SHAPE, "    def __init__(self):\n        super().__init__()\n        print('made')\n\n")),
        ("an init of a shape that fails", "", shape(SHAPE, "    def __init__(self):\n        1 / 0\n\n")),
        ("stop timeout", "-s 1", shape(SHAPE)),
        ("reset stats", "--reset-stats", shape(SHAPE)),
    )
]  # fmt: skip

KEYED = "--headless --only-summary -u 2 -r 2"


def keyed(id: str, *steps: Wait | Press, line: str = KEYED) -> Run:
    return Run(id, line, {"locustfile.py": USER}, steps=(SPAWNED, *steps, Signal(signal.SIGINT)), terminal=True)  # type: ignore[arg-type]


KEYS = [
    keyed("w", Press("w"), Wait("All users spawned", 2)),
    keyed("W", Press("W"), Wait("All users spawned", 2)),
    keyed("s", Press("s"), Wait("All users spawned", 2)),
    keyed("S", Press("S"), Wait("All users spawned", 2)),
    keyed("w twice", Press("w"), Wait("All users spawned", 2), Press("w"), Wait("All users spawned", 3)),
    keyed("W and S", Press("W"), Wait("All users spawned", 2), Press("S"), Wait("All users spawned", 3)),
    keyed("s to zero", Press("s"), Wait("All users spawned", 2), Press("s"), Wait("All users spawned", 3)),
    keyed("other keys", Press("x")),
    Run("w while spawning", "--headless --only-summary -u 50 -r 1", {"locustfile.py": USER}, steps=(RAMPING, Press("w"), Wait("right now"), Signal(signal.SIGINT)), terminal=True),
    Run("s while spawning", "--headless --only-summary -u 50 -r 1", {"locustfile.py": USER}, steps=(RAMPING, Press("s"), Wait("right now"), Signal(signal.SIGINT)), terminal=True),
]  # fmt: skip


@each(EXIT_CODES)
def test_the_exit_code_is_the_same(run: Run, alike: Alike) -> None:
    alike(run)


@each(STOPPING)
def test_users_are_stopped_alike(run: Run, alike: Alike) -> None:
    alike(run)


@each(SIGNALS)
def test_signals_do_the_same(run: Run, alike: Alike) -> None:
    alike(run)


@each(SHAPES)
def test_a_shape_runs_alike(run: Run, alike: Alike) -> None:
    alike(run)


@each(KEYS)
def test_keys_do_the_same(run: Run, alike: Alike) -> None:
    alike(run)
