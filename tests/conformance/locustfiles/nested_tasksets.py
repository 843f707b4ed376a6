from locust import HttpUser, TaskSet, constant, task


class Forum(TaskSet):
    wait_time = constant(0.01)

    def on_start(self):
        self.parent.visits += 1

    @task(5)
    def read(self):
        self.client.get("/users/1", name="forum read")

    @task
    class Thread(TaskSet):
        @task(3)
        def posts(self):
            self.client.get("/users/2", name="thread posts")

        @task
        def up(self):
            self.interrupt()

    @task
    def stop(self):
        self.interrupt(reschedule=False)


class Site(TaskSet):
    tasks = {Forum: 2}
    visits = 0

    @task
    def index(self):
        self.client.get("/", name="site index")

    @task(1)
    def about(self):
        self.user.client.get("/json", name="site about")


class Visitor(HttpUser):
    wait_time = constant(0.03)
    tasks = [Site]
