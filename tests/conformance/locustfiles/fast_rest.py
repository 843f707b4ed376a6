from contextlib import contextmanager
from locust import FastHttpUser, run_single_user, task, constant


class RestUserThatLooksAtErrors(FastHttpUser):
    abstract = True

    @contextmanager
    def rest(self, method, url, **kwargs):
        extra_headers = {"my_header": "my_value"}
        with super().rest(method, url, headers=extra_headers, **kwargs) as resp:
            resp: object
            if resp.js and "error" in resp.js and resp.js["error"] is not None:
                resp.failure(resp.js["error"])
            yield resp


class MyOtherRestUser(RestUserThatLooksAtErrors):
    wait_time = constant(0.04)

    @task
    def t(self):
        with self.rest("GET", "/users/1") as _resp:
            pass

    @task
    def fails(self):
        with self.rest("POST", "/echo", json={"error": "server says no"}, name="/echo with an error") as _resp:
            pass

    @task
    def checks(self):
        with self.rest("GET", "/json") as resp:
            if resp.js["numbers"] != [1, 2]:
                resp.failure(f"Unexpected value of numbers in response {resp.text}")

    @task
    def asserts(self):
        with self.rest("GET", "/json", name="/json asserted") as resp:
            assert resp.js["numbers"] == [1, 2]

    @task
    def not_json(self):
        with self.rest("GET", "/") as resp:
            pass

    @task
    def underscore(self):
        with self.rest_("GET", "/users") as resp:
            pass


if __name__ == "__main__":
    run_single_user(MyOtherRestUser)
