"""The command in its other modes: with the web UI, as master and worker, in processes, from Python."""

from __future__ import annotations

import signal
from collections.abc import Callable

from beside import Pause, Run, Signal, Wait, each
from beside.run import LOCUSTFILE

Alike = Callable[..., None]

USER = """
from locust import HttpUser, User, constant, events, task


class A(User):
    wait_time = constant(0.1)

    @task
    def work(self):
        pass
"""
FAILING = USER.replace(
    "        pass",
    "        events.request.fire(request_type='X', name='n', response_time=1, response_length=0, exception=Exception('bad'), context={})",
)
SHAPE = (
    USER
    + """

from locust import LoadTestShape

class Shape(LoadTestShape):
    def tick(self):
        return (2, 10) if self.get_run_time() < 1 else None
"""
)
WEB = "--autostart --web-port {port} --web-host 127.0.0.1 "
STARTED = Wait("Starting web interface")
SPAWNED = Wait("All users spawned")

WEB_RUNS = [
    Run(id, line, {"locustfile.py": content}, steps=steps)
    for id, line, content, steps in (
        ("autostart and autoquit", WEB + "--autoquit 0 -t 1", USER, ()),
        ("autoquit later", WEB + "--autoquit 1 -t 1 -u 2 -r 2", USER, ()),
        ("autostart with failures", WEB + "--autoquit 0 -t 1", FAILING, ()),
        ("autostart with failures as 0", WEB + "--autoquit 0 -t 1 --exit-code-on-error 0", FAILING, ()),
        ("autostart with print stats", WEB + "--autoquit 0 -t 1 --print-stats", USER, ()),
        ("autostart, only summary", WEB + "--autoquit 0 -t 1 --only-summary", USER, ()),
        ("autostart with json", WEB + "--autoquit 0 -t 1 --json", USER, ()),
        ("autostart, interrupt", WEB, USER, (SPAWNED, Signal(signal.SIGINT))),
        ("autostart, terminate", WEB, USER, (SPAWNED, Signal(signal.SIGTERM))),
        ("autostart with a time, interrupt", WEB + "-t 30", USER, (SPAWNED, Signal(signal.SIGINT))),
        ("autostart a shape", WEB + "--autoquit 0", SHAPE, ()),
        ("autostart a shape and options", WEB + "--autoquit 0 -u 3 -t 1", SHAPE, ()),
        ("autostart without host", WEB + "--autoquit 0 -t 1", LOCUSTFILE, ()),
        ("waiting, interrupt", "--web-port {port} --web-host 127.0.0.1", USER, (STARTED, Pause(), Signal(signal.SIGINT))),
        ("waiting, terminate", "--web-port {port} --web-host 127.0.0.1", USER, (STARTED, Pause(), Signal(signal.SIGTERM))),
        ("waiting with options", "--web-port {port} --web-host 127.0.0.1 -u 5 -r 2 -t 10", USER, (STARTED, Pause(), Signal(signal.SIGINT))),
        ("a base path", WEB + "--autoquit 0 -t 1 --web-base-path /load", USER, ()),
        ("a base path without a slash", WEB + "--autoquit 0 -t 1 --web-base-path load", USER, ()),
        ("a class picker", WEB + "--autoquit 0 -t 1 --class-picker", USER, ()),
        ("a class picker with classes", WEB + "--autoquit 0 -t 1 --class-picker A", USER, ()),
        ("a display name", "--autostart --web-port {port} --autoquit 0 -t 1 --web-host-display-name shown.example", USER, ()),
        ("a display name that a host hides", WEB + "--autoquit 0 -t 1 --web-host-display-name shown.example", USER, ()),
        ("headful", WEB + "--autoquit 0 -t 1 --headless --headful", USER, ()),
        ("autoquit alone", "--autoquit 1 --web-port {port}", USER, ()),
        ("a certificate alone", WEB + "--autoquit 0 -t 1 --tls-cert none.pem", USER, ()),
        ("exit code in test_stop", WEB + "--autoquit 0 -t 1", USER + "\n@events.test_stop.add_listener\ndef stop(environment, **_):\n    environment.process_exit_code = 9\n", ()),
        ("quit in test_stop", WEB + "-t 1", USER + "\n@events.test_stop.add_listener\ndef stop(environment, **_):\n    import gevent\n    gevent.spawn(environment.runner.quit)\n", (Wait("--autoquit not"), Signal(signal.SIGINT))),
        ("a listener of init sees the UI", WEB + "--autoquit 0 -t 1", USER + "\n@events.init.add_listener\ndef init(environment, web_ui, **_):\n    print(type(web_ui).__name__, web_ui is environment.web_ui, web_ui.app is not None)\n", ()),
    )
]  # fmt: skip

FLEET_RUNS = [
    Run(id, line, {"locustfile.py": USER}, steps=steps, loose=True)
    for id, line, steps in (
        ("master and worker", "--master --worker", ()),
        ("master and processes", "--master --processes 2", ()),
        ("too few processes", "--processes -2", ()),
        ("no processes", "--processes 0 --headless -t 1", ()),
        ("a locustfile from nobody", "-f - --headless", ()),
        ("master without workers", "--master --headless --expect-workers 1 --expect-workers-max-wait 1 --master-bind-port {port}", ()),
        ("master without two workers", "--master --headless --expect-workers 2 --expect-workers-max-wait 2 -t 5 --master-bind-port {port}", ()),
        ("master, interrupt while waiting", "--master --headless --expect-workers 1 --master-bind-port {port}", (Wait("Waiting for workers"), Signal(signal.SIGINT))),
        ("master, terminate while waiting", "--master --headless --expect-workers 1 --master-bind-port {port}", (Wait("Waiting for workers"), Signal(signal.SIGTERM))),
        ("no workers expected", "--master --headless --expect-workers 0 --master-bind-port {port}", ()),
        ("slave", "--slave", ()),
        ("expect slaves", "--master --expect-slaves 2", ()),
    )
]  # fmt: skip

MAIN = (
    USER
    + "\nif __name__ == '__main__':\n    import sys\n    from locust.main import main\n    sys.argv = ['locust', '-f', __file__, '--headless', '-t', '1', '--only-summary']\n    main()\n"
)
PROGRAMS = [
    Run(id, line, {"locustfile.py": USER, "program.py": program}, is_script=True)
    for id, line, program in (
        ("python -m locust", "-m locust --headless -t 1 --only-summary", ""),
        ("python -m locust --version", "-m locust -V", ""),
        ("python -m locust --list", "-m locust --list", ""),
        ("main()", "program.py", MAIN),
        ("main() that fails", "program.py", MAIN.replace("        pass", "        1 / 0").replace("constant(0.1)", "constant(3)")),
        ("main() with an exit caught", "program.py", MAIN.replace("    main()\n", "    try:\n        main()\n    except SystemExit as end:\n        print('code', end.code)\n")),
        ("main() with a bad option", "program.py", MAIN.replace("'--headless'", "'--nonsense'")),
        ("a subprocess", "program.py", "import subprocess, sys\ndone = subprocess.run([sys.executable, '-m', 'locust', '--list'], capture_output=True, text=True)\nprint(done.returncode, done.stdout)\n"),
        ("create_environment", "program.py", USER + "\nfrom locust.argument_parser import get_parser\nfrom locust.main import create_environment\noptions = get_parser().parse_args(['-s', '3', '-H', 'http://x', '--reset-stats', '--profile', 'p'])\nenvironment = create_environment([A], options, events=events)\nprint(environment.stop_timeout, environment.host, environment.reset_stats, environment.profile, environment.user_classes, environment.events is events)\n"),
        ("load_locustfile", "program.py", "from locust.util.load_locustfile import load_locustfile\nfound = load_locustfile('locustfile.py')\nprint(sorted(found[0]), found[-1])\n"),
        ("setup_logging", "program.py", "import logging\nfrom locust.log import setup_logging\nsetup_logging('INFO', 'my.log')\nlogging.info('hello')\nlogging.getLogger('locust.x').debug('no')\nprint(len(open('my.log').read().splitlines()))\n"),
        ("gevent first", "program.py", "from gevent import monkey\nmonkey.patch_all()\nimport requests\nimport locust\nimport threading, socket, ssl\nprint(monkey.is_module_patched('socket'), monkey.is_module_patched('ssl'), monkey.is_module_patched('threading'))\n"),
        ("patched by import", "program.py", "import locust\nfrom gevent import monkey\nprint([name for name in ('socket', 'ssl', 'threading', 'time', 'subprocess', 'queue', 'select', 'signal', 'os') if monkey.is_module_patched(name)])\n"),
    )
]  # fmt: skip


@each(WEB_RUNS)
def test_a_run_with_the_web_ui_looks_the_same(run: Run, alike: Alike) -> None:
    alike(run)


@each(FLEET_RUNS)
def test_a_fleet_of_one_ends_alike(run: Run, alike: Alike) -> None:
    alike(run)


@each(PROGRAMS)
def test_a_program_uses_locust_alike(run: Run, alike: Alike) -> None:
    alike(run)
