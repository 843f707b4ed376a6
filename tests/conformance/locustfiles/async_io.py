"""Coroutines in tasks, and a pool of threads."""
import asyncio
import concurrent.futures
import time
from locust import HttpUser, User, constant, task


async def fetch(delay):
    await asyncio.sleep(delay)
    return delay


class Async(User):
    fixed_count = 1  # a thread has one loop
    wait_time = constant(0.1)

    @task
    def coroutine(self):
        start = time.time()
        result = asyncio.run(fetch(0.01))
        self.environment.events.request.fire(
            request_type="ASYNC", name="coroutine", response_time=(time.time() - start) * 1000, response_length=0,
            exception=None if result == 0.01 else ValueError(result), context={},
        )

    @task
    def loop(self):
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(fetch(0.01))
        finally:
            loop.close()
        self.environment.events.request.fire(request_type="ASYNC", name="loop", response_time=10, response_length=0, exception=None)


class Threaded(HttpUser):
    wait_time = constant(0.1)

    @task
    def pool(self):
        with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
            results = list(pool.map(lambda i: self.client.get(f"/users/{i}", name="pool").status_code, [1, 2, 3]))
        assert results == [200, 200, 200]
