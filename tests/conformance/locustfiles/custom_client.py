"""A client of one's own, with the one request event."""
import time
from locust import User, constant, task, events
from locust.exception import LocustError


class ProtocolClient:
    def __init__(self, host, request_event):
        self.host = host
        self._request_event = request_event

    def __getattr__(self, name):
        def wrapper(*args, **kwargs):
            request_meta = {
                "request_type": "rpc",
                "name": name,
                "start_time": time.time(),
                "response_length": 0,
                "exception": None,
                "context": {},
                "response": None,
            }
            start_perf_counter = time.perf_counter()
            try:
                request_meta["response"] = getattr(self, "_call")(name, *args)
                request_meta["response_length"] = len(request_meta["response"])
            except LocustError as e:
                request_meta["exception"] = e
            request_meta["response_time"] = (time.perf_counter() - start_perf_counter) * 1000
            self._request_event.fire(**request_meta)
            return request_meta["response"]

        return wrapper

    def _call(self, name, *args):
        time.sleep(0.01)
        if name == "divide" and args[1] == 0:
            raise LocustError("division by zero on the server")
        return "x" * 10


class ProtocolUser(User):
    abstract = True

    def __init__(self, environment):
        super().__init__(environment)
        self.client = ProtocolClient(self.host, request_event=environment.events.request)


class MyUser(ProtocolUser):
    host = "rpc://localhost:1234"
    wait_time = constant(0.02)

    @task(3)
    def add(self):
        self.client.add(1, 2)

    @task
    def divide(self):
        self.client.divide(1, 0)
