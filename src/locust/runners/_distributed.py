"""What the runners of distributed runs share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent

from locust.runners import Runner
from locust.stats import setup_distributed_stats_event_listeners

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.rpc import Message


class DistributedRunner(Runner):
    """Base of the runners that work with others."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        setup_distributed_stats_event_listeners(environment.events, environment.stats)

    def _left_to_deputy(self, function: Callable[[], None]) -> bool:
        """Also when a listener of messages wants the end: who reads them would wait for those that tell of it."""
        if super()._left_to_deputy(function):
            return True
        current = gevent.getcurrent()
        if not isinstance(current, gevent.Greenlet) or current not in self.greenlet:
            return False
        self._depute(function)
        return True

    def _hand_to_listener(self, msg: Message) -> bool:
        """Give a message to whoever registered for its type; False when nobody did."""
        if msg.type not in self.custom_messages:
            return False
        listener, is_concurrent = self.custom_messages[msg.type]
        if is_concurrent:
            self._own(self._listen, listener, msg)
        else:
            self._listen(listener, msg)
        return True

    def _listen(self, listener: object, msg: Message) -> None:
        assert callable(listener)
        try:
            listener(environment=self.environment, msg=msg)
        except Exception:
            logging.exception("Uncaught exception in handler for %s", msg.type)
