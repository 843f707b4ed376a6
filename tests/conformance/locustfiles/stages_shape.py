from locust import HttpUser, LoadTestShape, TaskSet, constant, task


class UserTasks(TaskSet):
    @task
    def get_root(self):
        self.client.get("/")


class WebsiteUser(HttpUser):
    wait_time = constant(0.05)
    tasks = [UserTasks]


class StagesShape(LoadTestShape):
    stages = [
        {"duration": 1, "users": 2, "spawn_rate": 10},
        {"duration": 2, "users": 4, "spawn_rate": 10},
        {"duration": 3, "users": 1, "spawn_rate": 10},
    ]

    def tick(self):
        run_time = self.get_run_time()
        for stage in self.stages:
            if run_time < stage["duration"]:
                return stage["users"], stage["spawn_rate"]
        return None
