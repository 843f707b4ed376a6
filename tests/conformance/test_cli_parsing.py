"""Options, environment and configuration files become the same options as upstream's, and the same errors."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from beside import Comparison, probe

Answers = tuple[Mapping[str, Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Question:
    """One case for probes/parsing.py."""

    id: str
    line: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    added: tuple[tuple[list[str], dict[str, Any]], ...] = ()
    ask: str = "parsed"

    def as_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "arguments": shlex.split(self.line)}


def lines(*texts: str, ask: str = "parsed") -> list[Question]:
    """Cases that are no more than a command line."""
    return [Question(text or "nothing", text, ask=ask) for text in texts]


def variable(name: str, *values: str) -> list[Question]:
    """Cases with one environment variable each."""
    return [Question(f"{name}={value}", environment={name: value}) for value in values]


def conf(*contents: str, name: str = "locust.conf", line: str = "") -> list[Question]:
    """Cases with one configuration file each."""
    return [Question(repr(content)[1:-1], line, {name: content}) for content in contents]


def toml(*keys: str) -> list[Question]:
    """Cases with one key of pyproject.toml each."""
    return [Question(key.replace("\n", "; "), files={"pyproject.toml": f"[tool.locust]\n{key}\n"}) for key in keys]


# Every option of 2.47, in each of its spellings.
GOOD_LINES = lines(
    "",
    "-f a.py", "--locustfile a.py,b.py", "-H http://x", "--host http://x", "-u 5", "--users 5", "-r 0.5",
    "--spawn-rate 3", "-t 20", "--run-time 1h20m", "-t 3h30m10s", "-l", "--list", "--web-host 1.2.3.4", "--web-host *",
    "--web-host-display-name x", "--web-port 1", "-P 2", "--headless", "--headful", "--autostart", "--autoquit 3",
    "--autoquit -1", "--web-login", "--tls-cert a --tls-key b", "--class-picker", "--build-path p",
    "--web-base-path /x", "--master", "--master-bind-host h", "--master-bind-port 1", "--expect-workers 2",
    "--expect-workers-max-wait 3", "--enable-rebalancing", "--worker", "--processes 2", "--processes -1",
    "--master-host h", "--master-port 9", "-T a b", "--tags a", "--tags", "-E a b", "--exclude-tags a", "--csv p",
    "--csv p --csv-full-history", "--print-stats", "--only-summary", "--reset-stats", "--html f", "--json",
    "--json-file f", "--skip-log-setup", "--loglevel debug", "-L WARNING", "--logfile f", "--show-task-ratio",
    "--show-task-ratio-json", "--exit-code-on-error 0", "-s 10", "--stop-timeout 1m", "--stop-timeout 99",
    "--equal-weights", "--profile p", "--otel", "A B", "--headless A B", "-u 1 -- A", "-T a -- A B",
    """--config-users '{"user_class_name": "A", "x": 1}'""",
    """--config-users '[{"user_class_name": "A"}, {"user_class_name": "B"}]' '{"user_class_name": "C"}'""",
)  # fmt: skip

# Joined, repeated, mixed, given twice; prefixes that are enough.
SPELLINGS = lines(
    "-u5", "-u=5", "--users=5", "-Hhttp://x", "--host=http://x", "-lu 5", "-t5m", "-s5", "-Ldebug", "-Ta", "-fa.py",
    "-u 1 -u 2", "--headless --headful", "--tags a --tags b", "-T a -E b", "--web-port 1 -P 2", "-u 0", "-u +5",
    "-u ' 5'", "-r 1e2", "-r .5", "-r 1_000", "-t '1m 30s'", "-t 1m30", "-t 0", "-s 0", "-t 1H", "-t 10S",
    "--run 5", "--user 5", "--spawn 5", "--skip-log", "--only", "--equal", "--exit 0", "--stop 5", "--locust a.py",
    "--hos x", "--class", "--csv-full --csv p", "--json-f x", "--html-x y", "--logl info", "--logf x", "--print",
    "--reset", "--show-task-ratio-j", "--otel", "--profi x", "--proc 2", "--enable", "--autos", "--autoq 1",
    "--headl", "--headf", "--web-login", "--web-b /x", "--web-host-d x", "--tls-c x", "--master-bind-p 1", "--config-u",
    "--exclude a",
    "A --headless B", "A -u 1", "-u 1 A -r 1", "A A", "--", "-- --headless",
)  # fmt: skip

AMBIGUOUS = lines(
    "--web x", "--mast", "--master-b x", "--lo x", "--log x", "--s 1", "--h", "--he", "--au", "--tls x", "--exp 1",
    "--show", "--csv-", "--js", "--master-", "--c x", "--pr x", "--re", "--l x", "--con x", "--hea", "--w",
)  # fmt: skip

BAD_VALUES = lines(
    "-u x", "-u 1.5", "-u", "-u ''", "-u -3", "-u nan", "-u 1e3", "-r 0", "-r -1", "-r x", "-r nan", "-r inf",
    "-r -inf",
    "-r", "-r ''", "-t x", "-t 1d", "-t -5", "-t 1.5h", "-t ''", "-t", "-t 5x", "-t nan", "-s x", "-s -1", "-s 1.5",
    "-s ''", "-s nan", "--web-port x", "-P ''", "-P 1.5", "--autoquit x", "--autoquit 1.5", "--master-bind-port x",
    "--master-port x", "--expect-workers 0", "--expect-workers -2", "--expect-workers x", "--expect-workers 1.5",
    "--expect-workers-max-wait x", "--processes x", "--processes 1.5", "--exit-code-on-error x",
    "--exit-code-on-error 1.5", "-L nonsense", "--loglevel ''", "--loglevel", "--csv-full-history", "--csv", "--html",
    "--json-file", "--logfile", "--host", "-f", "--config", "--profile", "--web-host", "--tls-cert", "--build-path",
    "--config-users nonsense", "--config-users '{}'", "--config-users '[{}]'", "--config-users '[1]'",
    "--config-users none.json", "--config-users '{\"user_class_name\": \"A\"'", "--config-users ''",
    "--headless=1", "--list=1", "--web-auth a:b", "--legacy-ui", "--slave", "--expect-slaves 2", "--expect-slaves",
    "--config none.conf",
)  # fmt: skip

# Not options at all, with and without one that is meant.
UNKNOWN = lines(
    "--worker-index 1", "--cloud", "--modern-ui", "--hatch-rate 5", "--hedless", "--user-s 5", "--spwan-rate 5",
    "--run-tim 5 --runtime 6", "--runtime 6", "--no-web", "-c 5", "-x", "--x", "--print-stat-s", "--skip-log-set-up",
    "--num-users 5", "--csv-prefix p", "--step-load", "--master-bind", "--only-summary-x", "--stop-timout 5", "-n 3",
    "--exclude_tags a", "--spawn_rate 1", "--HEADLESS", "--Users 5", "---users 5", "-uu 5", "--hedless --spwan-rate 5",
    "--tag-s a", "--web-portt 3", "--logfil --bogus",
)  # fmt: skip

BOOLEANS = [
    "HEADLESS", "HEADFUL", "AUTOSTART", "WEB_LOGIN", "USERCLASS_PICKER", "MODE_MASTER", "MODE_WORKER",
    "CSV_FULL_HISTORY", "PRINT_STATS", "ONLY_SUMMARY", "RESET_STATS", "SKIP_LOG_SETUP", "ENABLE_OPENTELEMETRY",
    "LEGACY_UI",
]  # fmt: skip
TEXTS = [
    "LOCUSTFILE", "HOST", "WEB_HOST", "WEB_HOST_DISPLAY_NAME", "WEB_AUTH", "TLS_CERT", "TLS_KEY", "BUILD_PATH",
    "WEB_BASE_PATH", "MASTER_BIND_HOST", "MASTER_NODE_HOST", "CSV", "HTML", "LOGFILE", "TAGS", "EXCLUDE_TAGS",
    "USER_CLASSES", "LOGLEVEL",
]  # fmt: skip
NUMBERS = [
    "USERS", "SPAWN_RATE", "RUN_TIME", "WEB_PORT", "AUTOQUIT", "MASTER_BIND_PORT", "MASTER_NODE_PORT",
    "EXPECT_WORKERS", "EXPECT_WORKERS_MAX_WAIT", "PROCESSES", "EXIT_CODE_ON_ERROR", "STOP_TIMEOUT",
]  # fmt: skip
VARIABLES = [
    *(case for name in BOOLEANS for case in variable(f"LOCUST_{name}", "true", "0", "maybe")),
    *(case for name in TEXTS for case in variable(f"LOCUST_{name}", "warning", "")),
    *(case for name in NUMBERS for case in variable(f"LOCUST_{name}", "7", "x", "")),
    *variable("LOCUST_HEADLESS", "yes", "on", "1", "no", "off", "false", "TRUE", "True", "", "2", "y"),
    *variable("LOCUST_TAGS", "a b", "[a, b]", "[a]", "a,b", "[]", "['a', 'b']"),
    *variable("LOCUST_EXCLUDE_TAGS", "a b", "[a, b]"),
    *variable("LOCUST_USER_CLASSES", "A B", " A  B ", "[A, B]"),
    *variable("LOCUST_CONFIG_USERS", '{"user_class_name": "A"}', '[{"user_class_name": "A"}]', "x"),
    *variable("LOCUST_RUN_TIME", "1h", "1d", "-1"),
    *variable("LOCUST_SPAWN_RATE", "0", "nan", "0.5"),
    *variable("LOCUST_NONSENSE", "1"),
    *variable("LOCUST_PROFILE", "p"),
    *variable("LOCUST_JSON", "true"),
    *variable("LOCUST_CONFIG", "x.conf"),
    *variable("LOCUST_LIST", "true"),
    *variable("LOCUST_EQUAL_WEIGHTS", "true"),
    *variable("LOCUST_ENABLE_REBALANCING", "true"),
    *variable("LOCUST_SHOW_TASK_RATIO", "true"),
]  # fmt: skip

# Keys of files: every option, letters; how values are written.
KEYS = conf(
    "locustfile = a.py", "f = a.py", "host = http://x", "H = http://x", "users = 5", "u 5", "u: 5", "users 5",
    "spawn-rate = 2", "r = 2", "run-time = 1m", "t = 1m", "list", "l", "list = true", "headless", "headless = true",
    "headless = false", "headless = yes", "headless = 1", "headless true", "headful", "autostart = true",
    "autoquit = 3", "web-host = h", "web-port = 1", "P = 1", "web-login", "tls-cert = c", "tls-key = k",
    "class-picker", "build-path = b", "web-base-path = /x", "web-host-display-name = d", "master", "master = true",
    "master-bind-host = h", "master-bind-port = 1", "expect-workers = 3", "expect-workers-max-wait = 3",
    "enable-rebalancing = true", "worker", "processes = 2", "master-host = h", "master-port = 1", "tags = a",
    "tags = [a, b]", "tags a b", "tags = a b", "T = [a]", "E = [a]", "exclude-tags = [a, b]", "csv = p",
    "csv = p\ncsv-full-history", "print-stats", "only-summary", "reset-stats", "html = f", "json", "json-file = f",
    "skip-log-setup", "loglevel = DEBUG", "L = debug", "logfile = f", "show-task-ratio", "show-task-ratio-json",
    "exit-code-on-error = 3", "stop-timeout = 3", "s = 3", "equal-weights", "profile = p", "otel",
    'config-users = {"user_class_name": "A"}', "web-auth = a:b", "legacy-ui", "slave", "help", "version",
    "config = other.conf",
)  # fmt: skip

FORMS = conf(
    "# comment\nusers = 5", "users = 5 # five", "; comment\nusers = 5", "users=5", "users   =   5", "users: 5",
    "users\t5", "  users = 5", "users = '5'", 'users = "5"', "--users = 5", "-u 5", "--users=5", "host = a = b",
    "host = http://x:80/y#z", "host = http://x # y", "[section]\nusers = 5", "---\nusers = 5", "\n\nusers = 5\n\n", "",
    "users = 5\nusers = 6", "users =", "users", "host =", "tags =", "tags", "num-users = 5", "num_users = 5",
    "spawn_rate = 5", "csv-prefix = p", "csv_prefix = p", "nonsense = 1", "nonsense", "user = 5", "headles",
    "user-classes = A", "user_classes = A", "hatch-rate = 5", "run-time = x", "users = x", "headless = maybe",
    "users = 5\r\nspawn-rate = 2\r\n", "= 5", "users == 5", "list_commands = true", "stats_history_enabled",
    "json_file = x", "json-file", "tags = [a, b", "tags = []", "users = [1, 2]", "users = [1]", "\ufeffusers = 5",
)  # fmt: skip

TOML = toml(
    "users = 5", 'users = "5"', "u = 5", "spawn-rate = 0.5", "headless = true", "headless = false", 'tags = ["a", "b"]',
    "tags = []", 'tags = "a"', "headless = 1", "run-time = 60", 'run-time = "1m"', "num-users = 5", "num_users = 5",
    "nonsense = 1", "users = [1, 2]", "users = 1.5", "users = inf", "spawn-rate = nan", "spawn_rate = 2",
    'host = "http://x"', 'config-users = ["{\\"user_class_name\\": \\"A\\"}"]', "loglevel = 'debug'",
    "users = 5\n[tool.locust.more]\nx = 1", "host = 2020-01-01", 'user_classes = ["A"]', 'user-classes = ["A"]',
    "users =", "users = 5\nusers = 6", "csv-full-history = true", "exit-code-on-error = 0", 'processes = -1',
)  # fmt: skip

HOME, HERE, PYPROJECT, GIVEN = ".locust.conf", "locust.conf", "pyproject.toml", "given.conf"
TABLE = "[tool.locust]\n"
SOURCES: dict[str, Any] = {
    "home": ({HOME: "users = 1\n"}, {}, ""),
    "here": ({HERE: "users = 2\n"}, {}, ""),
    "pyproject": ({PYPROJECT: f"{TABLE}users = 3\n"}, {}, ""),
    "given": ({GIVEN: "users = 4\n"}, {}, "--config given.conf "),
    "environment": ({}, {"LOCUST_USERS": "5"}, ""),
    "line": ({}, {}, "-u 6 "),
}


def precedence() -> list[Question]:
    """Each two sources that say the same, and all of them."""
    names = list(SOURCES)
    sets = [(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]
    sets += [tuple(names[:count]) for count in range(3, len(names) + 1)]
    questions = []
    for chosen in sets:
        files: dict[str, str] = {}
        environment: dict[str, str] = {}
        line = ""
        for name in chosen:
            files |= SOURCES[name][0]
            environment |= SOURCES[name][1]
            line += SOURCES[name][2]
        questions.append(Question("+".join(chosen), line, files, environment))
    return questions


CONFIG_FILES = [
    *precedence(),
    Question("toml given", "--config a.toml", {"a.toml": f"{TABLE}users = 4\n"}),
    Question("toml given without a table", "--config a.toml", {"a.toml": "users = 4\n"}),
    Question("toml given that is none", "--config a.toml", {"a.toml": "users 4\n"}),
    Question("another suffix is ini", "--config a.txt", {"a.txt": "users = 4\n"}),
    Question("a conf with toml in it", "--config a.conf", {"a.conf": f"{TABLE}users = 4\n"}),
    Question("no such file", "--config none.conf"),
    Question("a directory", "--config d", {"d/x": ""}),
    Question("config twice", "--config a.conf --config b.conf", {"a.conf": "users = 1", "b.conf": "users = 2"}),
    Question("config and =", "--config=a.conf", {"a.conf": "users = 1"}),
    Question("a bad pyproject", "", {PYPROJECT: "users 4\n"}),
    Question("a pyproject of others", "", {PYPROJECT: "[tool.ruff]\nline-length = 3\n"}),
    Question("no table", "", {PYPROJECT: "[tool]\nlocust = 3\n"}),
    Question("lists are not joined", "-T c", {HERE: "tags = [a]", HOME: "tags = [b]"}),
    Question("a flag is taken back by a file", "", {HOME: "headless = true", HERE: "headless = false"}),
    Question("a flag is taken back by the environment", "", {HERE: "headless = true"}, {"LOCUST_HEADLESS": "false"}),
    Question("headful in a file", "", {HERE: "headless = true\nheadful = true"}),
    Question("the letter and the word", "", {HERE: "u = 1\nusers = 2"}),
    Question("the letter in one, the word in the next", "", {HOME: "u = 1", HERE: "users = 2"}),
    Question("the word in one, the letter in the next", "", {HOME: "users = 1", HERE: "u = 2"}),
    Question("the letter on the line", "-u 3", {HERE: "users = 2"}),
    Question("csv history in a file", "--csv x", {HERE: "csv-full-history"}),
    Question("csv history without csv", "", {HERE: "csv-full-history"}),
    Question("classes after a file's tags", "A B", {HERE: "tags = [a]"}),
    Question("classes after a file's flag", "A", {HERE: "headless"}),
    Question("classes of both", "A", {}, {"LOCUST_USER_CLASSES": "B C"}),
    Question("two problems", "--bogus", {HERE: "nonsense = 1"}),
    Question("an unknown key of home", "", {HOME: "nonsense = 1"}),
    Question("bad values of two", "-u x", {HERE: "spawn-rate = x"}),
    Question("environment bad, line good", "-u 1", {}, {"LOCUST_USERS": "x"}),
    Question("file bad, line good", "-u 1", {HERE: "users = x"}),
]

MY = (["--my-argument"], {"default": "x", "help": "mine"})
ADDED = [
    Question("default", "", added=(MY,)),
    Question("given", "--my-argument y", added=(MY,)),
    Question("prefix", "--my y", added=(MY,)),
    Question("in a file", "", {HERE: "my-argument = z"}, added=(MY,)),
    Question("in a table", "", {PYPROJECT: f"{TABLE}my-argument = 5\n"}, added=(MY,)),
    Question("by environment", environment={"MINE": "e"}, added=((["--mine"], {"env_var": "MINE", "default": ""}),)),
    Question("by environment, unset", added=((["--mine"], {"env_var": "MINE", "default": "d"}),)),
    Question("number", "--n 5", added=((["--n"], {"type": "int", "default": 1}),)),
    Question("bad number", "--n x", added=((["--n"], {"type": "int", "default": 1}),)),
    Question("choice", "--c a", added=((["--c"], {"choices": ["a", "b"], "default": "b"}),)),
    Question("bad choice", "--c z", added=((["--c"], {"choices": ["a", "b"], "default": "b"}),)),
    Question("flag", "--flag", added=((["--flag"], {"action": "store_true"}),)),
    Question("required", "", added=((["--must"], {"required": True}),)),
    Question("multiple", "--m a b", added=((["--m"], {"nargs": "*", "choices": ["a", "b"], "is_multiple": True}),)),
    Question("taken", "", added=((["--users"], {"default": 1}),)),
    Question("near", "--my-argumend y", added=(MY,)),
    Question("dest", "--a-b 1", added=((["--a-b"], {"dest": "other"}),)),
    Question("letter", "-z 1", added=((["-z", "--zet"], {"default": ""}),)),
]
FORM = [
    dataclasses.replace(question, ask="form")
    for question in [
        *ADDED,
        Question("hidden", "", added=((["--h1"], {"include_in_web_ui": False, "default": "x"}),)),
        Question("secret", "", added=((["--s1"], {"is_secret": True, "default": "x", "help": "a secret"}),)),
        Question("must", "", added=((["--r1"], {"is_required": True, "default": "x"}),)),
        Question("suppressed", "", added=((["--s2"], {"help": "==SUPPRESS==", "default": "x"}),)),
        Question("no default", "", added=((["--d1"], {}),)),
        Question("number default", "", added=((["--d2"], {"type": "int", "default": 3}),)),
        Question("list", "", added=((["--m1"], {"choices": ["a", "b"], "default": ["a"], "is_multiple": True}),)),
        Question("all marks", "--q 1", added=((["--q"], {"is_secret": True, "is_required": True}),)),
        Question("two", "", added=(MY, (["--second"], {"default": "s"}))),
        Question("own options do not show", "-u 5 --host http://x --profile p"),
        Question("positional", "a", added=((["words"], {"nargs": "*"}),)),
    ]
]

EARLY = [
    *lines(
        "", "-f a.py", "--locustfile a.py", "-h", "--help", "-fa.py", "-f a.py -f b.py", "--worker -f -", "--master",
        "--worker --master-host h --master-port 1", "--worker --bogus", "-u 5 -f a.py", "--locust a.py", "-lf a.py",
        "A B", "-f", "--master-port x", "--worker --master-p 1", "--config x", "-V", "--version", "-hf a.py",
        "--headless -f a.py", "--help -f a.py", "--conf x.conf", "--workers", "--hel", "-T a -f b.py", "-f=a.py",
        ask="early",
    ),
    Question("a file", "", {HERE: "locustfile = a.py"}, ask="early"),
    Question("a file's letter", "", {HERE: "f = a.py"}, ask="early"),
    Question("a table", "", {PYPROJECT: f'{TABLE}locustfile = "a.py"\n'}, ask="early"),
    Question("a list in a table", "", {PYPROJECT: f'{TABLE}locustfile = ["a.py", "b.py"]\n'}, ask="early"),
    Question("given", "--config c.conf", {"c.conf": "locustfile = a.py"}, ask="early"),
    Question("environment", "", {}, {"LOCUST_LOCUSTFILE": "a.py"}, ask="early"),
    Question("worker by environment", "", {}, {"LOCUST_MODE_WORKER": "true"}, ask="early"),
    Question("master by a file", "", {HERE: "master = true"}, ask="early"),
    Question("other keys", "", {HERE: "users = 5\nnonsense = 1"}, ask="early"),
    Question("bad environment", "", {}, {"LOCUST_MODE_WORKER": "maybe"}, ask="early"),
    Question("host by environment", "", {}, {"LOCUST_MASTER_NODE_HOST": "h"}, ask="early"),
]  # fmt: skip

TREE = {
    "a.py": "", "b.py": "", "_c.py": "", "notes.txt": "", "d/e.py": "", "d/_f.py": "", "d/g/h.py": "",
    "empty/x.txt": "",
    "under/_only.py": "", "d/__init__.py": "", ".hidden/i.py": "", "d/.j.py": "",
}  # fmt: skip
PATHS = [
    Question(line, line, TREE, ask="paths")
    for line in (
        "a.py", "a.py b.py", "d", "d a.py", "none.py", "a", "notes.txt", "empty", "under", "_c.py", "d/e.py", "./a.py",
        "d/", "a.py a.py", "http://", "https://", ".", ".hidden", "''", "none", "d/../a.py", "http:///a.py",
    )
]  # fmt: skip

GROUPS: dict[str, list[Question]] = {
    "good": GOOD_LINES,
    "spelt": SPELLINGS,
    "ambiguous": AMBIGUOUS,
    "bad": BAD_VALUES,
    "unknown": UNKNOWN,
    "variable": VARIABLES,
    "key": KEYS,
    "form of a file": FORMS,
    "toml": TOML,
    "files": CONFIG_FILES,
    "added": ADDED,
    "web": FORM,
    "early": EARLY,
    "paths": PATHS,
}
CASES = {f"{group}: {question.id}": question for group, questions in GROUPS.items() for question in questions}


@pytest.fixture(scope="module")
def answers() -> Answers:
    return probe("parsing", {case: question.as_json() for case, question in CASES.items()})


@pytest.mark.parametrize("case", CASES)
def test_options_mean_the_same(case: str, answers: Answers, same: Comparison) -> None:
    theirs, ours = answers

    same(theirs[case], ours[case])
