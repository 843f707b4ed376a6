from locust import HttpUser, run_single_user, task, constant


class QuickstartUser(HttpUser):
    host = "http://127.0.0.1:9"
    wait_time = constant(0.05)

    @task
    def hello_world(self):
        with self.client.get("/json", catch_response=True) as resp:
            pass


if __name__ == "__main__":
    run_single_user(QuickstartUser)
