from locust import HttpUser, constant, task


class Base(HttpUser):
    abstract = True
    wait_time = constant(0.04)

    @task(2)
    def shared(self):
        self.client.get("/", name=f"{type(self).__name__} shared")


class Web(Base):
    weight = 3

    @task
    def web(self):
        self.client.get("/json", name="web")


class Mobile(Base):
    weight = 1

    @task(4)
    def mobile(self):
        self.client.get("/users", name="mobile")


class Admin(Base):
    fixed_count = 1
    host = None

    @task
    def admin(self):
        self.client.get("/users/1", name="admin")
