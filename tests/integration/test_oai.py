"""OpenAIUser at a fake of OpenAI's API: the real one takes money."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.reports import Reports
from fakes.servers import free_port
from fakes.speaking import speaking


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with speaking("openai") as url:
        yield url


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def client(reports: Reports, server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server}/v1")
    from locust.contrib.oai import OpenAIUser

    user = reports.user(OpenAIUser)
    user.client.max_retries = 0
    return user.client


MESSAGES = [{"role": "user", "content": "hello"}]


def test_exchanges_are_reported_with_their_output_tokens(client: Any, reports: Reports) -> None:
    client.models.list()
    client.responses.create(model="m", input="hello")
    said = client.chat.completions.create(model="m", messages=MESSAGES)

    assert said.choices[0].message.content == "hello"
    assert reports.rows == [
        ("GET", "/v1/models", None),
        ("POST", "/v1/responses", None),
        ("POST", "/v1/chat/completions", None),
    ]
    assert [report["response_length"] for report in reports.all] == [0, 9, 7]
    assert all(report["response_time"] > 0 for report in reports.all)


def test_a_streamed_answer_is_reported_when_it_is_over(client: Any, reports: Reports) -> None:
    pieces = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
    before = list(reports.rows)
    said = [piece.choices[0].delta.content for piece in pieces]

    assert (before, said) == ([], ["hello"])
    assert reports.rows == [("POST", "/v1/chat/completions", None)]


def test_a_block_renames_what_is_in_it(client: Any, reports: Reports) -> None:
    with client.rename_request("list them"):
        client.models.list()
    client.models.list()

    assert [name for _, name, _ in reports.rows] == ["list them", "/v1/models"]


@pytest.mark.parametrize(("model", "error"), [("missing", "NotFoundError"), ("broken", "InternalServerError")])
def test_an_error_status_is_reported_and_raised(client: Any, reports: Reports, model: str, error: str) -> None:
    import openai

    with pytest.raises(getattr(openai, error)):
        client.responses.create(model=model, input="hello")

    assert reports.errors == ["HTTPStatusError"]


def test_no_server_is_reported_at_each_attempt_and_raised(client: Any, reports: Reports) -> None:
    import openai

    client.base_url = f"http://127.0.0.1:{free_port()}/v1"
    client.max_retries = 1

    with pytest.raises(openai.APIConnectionError):
        client.models.list()

    assert reports.errors == ["ConnectError", "ConnectError"]


def test_a_missing_key_is_told_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    done = subprocess.run([sys.executable, "-c", "import locust.contrib.oai"], capture_output=True, text=True)

    assert done.returncode == 1
    assert "You need to set OPENAI_API_KEY env var to use OpenAIUser" in done.stderr
