"""What the generators load: nginx, and the bundled target where an answer must take its time."""

from __future__ import annotations

import http.client
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Protocol

from benchmarks import processes

START_SECONDS = 10.0
HUNDRED_BYTES = "x" * 99 + "\\n"
TEN_KILOBYTES = ("x" * 79 + "\n") * 128


class Target(Protocol):
    """A server that knows how many requests it has answered."""

    url: str
    port: int

    def request_count(self) -> int:
        """Requests answered so far."""

    def cpu_seconds(self) -> float:
        """CPU time it used so far."""


class MissingError(Exception):
    """Something that a benchmark needs is not here; says what, and how to get it."""


NGINX_CONF = """
{user}
worker_processes 1;
worker_rlimit_nofile {open_files};
pid {directory}/nginx.pid;
error_log {directory}/error.log error;
events {{ worker_connections {connections}; multi_accept on; }}
http {{
    access_log off;
    server_tokens off;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    tcp_nodelay on;
    tcp_nopush on;
    sendfile on;
    open_file_cache max=10;
    default_type text/plain;
    types {{ }}
    charset utf-8;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    ssl_certificate {directory}/certificate.pem;
    ssl_certificate_key {directory}/key.pem;
    ssl_protocols TLSv1.3;
    ssl_session_cache off;
    ssl_session_tickets off;
    server {{
        listen 127.0.0.1:{http_port} backlog=4096;
        listen 127.0.0.1:{https_port} ssl backlog=4096;
        root {directory}/files;
        location = / {{ return 200 "{hundred_bytes}"; }}
        location = /10k {{ }}
    }}
    server {{
        listen 127.0.0.1:{status_port};
        location / {{ stub_status; }}
    }}
}}
"""


class Nginx:
    """nginx with one worker on the target's core: 100 B at /, 10 KB at /10k, TLS 1.3 on a second port."""

    def __init__(self, directory: Path) -> None:
        binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if binary is None:
            raise MissingError("nginx: install it (Debian: apt-get install nginx-light)")
        self._binary = binary
        self._directory = directory.resolve()
        self.port, self.tls_port, self._status_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        self.tls_url = f"https://127.0.0.1:{self.tls_port}"

    def __enter__(self) -> Nginx:
        directory = self._directory
        (directory / "files").mkdir(parents=True, exist_ok=True)
        (directory / "files" / "10k").write_text(TEN_KILOBYTES)
        make_certificate(directory)
        _, open_files = resource.getrlimit(resource.RLIMIT_NOFILE)
        configuration = directory / "nginx.conf"
        configuration.write_text(
            NGINX_CONF.format(
                # Started by root, nginx would give its worker to a user who may not read our files.
                user="user root;" if os.geteuid() == 0 else "",
                directory=directory,
                open_files=open_files,
                connections=min(open_files - 100, 60_000),
                http_port=self.port,
                https_port=self.tls_port,
                status_port=self._status_port,
                hundred_bytes=HUNDRED_BYTES,
            )
        )
        self._process = processes.start(
            [self._binary, "-p", str(directory), "-c", str(configuration), "-g", "daemon off;"],
            core=processes.TARGET_CORE,
            output=directory / "nginx.out",
        )
        wait_until_listening(self._status_port, self._process, directory / "nginx.out")
        self._status = http.client.HTTPConnection("127.0.0.1", self._status_port, timeout=10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.close()
        processes.stop(self._process)

    def request_count(self) -> int:
        """Requests answered so far; asking counts too."""
        return self._numbers()[1]

    def connection_count(self) -> int:
        """Connections open now, without the one that asks."""
        return self._numbers()[0] - 1

    def cpu_seconds(self) -> float:
        """CPU time used so far."""
        return processes.cpu_seconds(self._process.pid)

    @property
    def version(self) -> str:
        """As `nginx -v` says."""
        said = subprocess.run([self._binary, "-v"], capture_output=True, text=True, check=True).stderr
        return said.strip().rpartition("/")[2]

    def _numbers(self) -> tuple[int, int]:
        self._status.request("GET", "/")
        page = self._status.getresponse().read().decode()
        active = re.search(r"Active connections: (\d+)", page)
        counts = re.search(r"\n (\d+) (\d+) (\d+)", page)
        assert active is not None, page
        assert counts is not None, page
        return int(active[1]), int(counts[3])


class BundledTarget:
    """The bundled target on the target's core."""

    def __init__(self, directory: Path, python: str) -> None:
        self._directory = directory.resolve()
        self._python = python
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> BundledTarget:
        self._directory.mkdir(parents=True, exist_ok=True)
        serve = f"from locust import _native; _native.serve_target('127.0.0.1', {self.port}, print)"
        output = self._directory / "target.out"
        self._process = processes.start([self._python, "-c", serve], core=processes.TARGET_CORE, output=output)
        wait_until_listening(self.port, self._process, output)
        self._count = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._count.close()
        processes.stop(self._process)

    def request_count(self) -> int:
        """Requests answered so far; asking counts too."""
        self._count.request("GET", "/count")
        return int(json.loads(self._count.getresponse().read())["requests"])

    def cpu_seconds(self) -> float:
        """CPU time used so far."""
        return processes.cpu_seconds(self._process.pid)


def make_certificate(directory: Path) -> None:
    """A self-signed certificate on an elliptic curve, as servers have today."""
    if (directory / "certificate.pem").exists():
        return
    if shutil.which("openssl") is None:
        raise MissingError("openssl: install it, it makes the target's certificate")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(directory / "key.pem"), "-out", str(directory / "certificate.pem")]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses at this moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def wait_until_listening(port: int, process: subprocess.Popen[bytes], output: Path) -> None:
    """Wait for a server to come up."""
    ends_at = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > ends_at:
                raise MissingError(f"a target that starts: it said {output.read_text().strip()!r}") from None
            time.sleep(0.02)
        else:
            return
