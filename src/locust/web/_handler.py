"""How connections are served: as gevent does it, without its noise about clients that speak no HTTP, or no TLS."""

from __future__ import annotations

import logging
from http.client import HTTPException
from typing import Any

from gevent import pywsgi

logger = logging.getLogger("locust.web")


class Server(pywsgi.WSGIServer):
    """Gevent's, in whose log a failed handshake is no error of ours."""

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> Any:
        try:
            return super().wrap_socket_and_handle(client_socket, address)
        except OSError as error:
            logger.debug("Can't serve a connection of %s: %s", address, error)
            return None


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
