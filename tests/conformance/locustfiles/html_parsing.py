from locust import HttpUser, constant, task
from html.parser import HTMLParser


class Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_data(self, data):
        self.seen.append(data)


class Parser(HttpUser):
    wait_time = constant(0.05)

    @task
    def parse(self):
        with self.client.post("/echo", data="<p>hi</p>", headers={"Content-Type": "text/html"}, catch_response=True) as r:
            p = Texts()
            p.feed(r.text)
            if p.seen != ["hi"]:
                r.failure(str(p.seen))
            if r.headers["Content-Type"] != "text/html":
                r.failure("content type")
