"""Join tokens: a fleet that trusts itself without a certificate authority.

The master makes a certificate when it starts, and prints a token with the certificate's fingerprint and a secret. A
worker accepts no other certificate, and proves that it knows the secret by answering the master's challenge: the secret
never travels, and an answer is of no use a second time. A worker that has joined gets a credential of its own, so that
it may come back when the token has expired.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import struct
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from gevent import socket, ssl

from locust.exception import RPCError

PREFIX: Final = "gjt1_"
_TOKEN: Final = struct.Struct(">Q32s32s")
_CHALLENGE: Final = struct.Struct(">4s32s")
_PROOF: Final = struct.Struct(">cQ32s")
_VERDICT: Final = struct.Struct(">c32s")
_MAGIC: Final = b"GRJ1"
_BY_TOKEN, _BY_SESSION = b"t", b"s"
_ACCEPTED, _EXPIRED, _FOREIGN = b"+", b"x", b"-"
_REASONS: Final = {
    _EXPIRED: "the join token has expired: take the one that the master prints now",
    _FOREIGN: "the join token is not of this master: take the one that it prints",
}


class JoinRefusedError(RPCError):
    """The other side isn't who it should be."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a worker needs to join.

    Attributes:
        expires_at: seconds since 1970.
        fingerprint: SHA-256 of the master's certificate.
        secret: what the worker proves to know.
    """

    expires_at: int
    fingerprint: bytes
    secret: bytes

    def __str__(self) -> str:
        packed = _TOKEN.pack(self.expires_at, self.fingerprint, self.secret)
        return PREFIX + base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Token:
        """Raises `RPCError` when `text` is no token."""
        try:
            if not text.startswith(PREFIX):
                raise ValueError
            encoded = text[len(PREFIX) :]
            packed = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
            return cls(*_TOKEN.unpack(packed))
        except (ValueError, binascii.Error, struct.error):
            raise RPCError(
                f"A join token was wanted: {PREFIX} and 96 letters, as `locust --master --secure` prints it; "
                f"found {len(text)} characters."
            ) from None


class MasterIdentity:
    """A master's certificate and secret, made when it starts.

    Args:
        now: the time, in seconds since 1970.
        secrets: of an earlier one, which this one is to be.
    """

    def __init__(self, now: float | None = None, *, secrets: dict[str, bytes] | None = None) -> None:
        self.secrets = secrets or _new_secrets(time.time() if now is None else now)
        self._key = self.secrets["key"]
        certificate_pem = self.secrets["certificate_pem"]
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        with tempfile.TemporaryDirectory(prefix="locust-") as directory:
            # OpenSSL takes a key from a file only; this one is ours alone and gone at once.
            path = Path(directory) / "master.pem"
            path.touch(mode=0o600)
            path.write_bytes(self.secrets["private_key_pem"] + certificate_pem)
            self._context.load_cert_chain(path)
        self._fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate_pem.decode())).digest()

    def token(self, *, valid_seconds: float, now: float | None = None) -> Token:
        """A token that lets workers join for so long."""
        expires_at = int((time.time() if now is None else now) + valid_seconds)
        return Token(expires_at, self._fingerprint, self._secret(_BY_TOKEN, expires_at))

    def accept(self, connection: socket.socket) -> ssl.SSLSocket:
        """Encrypts `connection` and lets its worker prove itself. Raises `JoinRefusedError` or `OSError`."""
        secured = self._context.wrap_socket(connection, server_side=True)
        nonce = os.urandom(32)
        secured.sendall(_CHALLENGE.pack(_MAGIC, nonce))
        kind, expires_at, proof = _PROOF.unpack(_read(secured, _PROOF.size))
        right = _proof(self._secret(kind, expires_at), nonce, self._fingerprint)
        if kind not in (_BY_TOKEN, _BY_SESSION) or not hmac.compare_digest(proof, right):
            secured.sendall(_VERDICT.pack(_FOREIGN, bytes(32)))
            raise JoinRefusedError("its join token is not of this master")
        if expires_at < time.time():
            secured.sendall(_VERDICT.pack(_EXPIRED, bytes(32)))
            raise JoinRefusedError("its join token has expired")
        # Holds as long as this master: it is part of the key.
        secured.sendall(_VERDICT.pack(_ACCEPTED, self._secret(_BY_SESSION, _FOR_EVER)))
        return secured

    def _secret(self, kind: bytes, expires_at: int) -> bytes:
        return hmac.digest(self._key, kind + struct.pack(">Q", expires_at), "sha256")


_FOR_EVER: Final = 2**63


class WorkerIdentity:
    """A worker's right to join.

    Args:
        token: of the master.
    """

    def __init__(self, token: Token) -> None:
        self._fingerprint = token.fingerprint
        self._credential = (_BY_TOKEN, token.expires_at, token.secret)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        # The token names the one certificate that will do: no authority, no host name.
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    def connect(self, connection: socket.socket, host: str) -> ssl.SSLSocket:
        """Encrypts `connection`, checks who answers, and joins. Raises `JoinRefusedError` or `OSError`."""
        secured = self._context.wrap_socket(connection)
        certificate = secured.getpeercert(binary_form=True) or b""
        if not hmac.compare_digest(hashlib.sha256(certificate).digest(), self._fingerprint):
            raise JoinRefusedError(
                f"what answers at {host} isn't the master that printed the join token: "
                "take the token of the master that runs there now"
            )
        magic, nonce = _CHALLENGE.unpack(_read(secured, _CHALLENGE.size))
        if magic != _MAGIC:
            raise JoinRefusedError(f"what answers at {host} speaks another version of the join protocol")
        kind, expires_at, secret = self._credential
        secured.sendall(_PROOF.pack(kind, expires_at, _proof(secret, nonce, self._fingerprint)))
        verdict, session = _VERDICT.unpack(_read(secured, _VERDICT.size))
        if verdict != _ACCEPTED:
            raise JoinRefusedError(_REASONS.get(verdict, "the master refused it"))
        self._credential = (_BY_SESSION, _FOR_EVER, session)
        return secured


def _proof(secret: bytes, nonce: bytes, fingerprint: bytes) -> bytes:
    return hmac.digest(secret, b"gregaria join" + nonce + fingerprint, "sha256")


def _read(connection: ssl.SSLSocket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        try:
            some = connection.recv(size - len(read))
        except ConnectionResetError:  # how Python 3.13 ends one that it refuses
            some = b""
        if not some:
            raise JoinRefusedError("the connection ended before it had joined")
        read += some
    return read


def _new_secrets(now: float) -> dict[str, bytes]:
    certificate_pem, private_key_pem = _self_signed(now)
    return {"key": os.urandom(32), "certificate_pem": certificate_pem, "private_key_pem": private_key_pem}


def _self_signed(now: float) -> tuple[bytes, bytes]:
    """A certificate and its key, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "locust master")])
    began = datetime.fromtimestamp(now, timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began - timedelta(days=1))
        .not_valid_after(began + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    unencrypted = serialization.NoEncryption()
    return certificate.public_bytes(encoding), key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, unencrypted
    )
