import threading
import queue
from gevent.lock import BoundedSemaphore, RLock, Semaphore
from locust import HttpUser, constant, events, task

LOCK = threading.Lock()
GATE = Semaphore(2)
shared = []
results = queue.Queue()


def collector(stop):
    while not stop.wait(0.1):
        with LOCK:
            shared.append(1)


@events.test_start.add_listener
def start(environment, **_):
    environment.stop_event = threading.Event()
    environment.thread = threading.Thread(target=collector, args=(environment.stop_event,), daemon=True)
    environment.thread.start()


@events.test_stop.add_listener
def stop(environment, **_):
    environment.stop_event.set()
    environment.thread.join(2)
    print("collected", len(shared) > 5, environment.thread.is_alive(), results.qsize() > 5)


class Locked(HttpUser):
    wait_time = constant(0.05)

    @task
    def work(self):
        with GATE:
            r = self.client.get("/delay/10", name="gated")
        results.put(r.status_code)
