"""`rest`: JSON requests whose block decides what failed. Texts as seen in Locust 2.47."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from locust.user.users import RestMixin


@dataclass
class FakeResponse:
    text: str | None = "{}"
    status_code: int = 200
    error: Exception | None = None
    js: Any = None
    failures: list[Any] = field(default_factory=list)

    def json(self) -> Any:
        return json.loads(self.text or "")

    def failure(self, why: Any) -> None:
        self.failures.append(why)


@dataclass
class FakeClient:
    response: FakeResponse
    requests: list[Any] = field(default_factory=list)

    @contextmanager
    def request(self, *args: Any, **kwargs: Any):
        self.requests.append((args, kwargs))
        yield self.response


class RestUser(RestMixin):
    def __init__(self, response: FakeResponse) -> None:
        self.client = FakeClient(response)


def failures(response, in_block=lambda response: None):
    with RestUser(response).rest("GET", "/x") as given:
        in_block(given)
    return response.failures


def asserting(*message):
    def in_block(response):
        raise AssertionError(*message)

    return in_block


def test_json_headers_go_along_unless_others_are_given():
    user = RestUser(FakeResponse())

    with user.rest("POST", "/x", headers={"accept": "text/plain", "X": "y"}, json={}):
        pass

    headers = {"accept": "text/plain", "X": "y", "Content-Type": "application/json"}
    assert user.client.requests == [(("POST", "/x"), {"headers": headers, "catch_response": True, "json": {}})]


def test_js_is_the_parsed_body():
    with RestUser(FakeResponse('{"a": [1]}')).rest("GET", "/x") as response:
        assert response.js == {"a": [1]}


def test_an_empty_body_is_no_failure():
    assert failures(FakeResponse("")) == []


def test_a_body_that_is_no_json_fails():
    text = "x" * 300

    assert failures(FakeResponse(text, status_code=404)) == [
        f"Could not parse response as JSON. {text[:250]}, response code 404, "
        "error Expecting value: line 1 column 1 (char 0)"
    ]


def test_without_a_response_its_error_is_the_failure():
    assert failures(FakeResponse(None, status_code=0, error=OSError("refused"))) == ["refused"]


@pytest.mark.parametrize(
    ("in_block", "failure"),
    [
        (asserting(), "Assertion failed"),
        (asserting("too few"), "too few"),
        (asserting("too few,"), 'too few, response was {"a": 1}'),
    ],
)
def test_a_failed_assertion_fails_the_request(in_block, failure):
    assert failures(FakeResponse('{"a": 1}'), in_block) == [failure]


def test_any_other_exception_fails_the_request_and_says_where_it_was():
    def in_block(response):
        response.js["b"]

    (failure,) = failures(FakeResponse('{"a": 1}'), in_block)

    line = in_block.__code__.co_firstlineno + 1
    assert failure.startswith("KeyError: 'b' at ")
    assert failure.endswith(f'{__file__}:{line} in in_block. Response was {{"a": 1}}')


@pytest.mark.parametrize(("url", "name"), [("/x", "/x?_=..."), ("/x?a=1", "/x?a=1&_=...")])
def test_rest_with_underscore_gets_past_caches(url, name):
    user = RestUser(FakeResponse())

    with user.rest_("GET", url):
        pass

    ((_, sent), kwargs) = user.client.requests[0]
    assert sent.startswith(name.removesuffix("..."))
    assert int(sent.rpartition("=")[2]) > 0
    assert kwargs["name"] == name
