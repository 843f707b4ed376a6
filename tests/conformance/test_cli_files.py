"""Where locustfiles and configuration come from: `-f`, configuration files, variables; and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable

from beside import Run, each

Alike = Callable[[Run], None]

QUIET = "--headless -t 1 --only-summary "


def user(name: str, more: str = "") -> str:
    """A locustfile with one class, which says where it comes from."""
    return f"""
from locust import User, constant, task
{more}

class {name}(User):
    wait_time = constant(0.1)

    @task
    def nothing(self):
        pass
"""


SHOW = """
import os, sys
from locust import events
print(__name__, os.path.basename(__file__), __name__ in sys.modules, sys.argv[1:] and sys.argv[1])
print(sys.path[0])


@events.init.add_listener
def show(environment, **_):
    print(environment.locustfile, [os.path.basename(path) for path in environment.parsed_locustfiles or []])
    print(environment.parsed_options.locustfile)
    print(sorted(environment.available_user_classes), sorted(environment.available_user_tasks))
"""

TREE = {
    "a.py": user("A"),
    "b.py": user("B"),
    "locust.py": user("Named"),
    "locustfile.py": user("Usual"),
    "with space.py": user("Spaced"),
    "dashed-name.py": user("Dashed"),
    "d/c.py": user("C"),
    "d/_helper.py": user("Hidden"),
    "d/e/f.py": user("F"),
    "same/a.py": user("A"),
    "empty/readme.txt": "",
    "text.txt": user("T"),
    "noext": user("N"),
    "show.py": user("Shown", SHOW),
    "d/show.py": user("Shown", SHOW),
    "uses_b.py": user("Uses", "from b import B"),
    "d/uses_c.py": user("Uses", "from c import C"),
    "d/uses_b.py": user("Uses", "from b import B"),
    "relative.py": user("Relative", "from .b import B"),
    "d/__init__.py": "",
    "d/uses_package.py": user("Uses", "from d.c import C"),
}

FILES = [
    Run(line or "nothing", f"{QUIET}{line}", TREE, loose=True)
    for line in (
        "", "-f a.py", "-f a.py,b.py", "-f b.py,a.py", "-f a.py,a.py", "-f a.py,same/a.py", "-f d", "-f d/", "-f d,a.py",
        "-f empty", "-f none.py", "-f none", "-f a", "-f text.txt", "-f noext", "-f a.py,none.py", "-f ''", "-f ,",
        "-f a.py,", "-f 'a.py, b.py'", "-f locust.py", "-f 'with space.py'", "-f dashed-name.py", "-f {folder}/a.py",
        "-f ./a.py", "-f d/../a.py", "-f show.py", "-f d/show.py", "-f show.py,a.py", "-f uses_b.py", "-f d/uses_c.py",
        "-f d/uses_b.py", "-f relative.py", "-f d/uses_package.py", "-f d/_helper.py", "-f -", "-f a.py -f b.py",
        "-f a.py A", "-f a.py,b.py B", "-f a.py B", "-f d C F", "-f {file:user.py}", "-f {file:none.py}",
        "-f {file:page.html}", "-f {file:user.py},a.py", "-f http://", "-f http://127.0.0.1:1/a.py", "-f a.py --list",
        "-f a.py,b.py --list", "-f d --list",
    )
]  # fmt: skip

CONTENTS = [
    Run(id, f"{QUIET}{line}", {"locustfile.py": content})
    for id, line, content in (
        ("empty", "", ""),
        ("empty, listed", "--list", ""),
        ("only imports", "", "from locust import HttpUser, User, FastHttpUser\n"),
        ("a syntax error", "", "def x(:\n"),
        ("an indentation error", "", "if 1:\nx = 1\n"),
        ("a missing module", "", "import there_is_no_such_module\n"),
        ("a missing name", "", "from locust import HttpLocust, TaskSet\n"),
        ("another missing name", "", "from locust import NoSuchName\n"),
        ("an old name", "", "from locust import Locust\n\nclass A(Locust):\n    pass\n"),
        ("an exception", "", "1 / 0\n"),
        ("an exception with an exception", "", "try:\n    1 / 0\nexcept Exception:\n    raise KeyError('x')\n"),
        ("an exit", "", "import sys\nsys.exit(7)\n"),
        ("an exit without a code", "", "import sys\nsys.exit()\n"),
        ("an exit with a text", "", "raise SystemExit('no')\n"),
        ("an interrupt", "", "raise KeyboardInterrupt\n"),
        ("an assertion", "", "assert False, 'never'\n"),
        ("an exception of a function", "", "def f():\n    raise ValueError('deep')\n\nf()\n"),
        ("an abstract class only", "", user("A") + "    abstract = True\n"),
        ("an abstract base", "", user("Base") + "    abstract = True\n\nclass A(Base):\n    pass\n"),
        ("a base that runs too", "", user("Base") + "\nclass A(Base):\n    pass\n"),
        ("two of one name", "", user("A") + user("A")),
        ("a class by another name", "", user("A") + "\nB = A\n"),
        ("a class of a function", "", user("A") + "\ndef f():\n    class Inner(A):\n        pass\n    return Inner\n\nX = f()\n"),
        ("a class without tasks", "", "from locust import User, constant\n\nclass A(User):\n    wait_time = constant(3)\n"),
        ("an underscore", "", user("_A")),
        ("a private and a public", "", user("_A") + user("B")),
        ("lower case", "", user("lower")),
        ("prints", "", "print('hello')\n" + user("A")),
        ("prints to stderr", "", "import sys\nprint('hello', file=sys.stderr)\n" + user("A")),
        ("logs", "", "import logging\nlogging.warning('early')\nlogging.getLogger('mine').error('mine')\n" + user("A")),
        ("logs later", "", user("A", "import logging\nfrom locust import events\n@events.init.add_listener\ndef f(**_):\n    logging.info('info of init')\n    logging.debug('debug')\n")),
        ("basicConfig", "", "import logging\nlogging.basicConfig(level=logging.DEBUG)\n" + user("A")),
        ("main guard", "", user("A") + "\nif __name__ == '__main__':\n    print('as main')\n"),
        ("a warning", "", "import warnings\nwarnings.warn('careful')\n" + user("A")),
        ("unicode", "", "# -*- coding: utf-8 -*-\nprint('grüße 你好')\n" + user("A")),
        ("windows lines", "", user("A").replace("\n", "\r\n")),
        ("a byte order mark", "", "\ufeff" + user("A")),
        ("dataclasses", "", "from __future__ import annotations\nfrom dataclasses import dataclass\n\n@dataclass\nclass Row:\n    x: int\n" + user("A")),
        ("pickle", "", "import pickle\n\nclass Row:\n    pass\n\npickle.loads(pickle.dumps(Row()))\n" + user("A")),
        ("weight zero", "", user("A") + "    weight = 0\n"),
        ("weight zero and another", "", user("A") + "    weight = 0\n" + user("B")),
        ("a fractional weight", "-u 3 -r 3", user("A") + "    weight = 0.5\n" + user("B")),
        ("a host", "", user("A") + "    host = 'http://x'\n"),
        ("a threading lock", "", "import threading\nlock = threading.Lock()\n" + user("A")),
        ("asyncio", "", "import asyncio\nprint(asyncio.run(asyncio.sleep(0, 'slept')))\n" + user("A")),
        ("subprocess", "", "import subprocess\nprint(subprocess.run(['echo', 'hi'], capture_output=True).stdout)\n" + user("A")),
    )
]  # fmt: skip

PRINTS = """
from locust import events

@events.init.add_listener
def show(environment, **_):
    options = environment.parsed_options
    print(options.num_users, options.spawn_rate, options.run_time, options.tags, options.host, options.loglevel)
"""
CUSTOM = """
from locust import events

@events.init_command_line_parser.add_listener
def add(parser):
    parser.add_argument("--my-argument", env_var="MY_ARGUMENT", default="default", help="mine")
    parser.add_argument("--my-number", type=int, default=3)
    parser.add_argument("--my-flag", action="store_true")
    parser.add_argument("--my-choice", choices=["one", "two"], default="one")
    parser.add_argument("--my-secret", is_secret=True, default="hush")
    parser.add_argument("--my-hidden", include_in_web_ui=False, default="hidden")
    parser.add_argument("--my-list", nargs="*", is_multiple=True, choices=["x", "y"], default=["x"])
    group = parser.add_argument_group("my group", "described")
    group.add_argument("--grouped", "-z", metavar="<z>", help="of a group")

@events.test_start.add_listener
def show(environment, **_):
    options = environment.parsed_options
    print({name: value for name, value in sorted(vars(options).items()) if name.startswith(("my", "grouped"))})
"""
CONFIG = [
    Run(id, line, {"locustfile.py": user("A", PRINTS), "other.py": user("Other"), **files}, environment, loose=True)
    for id, line, files, environment in (
        ("everything in locust.conf", "", {"locust.conf": "headless\nrun-time = 1\nusers = 2\nspawn-rate = 2\nonly-summary\n"}, {}),
        ("everything in pyproject", "", {"pyproject.toml": "[tool.locust]\nheadless = true\nrun-time = 1\nusers = 2\nonly-summary = true\n"}, {}),
        ("everything at home", "", {".locust.conf": "headless\nrun-time = 1\nusers = 2\nonly-summary\n"}, {}),
        ("given", "--config my.conf", {"my.conf": "headless = true\nrun-time = 1s\nonly-summary = true\n"}, {}),
        ("given as toml", "--config my.toml", {"my.toml": "[tool.locust]\nheadless = true\nrun-time = '1s'\nonly-summary = true\n"}, {}),
        ("given over all", "--config my.conf " + QUIET, {"my.conf": "users = 3", "locust.conf": "users = 2", "pyproject.toml": "[tool.locust]\nusers = 4\n"}, {}),
        ("the line over all", QUIET + "-u 1 -r 5", {"locust.conf": "users = 2\nspawn-rate = 2"}, {"LOCUST_USERS": "3"}),
        ("the environment over files", QUIET, {"locust.conf": "users = 2\nspawn-rate = 2"}, {"LOCUST_USERS": "3"}),
        ("a locustfile", QUIET, {"locust.conf": "locustfile = other.py"}, {}),
        ("a locustfile, and one on the line", QUIET + "-f locustfile.py", {"locust.conf": "locustfile = other.py"}, {}),
        ("a locustfile of the environment", QUIET, {"locust.conf": "locustfile = none.py"}, {"LOCUST_LOCUSTFILE": "other.py"}),
        ("an unknown key", QUIET, {"locust.conf": "nonsense = 1"}, {}),
        ("an unknown key in a table", QUIET, {"pyproject.toml": "[tool.locust]\nnonsense = 1\n"}, {}),
        ("a bad value", QUIET, {"locust.conf": "users = x"}, {}),
        ("a broken table", QUIET, {"pyproject.toml": "[tool.locust]\nusers 5\n"}, {}),
        ("no file", QUIET + "--config none.conf", {}, {}),
        ("tags", QUIET, {"locust.conf": "tags = [a, b]"}, {}),
        ("a level", QUIET, {"locust.conf": "loglevel = error"}, {}),
        ("classes at the end", QUIET + "A", {"locust.conf": "tags = [a]"}, {}),
        ("classes at the end that are none", QUIET + "B", {"locust.conf": "users = 2"}, {}),
        ("comments", QUIET, {"locust.conf": "# a comment\n\nusers = 2  # two\n; another\nspawn-rate: 2\n"}, {}),
        ("list in a file", "", {"locust.conf": "list"}, {}),
        ("a custom option in a file", QUIET, {"locustfile.py": user("A", CUSTOM), "locust.conf": "my-argument = conf"}, {}),
        ("a custom option in a table", QUIET, {"locustfile.py": user("A", CUSTOM), "pyproject.toml": "[tool.locust]\nmy-argument = 'toml'\n"}, {}),
        ("a custom option in the environment", QUIET, {"locustfile.py": user("A", CUSTOM)}, {"MY_ARGUMENT": "env"}),
    )
]  # fmt: skip

CUSTOM_OPTIONS = [
    Run(line or "defaults", f"{QUIET}{line}", {"locustfile.py": user("A", CUSTOM)})
    for line in (
        "", "--my-argument x", "--my-argument=x", "--my-a x", "--my-number 5", "--my-number x", "--my-flag",
        "--my-choice two", "--my-choice three", "--my-secret s", "--my-hidden h", "--my-list x y", "--my-list",
        "--my-list z", "--grouped 1", "-z 1", "-z1", "--my x", "--my-argument", "--my-argumentt x", "--my-flag A",
        "A --my-flag", "--my-argument '' --my-number 0", "--my-list x -- A",
    )
]  # fmt: skip


@each(FILES)
def test_a_locustfile_is_found_alike(run: Run, alike: Alike) -> None:
    alike(run)


@each(CONTENTS)
def test_a_locustfile_is_read_alike(run: Run, alike: Alike) -> None:
    alike(run)


@each(CONFIG)
def test_configuration_is_read_alike(run: Run, alike: Alike) -> None:
    alike(run)


@each(CUSTOM_OPTIONS)
def test_options_of_a_locustfile_mean_the_same(run: Run, alike: Alike) -> None:
    alike(run)
