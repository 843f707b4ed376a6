"""A client on a bare TCP socket; `events.request.measure` takes the time and reports it, or what went wrong."""

import socket
from urllib.parse import urlsplit

from locust import User, constant, task


class Caller(User):
    wait_time = constant(0.2)
    connection = None

    def on_start(self):
        address = urlsplit(self.host or "http://127.0.0.1:8000")
        # A socket of Python lets other users run while it waits.
        self.connection = socket.create_connection((address.hostname, address.port or 80), timeout=5)

    def on_stop(self):
        if self.connection is not None:
            self.connection.close()

    @task
    def ask(self):
        with self.environment.events.request.measure("TCP", "ask for the count") as request:
            self.connection.sendall(b"GET /count HTTP/1.1\r\nHost: example\r\n\r\n")
            answer = self.connection.recv(65_536)
            request["response_length"] = len(answer)
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise ValueError(f"unexpected answer: {answer[:30]!r}")
