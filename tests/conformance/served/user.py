from locust import User, constant, task


class Fetched(User):
    wait_time = constant(0.1)

    @task
    def nothing(self):
        pass
