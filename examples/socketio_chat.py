"""WebSocket by Socket.IO (`pip install 'locust[socketio]'`): send, hear others, and ask for an answer.

locust -f examples/socketio_chat.py -H http://127.0.0.1:5000
"""

from locust import constant, task
from locust.contrib.socketio import SocketIOUser


class Talker(SocketIOUser):
    wait_time = constant(0.2)
    options = {"reconnection": False}

    def on_start(self):
        # What the server sends unasked is reported as WSR; a handler of yours takes it instead.
        self.sio.on("pushed", lambda received: None)
        self.sio.connect(self.host, transports=["websocket"])

    def on_stop(self):
        self.sio_greenlet.kill()
        self.sio.disconnect()

    @task
    def say(self):
        self.sio.emit("push", "hello")

    @task
    def ask(self):
        # Its time is that until the server has acknowledged it.
        assert self.sio.call("echo", "are you there?", timeout=5) == "are you there?"
