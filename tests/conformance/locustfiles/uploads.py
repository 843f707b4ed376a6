import io
from locust import HttpUser, constant, task

PNG = b"\x89PNG\r\n" + b"\0" * 2000


class Uploader(HttpUser):
    wait_time = constant(0.05)

    @task
    def upload_file(self):
        with self.client.post(
            "/upload", files={"file": ("cell.png", PNG, "image/png")}, data={"title": "cell"}, catch_response=True, name="multipart"
        ) as r:
            if not 2000 < r.json()["bytes"] < 2600:
                r.failure("size")

    @task
    def upload_stream(self):
        self.client.post("/upload", data=io.BytesIO(PNG), name="stream")

    @task
    def upload_generator(self):
        self.client.post("/upload", data=(b"x" * 10 for _ in range(10)), name="chunked")

    @task
    def put_bytes(self):
        self.client.put("/upload", data=PNG, headers={"Content-Type": "application/octet-stream"}, name="put")

    @task
    def form(self):
        r = self.client.post("/echo", data={"a": "1 2", "b": ["x", "y"]}, name="form")
        assert r.text == "a=1+2&b=x&b=y", r.text

    @task
    def patch(self):
        self.client.patch("/echo", json={"a": None, "ü": "ö"}, name="patch")

    @task
    def several(self):
        self.client.post("/upload", files=[("f", ("a.txt", "a")), ("f", ("b.txt", "b"))], name="several files")
