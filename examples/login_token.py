"""A user signs in for a token, sends it with every request, and gets a new one when it is refused."""

from locust import HttpUser, between, task


class Member(HttpUser):
    wait_time = between(0.2, 0.5)

    def on_start(self):
        self.sign_in()

    def sign_in(self):
        # Yours would be POST /token; the bundled target's /echo answers with what it is sent.
        response = self.client.post("/echo", json={"token": f"token-{id(self)}"}, name="sign in")
        # From now on it goes with each request of this user.
        self.client.headers["Authorization"] = f"Bearer {response.json()['token']}"

    @task
    def read_my_page(self):
        with self.client.get("/headers", catch_response=True, name="my page") as response:
            if response.status_code == 401:
                self.sign_in()
                response.success()
            elif "Bearer token-" not in response.text:
                response.failure("the server did not see the token")
