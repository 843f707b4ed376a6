"""Stands for the runners of distributed runs until they are here, so that a locustfile may ask `isinstance`."""

from __future__ import annotations

from typing import Any

from locust.exception import LocustError
from locust.runners import Runner


class DistributedRunner(Runner):
    """Base of the runners that work with others."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        raise LocustError(f"{type(self).__name__}: distributed runs come with a later version. Use a local runner")


class MasterRunner(DistributedRunner):
    """Leads workers; not in this version."""


class WorkerRunner(DistributedRunner):
    """Runs users for a master; not in this version."""
