from locust import HttpUser, constant, events, task

KEYS = set()


@events.request.add_listener
def my_request_handler(request_type, name, response_time, response_length, response, context, exception, start_time, url, **kwargs):
    KEYS.update(kwargs)
    if exception:
        KEYS.add(f"{type(exception).__name__} {name}")
    else:
        assert response.status_code == 200, response.status_code
        assert response_length == len(response.content)
        assert url.endswith(name), (url, name)
    assert response_time >= 0 and start_time > 1e9
    KEYS.add(("context", tuple(sorted(context))))


@events.quitting.add_listener
def _(environment, **_kwargs):
    for key in sorted(map(str, KEYS)):
        print(key)


class MyUser(HttpUser):
    wait_time = constant(0.04)

    @task
    def t(self):
        self.client.get("/", context={"username": "u1"})

    @task
    def bad(self):
        self.client.post("/status/400", json={})

    @task
    def lost(self):
        self.client.get("http://127.0.0.1:1/nobody", name="nobody")

    def context(self):
        return {"user": "me"}
