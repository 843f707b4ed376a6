"""How one connection is served: as gevent does it, without its noise about clients that speak no HTTP."""

from __future__ import annotations

import logging
from http.client import HTTPException
from typing import Any

from gevent import pywsgi

logger = logging.getLogger("locust.web")


class Handler(pywsgi.WSGIHandler):
    """What goes wrong in a view is logged there; what is left is about what the client sent."""

    def read_request(self, raw_requestline: str) -> Any:
        try:
            return super().read_request(raw_requestline)
        except HTTPException as error:
            # The kind of error that gevent takes for the client's fault.
            raise ValueError(str(error)) from error

    def log_error(self, msg: str, *args: Any) -> None:
        logger.debug("Can't serve a connection: %s", msg % args if args else msg)
