"""Where a visitor goes next depends on where they are: MarkovTaskSet, with weights for each way."""

from locust import HttpUser, MarkovTaskSet, constant, transition, transitions


class Visit(MarkovTaskSet):
    @transitions({"search": 3, "look": 1})
    def front_page(self):
        self.client.get("/", name="front page")

    @transitions([("look", 4), "front_page"])
    def search(self):
        self.client.get("/users?q=shoes", name="search")

    @transition("search", 2)
    @transition("buy")
    def look(self):
        self.client.get("/users/7", name="look")

    @transition("front_page")
    def buy(self):
        self.client.post("/echo", json={"product": 7}, name="buy")


class Visitor(HttpUser):
    wait_time = constant(0.05)
    tasks = [Visit]
