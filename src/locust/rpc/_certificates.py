"""Nodes that know each other by certificates of the user's own authority: `--cluster-tls`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gevent import socket, ssl

from locust.exception import RPCError


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files of a node.

    Attributes:
        certificate: its certificate, and what leads from it to the authority.
        key: its private key, unencrypted.
        authority: who signs the certificates of all nodes.
    """

    certificate: Path
    key: Path
    authority: Path

    def all(self) -> tuple[Path, ...]:
        """In the order of the attributes."""
        return (self.certificate, self.key, self.authority)


class ClusterIdentity:
    """A node's certificate, and whom it believes. Files that change are read again for the next connection.

    Args:
        files: of this node.
        warn: says what is wrong with files that changed; the ones from before go on.

    Raises:
        RPCError: a file can't be read or used.
    """

    def __init__(self, files: CertificateFiles, warn: Callable[[str], None]) -> None:
        self._files = files
        self._warn = warn
        self._stamps = self._stamps_now()
        self._server, self._client = self._contexts()

    def accept(self, connection: socket.socket) -> ssl.SSLSocket:
        """The master's side: encrypts `connection`; the worker needs a certificate. Raises `OSError`."""
        self._read_again()
        secured = self._server.wrap_socket(connection, server_side=True)
        # With TLS 1.3 a worker learns only from what comes next whether its certificate was taken.
        secured.sendall(_WELCOME)
        return secured

    def connect(self, connection: socket.socket, host: str) -> ssl.SSLSocket:
        """The worker's side: encrypts `connection` to the master, which must be `host`. Raises `OSError`."""
        self._read_again()
        secured = self._client.wrap_socket(connection, server_hostname=host)
        if secured.recv(len(_WELCOME)) != _WELCOME:
            raise RPCError(f"what answers at {host} is no master with --cluster-tls")
        return secured

    def _read_again(self) -> None:
        stamps = self._stamps_now()
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            self._server, self._client = self._contexts()
        except RPCError as error:
            self._warn(f"{error} The certificates from before are still used.")

    def _stamps_now(self) -> list[tuple[int, int] | None]:
        stamps: list[tuple[int, int] | None] = []
        for path in self._files.all():
            try:
                status = path.stat()
                stamps.append((status.st_mtime_ns, status.st_ino))
            except OSError:
                stamps.append(None)
        return stamps

    def _contexts(self) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        for flag, path in zip(("cert", "key", "ca"), self._files.all(), strict=True):
            try:
                path.read_bytes()
            except OSError as error:
                raise RPCError(f"--cluster-tls-{flag} {path} can't be read: {error.strerror}.") from error
        contexts = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        for context in contexts:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.verify_mode = ssl.CERT_REQUIRED
            try:
                context.load_cert_chain(self._files.certificate, self._files.key, password=_no_password)
            except (ssl.SSLError, ValueError) as error:
                raise RPCError(
                    f"--cluster-tls-cert {self._files.certificate} and --cluster-tls-key {self._files.key} aren't a "
                    f"certificate and its unencrypted key in PEM form ({_reason(error)})."
                ) from error
            try:
                context.load_verify_locations(self._files.authority)
            except ssl.SSLError as error:
                raise RPCError(
                    f"--cluster-tls-ca {self._files.authority} holds no certificate in PEM form ({_reason(error)})."
                ) from error
        return contexts


_WELCOME = b"GRC1"


def _no_password() -> str:
    # Without this OpenSSL would ask at the terminal.
    raise ValueError("the key is encrypted")


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error).lower().replace("_", " ")
