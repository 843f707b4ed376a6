"""Every error and control signal that crosses a border. Imports nothing."""
# ruff: noqa: N818 (upstream's names)

from __future__ import annotations


class LocustError(Exception):
    """Something is wrong with how Locust is used."""


class FeedError(LocustError):
    """The rows of a `locust.feed` can't be had: a bad source, no answer from the master, or none is left."""


class BundleError(LocustError):
    """The files that a master gives its workers can't be packed or unpacked."""


class JournalError(LocustError):
    """The file of `--journal` can't be used."""


class ResponseError(Exception):
    """Raised in a `with` block with `catch_response=True`: the request counts as failed."""


class CatchResponseError(Exception):
    """Why a response was marked as failed by `failure("text")`."""


class MissingWaitTimeError(LocustError):
    """Neither the user nor the task set says how long to wait between tasks."""


class InterruptTaskSet(Exception):
    """Leaves the task set that runs and hands over to its parent.

    Args:
        reschedule: whether the parent starts its next task at once, without waiting first.
    """

    def __init__(self, reschedule: bool = True) -> None:
        self.reschedule = reschedule


class StopTest(Exception):
    """The test can't go on; a user that can't be built raises it and the runner stops.

    Raised in a task it ends that user only, as in Locust 2.47.
    """


class StopUser(Exception):
    """Ends the user that raises it; its `on_stop` still runs."""


class RescheduleTask(Exception):
    """Ends the task that raises it; the next one starts after the wait time."""


class RescheduleTaskImmediately(Exception):
    """Ends the task that raises it; the next one starts without waiting."""


class RPCError(Exception):
    """Master and worker can't talk."""


class RPCSendError(Exception):
    """A message could not be sent."""


class RPCReceiveError(Exception):
    """A message could not be received or read.

    Args:
        addr: identity of the node that sent it, when known.
    """

    def __init__(self, *args: object, addr: str | None = None) -> None:
        super().__init__(*args)
        self.addr = addr


class RunnerAlreadyExistsError(Exception):
    """An environment has one runner; a second one was asked for."""
