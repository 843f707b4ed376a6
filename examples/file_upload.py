"""Files: as a form's field, as the body, and as a stream that is never in memory as a whole."""

import io

from locust import FastHttpUser, HttpUser, constant, task

PICTURE = b"GIF89a" + bytes(20_000)


class Uploader(HttpUser):
    wait_time = constant(0.2)

    @task
    def as_a_form(self):
        self.client.post(
            "/upload", files={"picture": ("me.gif", PICTURE, "image/gif")}, data={"title": "Me"}, name="form"
        )

    @task
    def as_the_body(self):
        self.client.put("/upload", data=io.BytesIO(PICTURE), headers={"Content-Type": "image/gif"}, name="body")

    @task
    def as_a_stream(self):
        # A generator is sent in chunks, of unknown length.
        self.client.post("/upload", data=(b"0" * 1000 for _ in range(100)), name="stream")


class FastUploader(FastHttpUser):
    wait_time = constant(0.2)

    @task
    def as_the_body(self):
        with self.client.post("/upload", data=PICTURE, catch_response=True, name="fast body") as response:
            if response.json() != {"bytes": len(PICTURE)}:
                response.failure(f"the server got {response.text}")
