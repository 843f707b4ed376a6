"""A collector of OpenTelemetry in a process of its own, that keeps what is exported to it.

with collector("grpc") as got:
    ...run with got.environment...
    got.spans()
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Collector:
    """Where it listens, and the file that it writes to."""

    protocol: str
    port: int
    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """What sends a program's exports here."""
        return {
            "OTEL_EXPORTER_OTLP_PROTOCOL": self.protocol,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "NO_PROXY": "*",
        }

    def resources(self, signal: str) -> Iterator[dict[str, Any]]:
        """Gives what came: `resourceSpans`, `resourceMetrics` or `resourceLogs`, as OTLP's JSON has them."""
        for line in self.file.read_text().splitlines():
            arrived = json.loads(line)
            yield from arrived.get(signal, [])

    def spans(self) -> list[dict[str, Any]]:
        return [
            span for part in self.resources("resourceSpans") for scope in part["scopeSpans"] for span in scope["spans"]
        ]

    def logs(self) -> list[str]:
        return [
            record["body"]["stringValue"]
            for part in self.resources("resourceLogs")
            for scope in part["scopeLogs"]
            for record in scope["logRecords"]
        ]

    def metrics(self) -> dict[str, dict[str, Any]]:
        """Gives metrics of ours by name; the last state of each."""
        return {
            metric["name"]: metric
            for part in self.resources("resourceMetrics")
            for scope in part["scopeMetrics"]
            if scope["scope"]["name"] == "locust"
            for metric in scope["metrics"]
        }


def attributes(holder: dict[str, Any]) -> dict[str, Any]:
    """Gives the attributes of a span, data point or resource."""
    return {pair["key"]: next(iter(pair["value"].values())) for pair in holder.get("attributes", [])}


@contextlib.contextmanager
def collector(protocol: str, folder: Path) -> Iterator[Collector]:
    """Runs one.

    Args:
        protocol: "grpc" or "http/protobuf".
        folder: where it may write.
    """
    file = folder / "collected"
    file.touch()
    command = [sys.executable, __file__, protocol, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            yield Collector(protocol, port, file)
        finally:
            server.kill()


def serve(protocol: str, file: str) -> None:
    from google.protobuf.json_format import MessageToJson
    from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces

    requests = {
        "trace": traces.ExportTraceServiceRequest,
        "metrics": metrics.ExportMetricsServiceRequest,
        "logs": logs.ExportLogsServiceRequest,
    }

    def keep(kind: str, body: bytes) -> bytes:
        with open(file, "a") as kept:
            kept.write(MessageToJson(requests[kind].FromString(body), indent=None) + "\n")
        return b""

    (serve_grpc if protocol == "grpc" else serve_http)(keep)


def serve_http(keep: Any) -> None:
    import gzip
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            keep({"/v1/traces": "trace", "/v1/metrics": "metrics", "/v1/logs": "logs"}[self.path], body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def serve_grpc(keep: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    import grpc

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
        def service(self, call: Any) -> Any:
            # /opentelemetry.proto.collector.trace.v1.TraceService/Export
            kind = call.method.split(".")[3]
            return grpc.unary_unary_rpc_method_handler(lambda body, _: keep(kind, body))

    server = grpc.server(ThreadPoolExecutor(4), handlers=[Handler()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    # This folder must not hide modules of the same name.
    sys.path = [entry for entry in sys.path if Path(entry) != Path(__file__).parent]
    serve(*sys.argv[1:])
