import uuid
from locust import HttpUser, TaskSet, constant, task


class Base(HttpUser):
    abstract = True
    wait_time = constant(0.04)
    counter = 0

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        Base.counter += 1
        self.id = str(uuid.uuid4())
        self.client.headers = {"Accept": "application/json", "X-Id": self.id}

    def on_start(self):
        super().on_start()
        self.setup()

    def setup(self):
        raise NotImplementedError

    def on_stop(self):
        self.client.get("/cookies", name="on_stop")


class First(Base):
    def setup(self):
        self.client.get("/", name="first setup")

    @task
    def headers(self):
        r = self.client.get("/headers")
        assert r.json()["X-Id"] == self.id


class Second(Base):
    def setup(self):
        self.client.post("/login", data={"username": "x", "password": "wrong"}, name="second setup")

    @task
    class Inner(TaskSet):
        def on_start(self):
            self.client.get("/json", name="inner start")

        def on_stop(self):
            self.client.get("/json", name="inner stop")

        @task
        def work(self):
            assert self.user.id and self.parent is self.user
            self.client.get("/users", name="inner work")
            self.interrupt(reschedule=False)
