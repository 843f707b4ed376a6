"""Tasks in order, as in a checkout: SequentialTaskSet, with a loop inside and an end."""

from locust import HttpUser, SequentialTaskSet, constant, task


class Checkout(SequentialTaskSet):
    def on_start(self):
        self.cart = []

    @task
    def open_the_shop(self):
        self.client.get("/", name="1 open the shop")

    @task(3)  # three times, before the next one
    def put_into_cart(self):
        number = len(self.cart) + 1
        self.cart.append(number)
        self.client.get(f"/users/{number}", name="2 put into cart")

    @task
    def pay(self):
        self.client.post("/echo", json={"cart": self.cart}, name="3 pay")

    @task
    def leave(self):
        # Back to the user, who chooses a task anew: here, another checkout.
        self.interrupt()


class Customer(HttpUser):
    wait_time = constant(0.05)
    tasks = [Checkout]
