"""Certificates, good ones and every bad kind, made anew for each session of tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import trustme

from fakes.steps import TlsFiles


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files. The authority is `authority`; a client that knows it must accept `good` and nothing else.

    Attributes:
        authority: the authority's certificate.
        stranger: the certificate of another authority, which signed `unknown_authority`.
        good: for 127.0.0.1 and localhost.
        good_chain: signed by an intermediate that is sent along.
        missing_intermediate: the same, but the intermediate is not sent.
        expired: good until yesterday.
        not_yet_valid: good from tomorrow.
        other_host: for other.test.
        unknown_authority: signed by `stranger`.
        client: a certificate with key for clients, signed by `authority`.
        client_key: its key alone.
        client_certificate: its chain alone.
        stranger_client: a client certificate signed by `stranger`.
    """

    authority: str
    stranger: str
    good: str
    good_chain: str
    missing_intermediate: str
    expired: str
    not_yet_valid: str
    other_host: str
    unknown_authority: str
    client: str
    client_key: str
    client_certificate: str
    stranger_client: str

    def bad_kinds(self) -> dict[str, TlsFiles]:
        """By name, the servers that a client which trusts `authority` must refuse."""
        names = ["missing_intermediate", "expired", "not_yet_valid", "other_host", "unknown_authority"]
        return {name.replace("_", "-"): TlsFiles(getattr(self, name)) for name in names}


def make_certificates(directory: Path) -> Certificates:
    """Make all of them in `directory`."""
    authority, stranger = trustme.CA(), trustme.CA()
    intermediate = authority.create_child_ca()
    now, day = datetime.now(timezone.utc), timedelta(days=1)
    names = ("127.0.0.1", "localhost", "::1")
    chained = intermediate.issue_cert(*names)
    client = authority.issue_cert("client@example.org")

    def write(name: str, *blobs: trustme.Blob) -> str:
        path = directory / f"{name}.pem"
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        return str(path)

    def leaf(name: str, issued: trustme.LeafCert) -> str:
        return write(name, issued.private_key_pem, *issued.cert_chain_pems)

    return Certificates(
        authority=write("authority", authority.cert_pem),
        stranger=write("stranger", stranger.cert_pem),
        good=leaf("good", authority.issue_cert(*names)),
        good_chain=leaf("good-chain", chained),
        missing_intermediate=write("missing-intermediate", chained.private_key_pem, chained.cert_chain_pems[0]),
        expired=leaf("expired", authority.issue_cert(*names, not_before=now - 9 * day, not_after=now - day)),
        not_yet_valid=leaf(
            "not-yet-valid", authority.issue_cert(*names, not_before=now + day, not_after=now + 9 * day)
        ),
        other_host=leaf("other-host", authority.issue_cert("other.test")),
        unknown_authority=leaf("unknown-authority", stranger.issue_cert(*names)),
        client=leaf("client", client),
        client_key=write("client-key", client.private_key_pem),
        client_certificate=write("client-certificate", *client.cert_chain_pems),
        stranger_client=leaf("stranger-client", stranger.issue_cert("client@example.org")),
    )
