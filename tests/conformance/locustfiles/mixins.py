from locust import HttpUser, TaskSet, constant, task


class AuthMixin:
    def login(self, name):
        self.client.post("/login", data={"username": name, "password": "p"}, name="login")


class ReadTasks:
    @task(2)
    def read(self):
        self.client.get("/users", name="read")


class WriteTasks:
    @task
    def write(self):
        self.client.post("/echo", json={}, name="write")


class Mixed(AuthMixin, HttpUser):
    wait_time = constant(0.04)

    def on_start(self):
        self.login("mix")

    @task
    def me(self):
        self.client.get("/me")


class Inherits(Mixed):
    @task
    def more(self):
        self.client.get("/json", name="more")

    @task
    def me(self):
        self.client.get("/me", name="overridden me")


class Set(ReadTasks, TaskSet):
    @task
    def own(self):
        self.client.get("/", name="own")
        self.interrupt(reschedule=False)


class WithSets(HttpUser):
    wait_time = constant(0.04)
    tasks = [Set]
