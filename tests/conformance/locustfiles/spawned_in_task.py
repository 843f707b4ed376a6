import gevent
from gevent.pool import Group, Pool
from locust import HttpUser, constant, task


class Parallel(HttpUser):
    wait_time = constant(0.1)

    @task
    def group(self):
        group = Group()
        for i in (1, 2, 3):
            group.spawn(lambda i=i: self.client.get(f"/users/{i}", name="group"))
        group.join()

    @task
    def pool(self):
        pool = Pool(2)
        results = pool.map(lambda i: self.client.get(f"/users/{i}", name="pool").json()["id"], [1, 2, 3, 4])
        assert results == [1, 2, 3, 4]

    @task
    def background(self):
        job = gevent.spawn(self.client.get, "/delay/20", name="background")
        self.client.get("/", name="foreground")
        job.join()
