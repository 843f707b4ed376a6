import random
from locust import HttpUser, SequentialTaskSet, task, constant


class Checkout(SequentialTaskSet):
    def on_start(self):
        self.cart = []

    @task
    def browse(self):
        self.client.get("/users")

    @task(2)
    def add(self):
        item = random.randint(1, 9)
        self.cart.append(item)
        self.client.post("/echo", json={"item": item}, name="add to cart")

    @task
    def pay(self):
        assert len(self.cart) >= 2
        with self.client.post("/echo", json={"items": self.cart}, name="pay", catch_response=True) as r:
            if len(r.json()["items"]) != len(self.cart):
                r.failure("items got lost")
        self.cart.clear()

    @task
    def leave(self):
        self.interrupt(reschedule=False)


class Shopper(HttpUser):
    wait_time = constant(0.02)
    tasks = {Checkout: 3}

    @task
    def home(self):
        self.client.get("/")
