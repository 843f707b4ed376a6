"""A server of Socket.IO, real; and one that talks as OpenAI's does, faked. Each in a process of its own:

python -m fakes.speaking socketio|openai
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from fakes.servers import python_server


@contextlib.contextmanager
def speaking(kind: str) -> Iterator[str]:
    """Runs one; gives its URL."""
    with python_server("-m", "fakes.speaking", kind, folder=Path(__file__).parents[1]) as url:
        yield url


def serve_socketio() -> None:
    import logging

    import socketio
    from werkzeug.serving import make_server

    server = socketio.Server(async_mode="threading")

    @server.event
    def connect(sid: str, environ: object, auth: object) -> bool:
        return auth != "wrong"

    @server.event
    def echo(sid: str, *received: object) -> object:
        return received[0] if len(received) == 1 else received

    @server.event
    def push(sid: str, received: object) -> None:
        server.emit("pushed", received, to=sid)

    @server.event
    def message(sid: str, received: object) -> None:
        server.send(f"got {received}", to=sid)

    @server.event
    def slow(sid: str, received: float) -> None:
        time.sleep(received)

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    http = make_server("127.0.0.1", 0, socketio.WSGIApp(server), threaded=True)
    print(http.server_port, flush=True)
    http.serve_forever()


class OpenAIHandler(BaseHTTPRequestHandler):
    """Answers by the model that is asked for: `m`, `missing` or `broken`."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer({"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "us"}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["model"] == "missing":
            self.answer({"error": {"message": "no such model"}}, 404)
        elif asked["model"] == "broken":
            self.answer("no JSON", 500)
        elif asked.get("stream"):
            piece = {"choices": [{"index": 0, "delta": {"content": "hello"}}]}
            self.answer(f"data: {json.dumps({**self.completion(), **piece})}\n\ndata: [DONE]\n\n", kind="event-stream")
        elif self.path.endswith("/chat/completions"):
            usage = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
            said = [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}]
            self.answer({**self.completion(), "choices": said, "usage": usage})
        else:
            self.answer(
                {
                    "id": "r",
                    "object": "response",
                    "created_at": 1,
                    "model": "m",
                    "output": [],
                    "usage": {"input_tokens": 3, "output_tokens": 9, "total_tokens": 12},
                }
            )

    def completion(self) -> dict[str, Any]:
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}

    def answer(self, said: object, status: int = 200, kind: str = "json") -> None:
        body = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"application/{kind}" if kind == "json" else f"text/{kind}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve_openai() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OpenAIHandler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    {"socketio": serve_socketio, "openai": serve_openai}[sys.argv[1]]()
