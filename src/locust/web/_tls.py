"""HTTPS with a certificate that may be replaced while the server runs."""

from __future__ import annotations

import logging
import os
import ssl
from typing import Any

from gevent.ssl import SSLContext

from locust.exception import LocustError

logger = logging.getLogger("locust.web")


class RotatingContext(SSLContext):
    """Reads certificate and key again when their files have changed; connections that are open go on as they are."""

    _files: tuple[str, str]
    _read_at: tuple[int, int]

    @classmethod
    def from_files(cls, cert: str, key: str) -> RotatingContext:
        """Reads both.

        Raises:
            LocustError: they can't be used; says which and why.
        """
        for option, path in (("--tls-cert", cert), ("--tls-key", key)):
            try:
                with open(path, "rb"):
                    pass
            except OSError as error:
                raise LocustError(f"Can't read '{path}', which {option} names: {error.strerror}") from error
        context = cls(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context._files = (cert, key)
        try:
            context.load_cert_chain(cert, key)
        except (ssl.SSLError, ValueError) as error:
            raise LocustError(
                f"'{cert}' and '{key}' are no certificate with its key, both PEM and without a password: {error}"
            ) from error
        context._read_at = context._changed_at()
        return context

    def wrap_socket(self, *arguments: Any, **keywords: Any) -> Any:
        self._read_again()
        return super().wrap_socket(*arguments, **keywords)

    def _changed_at(self) -> tuple[int, int]:
        cert, key = (os.stat(path).st_mtime_ns for path in self._files)
        return cert, key

    def _read_again(self) -> None:
        try:
            changed_at = self._changed_at()
            if changed_at == self._read_at:
                return
            # Tried apart: a half-written pair must not take the place of one that works.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)
            self.load_cert_chain(*self._files)
        except (OSError, ValueError) as error:
            logger.warning("The new certificate can't be used yet, the old one serves on: %s", error)
            return
        self._read_at = changed_at
        logger.info("Serving with the new certificate '%s'", self._files[0])
