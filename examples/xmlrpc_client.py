"""A client for another protocol, XML-RPC: a wrapper around a library that reports each call as a request."""

import time
from threading import Thread
from xmlrpc.client import Fault, ServerProxy
from xmlrpc.server import SimpleXMLRPCServer

from locust import User, constant, events, task


class ReportedProxy(ServerProxy):
    """A ServerProxy whose calls appear in the statistics."""

    def __init__(self, address, request_event):
        super().__init__(address)
        self._request_event = request_event

    def __getattr__(self, name):
        call = super().__getattr__(name)

        def reported_call(*arguments):
            began = time.perf_counter()
            result, exception = None, None
            try:
                result = call(*arguments)
            except Fault as error:
                exception = error
            self._request_event.fire(
                request_type="XML-RPC",
                name=name,
                response_time=(time.perf_counter() - began) * 1000,
                response_length=0,  # how long it is the library does not tell
                response=result,
                exception=exception,
                context={},
            )
            return result

        return reported_call


class Caller(User):
    wait_time = constant(0.2)

    def __init__(self, environment):
        super().__init__(environment)
        self.client = ReportedProxy(server_address(), environment.events.request)

    @task
    def add(self):
        self.client.add(2, 3)


# A server to call, so that this example runs on its own; you have yours.
server = SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)
server.register_function(lambda first, second: first + second, "add")


def server_address():
    return f"http://127.0.0.1:{server.server_address[1]}"


@events.test_start.add_listener
def start_server(**_):
    Thread(target=server.serve_forever, daemon=True).start()
