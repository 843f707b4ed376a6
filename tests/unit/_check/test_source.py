"""The rules that read a locustfile's text."""

from __future__ import annotations

import textwrap

import pytest

from locust._check.source import check_source

HEAD = "from locust import HttpUser, FastHttpUser, TaskSet, task\n"


def rules_of(body: str, base: str = "FastHttpUser") -> list[str]:
    """Rules that a task with this body breaks."""
    code = f"class Shopper({base}):\n    @task\n    def buy(self, item):\n"
    task = textwrap.indent(textwrap.dedent(body), " " * 8)
    return [finding.rule for finding in check_source("locustfile.py", HEAD + code + task + "\n")]


@pytest.mark.parametrize(
    "call",
    [
        'self.client.get(f"/item/{item}")',
        'self.client.get("/item/" + str(item))',
        'self.client.get("/item/%s" % item)',
        'self.client.get("/item/{}".format(item))',
        'self.client.post(url=f"/item/{item}")',
        'self.client.request("GET", f"/item/{item}")',
        'self.user.client.get(f"/item/{item}")',
        'self.client.get(f"/search?q={self.word}")',
        'url = f"/item/{item}"; self.client.get(url)',
        'with self.rest("GET", f"/item/{item}") as response: pass',
    ],
)
def test_a_url_of_the_moment_needs_a_name(call: str) -> None:
    assert rules_of(call) == ["unnamed-url"]


@pytest.mark.parametrize(
    "call",
    [
        'self.client.get("/items")',
        'self.client.get(f"/item/{item}", name="/item/[id]")',
        'self.client.get(f"/item/{item}", **options)',
        'with self.client.rename_request("/item/[id]"): self.client.get(f"/item/{item}")',
        'self.client.get(f"{BASE}/items")',
        'self.client.get(f"{self.host}/items")',
        'self.client.get("/items" + "/all")',
        'self.other.get(f"/item/{item}")',
        'self.cache.get("a" + item)',
        "self.client.get(path)",
        "count = 1 + item; self.client.get(items[count + 1])",
    ],
)
def test_a_fixed_or_named_url_is_good(call: str) -> None:
    assert rules_of(call) == []


def test_a_constant_of_the_module_is_fixed() -> None:
    code = HEAD + 'prefix_of_all = "/v1"\nclass A(FastHttpUser):\n    @task\n    def go(self):\n'

    assert check_source("f.py", code + '        self.client.get(f"{prefix_of_all}/items")\n') == []
    assert check_source("f.py", code + '        self.client.get(f"{other}/items")\n') != []


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ('self.client.get(f"/a/{item}/b/{self.page}")', "/a/[item]/b/[page]"),
        ('self.client.get("/a/" + item + "/b")', "/a/[item]/b"),
        ('self.client.get("/a/%05d" % item)', "/a/[id]"),
        ('self.client.get("/a/{x}".format(x=item))', "/a/[id]"),
    ],
)
def test_a_name_is_suggested(call: str, name: str) -> None:
    code = HEAD + f"class A(FastHttpUser):\n    @task\n    def go(self):\n        {call}\n"

    assert f'name="{name}"' in check_source("f.py", code)[0].message


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('self.client.get("/", verify=False)', "unverified-tls"),
        ("self.client.verify = False", "unverified-tls"),
        ('self.client.get("/", catch_response=True)', "catch-without-with"),
        ('with self.client.get("/") as response:\n    response.success()', "success-without-catch"),
        (
            'with self.client.get("/") as response:\n    if item:\n        response.failure("x")',
            "success-without-catch",
        ),
        ("import os\nos.system('x')", "blocking-call"),
        ("from os import system\nsystem('x')", "blocking-call"),
        ("input()", "blocking-call"),
        ("import asyncio as aio\naio.run(f())", "blocking-call"),
        ("loop.run_until_complete(f())", "blocking-call"),
        ("import requests\nrequests.get('http://x')", "unmeasured-request"),
        ("from urllib.request import urlopen\nurlopen('http://x')", "unmeasured-request"),
        ("while True:\n    self.client.get('/')", "endless-task"),
        ("import psycopg2", "blocking-call"),
        ("import grpc", "blocking-call"),
    ],
)
def test_what_is_wrong_is_found(body: str, rule: str) -> None:
    assert rules_of(body) == [rule]


@pytest.mark.parametrize(
    "body",
    [
        'with self.client.get("/", catch_response=True) as response:\n    response.success()',
        'response = self.client.get("/", catch_response=True)\nwith response:\n    pass',
        'return self.client.get("/", catch_response=True)',
        'stack.enter_context(self.client.get("/", catch_response=True))',
        'with self.rest("GET", "/") as response:\n    response.failure("x")',
        "import time\ntime.sleep(1)",
        "import subprocess\nsubprocess.run(['x'])",
        "while True:\n    if self.client.get('/').ok:\n        break",
        "while True:\n    self.interrupt()",
        "import grpc\nimport grpc.experimental.gevent as g\ng.init_gevent()",
    ],
)
def test_what_is_right_is_left_alone(body: str) -> None:
    assert rules_of(body) == []


def test_an_async_task_is_found() -> None:
    code = HEAD + "class A(FastHttpUser):\n    @task(3)\n    async def go(self): pass\n"

    assert [(each.rule, each.line) for each in check_source("f.py", code)] == [("async-task", 4)]


def test_only_http_users_without_a_timeout_are_named_and_once_each() -> None:
    calls = 'self.client.get("/")\nself.client.get("/b")\nself.client.get("/c", timeout=3)'

    assert rules_of(calls, base="HttpUser") == ["no-timeout"]
    assert rules_of(calls, base="FastHttpUser") == []
    assert rules_of('self.client.get("/", timeout=3)', base="HttpUser") == []


def test_a_request_outside_of_a_user_is_nobodys_business() -> None:
    assert check_source("f.py", "import requests\ndef token():\n    return requests.post('http://x')\n") == []


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("class A:\n    def f(self): pass\n    def f(self): pass\n", 3),
        ("class A: pass\nclass A: pass\n", 2),
        ("class A:\n    class B: pass\n    class B: pass\n", 3),
    ],
)
def test_a_second_definition_is_found(code: str, line: int) -> None:
    assert [(each.rule, each.line) for each in check_source("f.py", code)] == [("duplicate-name", line)]


@pytest.mark.parametrize(
    "code",
    [
        "class A:\n    @property\n    def f(self): pass\n    @f.setter\n    def f(self, x): pass\n",
        "@events.init.add_listener\ndef on(**_): pass\n@events.init.add_listener\ndef on(**_): pass\n",
    ],
)
def test_a_second_definition_on_purpose_is_left_alone(code: str) -> None:
    assert check_source("f.py", code) == []
