"""OpenAI's API and those alike, by the library openai: `pip install 'locust[oai]'`.

OPENAI_API_KEY must be set; OPENAI_BASE_URL names another server.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from locust.contrib._extra import library_of
from locust.user.users import User

with library_of("oai", "openai"):
    from openai import DefaultHttpxClient, OpenAI

if TYPE_CHECKING:
    from locust.event import EventHook

__all__ = ["OpenAIClient", "OpenAIUser"]

if not os.environ.get("OPENAI_API_KEY"):
    # At import, as upstream: a run without it would be nothing but failures.
    raise Exception("You need to set OPENAI_API_KEY env var to use OpenAIUser")

# Takes the response, if there is one, and what went wrong, if anything.
Finished = Callable[[Any, "BaseException | None"], None]


class OpenAIClient(OpenAI):
    """OpenAI's client; each HTTP exchange is reported, retries too.

    Reported are its method, its path as the name, the time until all was received, and as length the number of output
    tokens that the answer tells (0 for a streamed one). Errors are reported, and raised as OpenAI's client does.

    Args:
        request_event: where exchanges are reported.
        user: whose `context()` goes with them.
        args: and further keywords: for `openai.OpenAI`.
    """

    def __init__(self, request_event: EventHook, user: User, *args: Any, **kwargs: Any) -> None:
        self.request_event = request_event
        self.user = user
        self.request_name: str | None = None
        kwargs.setdefault("http_client", _tell(DefaultHttpxClient(), self._started))
        super().__init__(*args, **kwargs)

    @contextmanager
    def rename_request(self, name: str) -> Generator[None]:
        """Names all exchanges within the block.

        Args:
            name: for the statistics.
        """
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None

    def _started(self, request: Any) -> Finished:
        """Gives what to call when the answer to this request is there."""
        name = self.request_name or request.url.path
        began, started = time.time(), time.perf_counter()

        def finished(response: Any, exception: BaseException | None) -> None:
            self.request_event.fire(
                request_type=request.method,
                name=name,
                start_time=began,
                response_time=(time.perf_counter() - started) * 1000,
                response_length=_output_tokens(response),
                response=response,
                exception=exception,
                context=self.user.context(),
                url=request.url,
            )

        return finished


class OpenAIUser(User):
    """A user of OpenAI's API.

    Attributes:
        client: an OpenAIClient, such as in `self.client.responses.create(model=..., input=...)`.
    """

    abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = OpenAIClient(self.environment.events.request, self)


def _tell(http_client: Any, started: Callable[[Any], Finished]) -> Any:
    """Makes a client tell of each exchange when it starts and when it's over.

    On the object, not in a subclass: the classes are httpx' or httpx2's, by the version of openai.
    """
    send = http_client.send

    def telling_send(request: Any, *, stream: bool = False, **kwargs: Any) -> Any:
        finished = started(request)
        try:
            response = send(request, stream=stream, **kwargs)
        except Exception as error:
            finished(None, error)
            raise
        if stream:
            _tell_when_closed(response, finished)
        else:
            finished(response, _status_error(response))
        return response

    http_client.send = telling_send
    return http_client


def _tell_when_closed(response: Any, finished: Finished) -> None:
    close = response.close
    handled_before = sys.exc_info()[1]
    is_over = False

    def telling_close() -> None:
        nonlocal is_over
        close()
        if not is_over:
            is_over = True
            # What broke the stream is on its way while openai closes the response.
            error = sys.exc_info()[1]
            is_broken = isinstance(error, Exception) and error is not handled_before
            finished(response, error if is_broken else _status_error(response))

    response.close = telling_close


def _status_error(response: Any) -> Exception | None:
    try:
        response.raise_for_status()
    except Exception as error:
        return error
    return None


def _output_tokens(response: Any) -> int:
    try:
        usage = response.json()["usage"]
        # The name of the Responses API; that of Chat Completions.
        return int(usage.get("output_tokens", usage.get("completion_tokens", 0)))
    except Exception:
        # No answer, no JSON, a stream, or another API.
        return 0
