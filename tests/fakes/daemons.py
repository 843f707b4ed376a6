"""Real servers for the tests of protocols, each on a free port of 127.0.0.1 and gone when its block ends.

    with mosquitto() as broker:
        ...connect to broker.port...

A server that isn't installed fails the test, which says what package has it or what builds it. `.ci/run` gets them all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fakes.servers import free_port

FERRETDB = Path(__file__).parents[2] / "build" / "tools" / "ferretdb"
DEADLINE_SECONDS = 15.0
POLL_SECONDS = 0.02
# Servers don't run as root; these users come with their Debian packages.
IS_ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Server:
    """Where a server listens; `ports` has those beyond the first, by name."""

    port: int
    ports: dict[str, int]


def program(name: str, package: str) -> str:
    """Path of an installed program.

    Raises:
        AssertionError: it isn't installed.
    """
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", *map(str, versions)])
    found = shutil.which(name, path=places)
    assert found is not None, f"{name} is missing: install the Debian package {package}"
    return found


@contextlib.contextmanager
def mosquitto(certificate: str | None = None) -> Iterator[Server]:
    """An MQTT broker: anybody at `port`, WebSocket at `ports["websocket"]`; at `ports["guarded"]` only `ada` with the
    password `lovelace`.

    Args:
        certificate: path of a PEM file with key and chain; with it, TLS is at `ports["tls"]`.
    """
    binary = program("mosquitto", "mosquitto")
    ports = {"open": free_port(), "guarded": free_port(), "websocket": free_port()}
    if certificate is not None:
        ports["tls"] = free_port()
    with _folder("mosquitto") as folder:
        passwords = folder / "passwords"
        passwords.write_text("ada:lovelace\n")
        subprocess.run([program("mosquitto_passwd", "mosquitto"), "-U", str(passwords)], check=True)
        _give_away(passwords, "mosquitto")
        tls = ""
        if certificate is not None:
            own = Path(shutil.copy(certificate, folder / "certificate.pem"))
            _give_away(own, "mosquitto")
            tls = f"listener {ports['tls']} 127.0.0.1\nallow_anonymous true\ncertfile {own}\nkeyfile {own}\n"
        configuration = folder / "mosquitto.conf"
        configuration.write_text(
            "per_listener_settings true\n"
            f"listener {ports['open']} 127.0.0.1\nallow_anonymous true\n"
            f"listener {ports['guarded']} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
            f"listener {ports['websocket']} 127.0.0.1\nprotocol websockets\nallow_anonymous true\n" + tls
        )
        with _process([binary, "-c", str(configuration)], *ports.values()):
            yield Server(ports["open"], ports)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server with an empty database; gives its connection string."""
    server, initialise = program("postgres", "postgresql"), program("initdb", "postgresql")
    port = free_port()
    with _folder("postgresql") as folder:
        _give_away(folder, "postgres")
        cluster = str(folder / "cluster")
        owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if IS_ROOT else []
        subprocess.run(
            [*owner, initialise, "-D", cluster, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        listen = ["-c", "listen_addresses=127.0.0.1", "-p", str(port), "-k", str(folder), "-F"]
        with _process([*owner, server, "-D", cluster, *listen], port):
            # It listens before it takes connections.
            wait = [program("pg_isready", "postgresql"), "-q", "-h", "127.0.0.1", "-p", str(port)]
            while subprocess.run(wait).returncode:
                time.sleep(POLL_SECONDS)
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def ferretdb() -> Iterator[str]:
    """A server of MongoDB's protocol over SQLite; gives its connection string."""
    binary = FERRETDB if FERRETDB.exists() else shutil.which("ferretdb")
    assert binary is not None, "ferretdb is missing: `make ferretdb` builds it"
    port = free_port()
    with _folder("ferretdb") as folder:
        command = [str(binary), "--handler=sqlite", f"--sqlite-url=file:{folder}/", f"--listen-addr=127.0.0.1:{port}"]
        quiet = ["--debug-addr=-", "--telemetry=disable", f"--state-dir={folder}", "--log-level=error"]
        with _process([*command, *quiet], port):
            yield f"mongodb://127.0.0.1:{port}/"


@contextlib.contextmanager
def unbound(certificate: str) -> Iterator[Server]:
    """A DNS server that knows `here.test` (192.0.2.7); UDP and TCP at `port`, TLS at `ports["tls"]`,
    HTTPS at `ports["https"]`.

    Args:
        certificate: path of a PEM file with key and chain.

    Other names don't exist. Nothing is asked of other servers.
    """
    binary = program("unbound", "unbound")
    ports = {"plain": free_port(), "tls": free_port(), "https": free_port()}
    settings = [
        *(f"interface: 127.0.0.1@{port}" for port in ports.values()),
        f"tls-port: {ports['tls']}",
        f"https-port: {ports['https']}",
        f"tls-service-pem: {certificate}",
        f"tls-service-key: {certificate}",
    ]
    with _folder("unbound") as folder:
        configuration = folder / "unbound.conf"
        configuration.write_text(
            "server:\n"
            + "".join(f"  {line}\n" for line in settings)
            + '  do-daemonize: no\n  username: ""\n  chroot: ""\n  directory: "'
            + str(folder)
            + '"\n'
            '  pidfile: ""\n  use-syslog: no\n  module-config: "iterator"\n'
            '  local-zone: "." static\n  local-zone: "test." static\n  local-data: "here.test. A 192.0.2.7"\n'
            "remote-control:\n  control-enable: no\n"
        )
        with _process([binary, "-c", str(configuration)], *ports.values()):
            yield Server(ports["plain"], ports)


@contextlib.contextmanager
def _folder(name: str) -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _give_away(path: Path, user: str) -> None:
    if IS_ROOT:
        shutil.chown(path, user, user)


@contextlib.contextmanager
def _process(command: list[str], *ports: int) -> Iterator[None]:
    """Runs a server; goes on when all its ports answer."""
    with tempfile.TemporaryFile("w+") as output:
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + DEADLINE_SECONDS
            while not all(_answers(port) for port in ports):
                if server.poll() is not None or time.monotonic() > deadline:
                    output.seek(0)
                    raise AssertionError(f"{command[0]} doesn't listen: {output.read()}")
                time.sleep(POLL_SECONDS)
            yield
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
