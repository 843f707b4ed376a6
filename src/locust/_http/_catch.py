"""catch_response: what `success()`, `failure()` and the with-block mean, for both clients."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from locust._http._meta import length_of
from locust._native import Recorder
from locust.exception import CatchResponseError, LocustError, ResponseError

if TYPE_CHECKING:
    from locust._native import Exchange
    from locust.event import EventHook

_NO_BLOCK = (
    "Tried to set status on a request that has not yet been made. Make sure you use a with-block, like this:\n\n"
    "with self.client.request(..., catch_response=True) as response:\n    response.{call}"
)

Self = TypeVar("Self", bound="Caught")


class Caught:
    """A response whose verdict the locustfile may give."""

    _manual_result: bool | Exception | None = None
    _entered = False
    _catch_response = False
    _session: Any = None  # the session that made it, of either family
    _exchange: Exchange
    request_meta: dict[str, Any]

    if TYPE_CHECKING:

        @property
        def _request_event(self) -> EventHook: ...

    def __enter__(self: Self) -> Self:
        if not self._catch_response:
            raise LocustError("In order to use a with-block for requests, you must also pass catch_response=True")
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        manual = self._manual_result
        if manual is not None:
            self._report_request(manual if isinstance(manual, Exception) else None)
            # What the block raised after its verdict goes on, upstream reports and propagates.
            return error is None
        if error is None:
            self._report_request(self._verdict())
            return True
        if isinstance(error, ResponseError):
            self._report_request(error)
            return True
        return False

    def success(self) -> None:
        """Counts the request as a success, whatever the response says.

        Raises:
            LocustError: not called inside a with-block with `catch_response=True`.
        """
        if not self._entered:
            raise LocustError(_NO_BLOCK.format(call="success()"))
        self._manual_result = True

    def failure(self, exc: Any) -> None:
        """Counts the request as a failure. The last call of `success` and `failure` wins.

        Args:
            exc: what to report: an exception, or anything else to be wrapped in `CatchResponseError`.

        Raises:
            LocustError: not called inside a with-block with `catch_response=True`.
        """
        if not self._entered:
            raise LocustError(_NO_BLOCK.format(call="failure(...)"))
        self._manual_result = exc if isinstance(exc, Exception) else CatchResponseError(exc)

    def _verdict(self) -> BaseException | None:
        """What is wrong with the response by itself."""
        raise NotImplementedError

    def _report_request(self, exc: BaseException | None = None) -> None:
        """Tells the listeners. `request_meta` may have been changed by the locustfile: it is what they get."""
        event = self._request_event
        if "request_meta" not in self.__dict__:
            handlers = getattr(event, "_handlers", None)
            if handlers == []:
                return
            if type(handlers) is list and len(handlers) == 1 and type(handlers[0]) is Recorder:
                # The statistics alone need no more than this.
                exchange = self._exchange
                handlers[0](
                    request_type=exchange.method,
                    name=exchange.name,
                    response_time=exchange.elapsed_ms,
                    response_length=length_of(exchange),
                    exception=exc,
                )
                return
        meta = self.request_meta
        meta["exception"] = exc
        event.fire(**meta)
