# coding: utf-8
from locust import HttpUser, constant, task


class Пользователь(HttpUser):
    wait_time = constant(0.05)

    @task
    def главная(self):
        self.client.get("/", name="главная страница")

    @task
    def emoji(self):
        self.client.post("/echo", data="grüße 你好".encode(), name="✅ done 你好")

    @task
    def json_body(self):
        r = self.client.post("/echo", json={"text": "ñandú"}, name="json")
        assert r.json() == {"text": "ñandú"}

    @task
    def path(self):
        self.client.get("/users?name=Zoë&x=a b", name="query")

    @task
    def fails(self):
        with self.client.get("/", name="fails", catch_response=True) as r:
            r.failure("❌ не вышло")
