"""How nodes find each other: plainly as upstream's do, or through a tunnel of TLS."""

from __future__ import annotations

import argparse
import atexit
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from locust import argument_parser
from locust.exception import LocustError
from locust.rpc._certificates import CertificateFiles, ClusterIdentity
from locust.util.loopback import is_loopback

if TYPE_CHECKING:
    from locust.rpc._join import MasterIdentity
    from locust.runners._journal import Journal, UnfinishedRun

logger = logging.getLogger("locust.main")


def check(options: argparse.Namespace) -> None:
    """Raises `LocustError` for options that don't go together."""
    if options.cluster_tls and (options.secure or options.join_token):
        raise LocustError("--cluster-tls and --secure/--join are two ways to the same: give one of them")
    if options.secure and not options.master:
        raise LocustError("--secure is for masters; workers join one with --join TOKEN")
    if options.join_token and not options.worker:
        raise LocustError("--join is for workers; a master prints its token with --secure")
    if options.journal and not options.master:
        raise LocustError("--journal is for masters: it keeps the run of a fleet")
    if options.orphan_timeout is not None and not options.worker:
        raise LocustError("--orphan-timeout is for workers")
    given = [name for name in ("cert", "key", "ca") if getattr(options, f"cluster_tls_{name}")]
    if given and not options.cluster_tls:
        raise LocustError(
            f"--cluster-tls-{given[0]} without --cluster-tls would encrypt nothing: give both, or neither"
        )


def prepare_for_children(options: argparse.Namespace) -> None:
    """Makes what a master and the workers that it forks must share (`--processes`).

    Raises:
        LocustError: options that don't go together, or a journal that can't be used.
    """
    if options.cluster_tls:
        # Their certificate is of some host's name, and they'd have to reach it by that.
        raise LocustError(
            "--processes with --cluster-tls needs --worker too: start the master by itself. Or use --secure"
        )
    if options.secure:
        secrets = None
        if options.journal:
            # Before there are children: none of them may hold the file open.
            with closing(open_journal(options)) as journal:
                secrets = kept_secrets(journal.unfinished())
        _own_identity(secrets)


def join_parent(options: argparse.Namespace) -> None:
    """Sets the options of a worker that its master forked."""
    if options.secure:
        options.secure = False
        options.join_token = str(_own_identity().token(valid_seconds=options.join_ttl))


def open_journal(options: argparse.Namespace) -> Journal:
    """The journal that the options name.

    Raises:
        JournalError: it can't be used.
    """
    from locust.runners._journal import Journal

    return Journal(Path(options.journal), logger.warning)


def kept_secrets(run: UnfinishedRun | None) -> dict[str, bytes] | None:
    """What the workers of an unfinished run trust their master by, if it is one with `--secure`."""
    return run.state["identity"] if run is not None else None


def secrets_of_master(options: argparse.Namespace, kept: dict[str, bytes] | None) -> dict[str, bytes] | None:
    """What workers trust this master by, with `--secure`: as the master of an unfinished run, what was kept."""
    return _own_identity(kept).secrets if options.secure else None


_identity: MasterIdentity | None = None


def _own_identity(kept: dict[str, bytes] | None = None) -> MasterIdentity:
    """The one of this process, made when it is first asked for."""
    global _identity
    if _identity is None:
        from locust.rpc._join import MasterIdentity

        _identity = MasterIdentity(secrets=kept)
    return _identity


def master_address(options: argparse.Namespace) -> tuple[str, int]:
    """Where a master's ZeroMQ socket listens: the address that the options name, or behind a tunnel that does.

    Raises:
        LocustError: a port or certificate that can't be had.
    """
    host, port = options.master_bind_host, options.master_bind_port
    if options.secure:
        from locust.rpc._tunnel import MasterTunnel

        identity = _own_identity()
        tunnel = MasterTunnel(host, port, identity)
        token = identity.token(valid_seconds=options.join_ttl)
        # For people and scripts alike: it's what the next command needs, and no log keeps it.
        command = f"locust -f - --worker --master-host <this host> --master-port {tunnel.port} --join {token}"
        print(f"Workers join with: {command}", flush=True)  # noqa: T201
    elif options.cluster_tls:
        from locust.rpc._tunnel import MasterTunnel

        tunnel = MasterTunnel(host, port, _certificates(options))
    else:
        _warn_of_open_port(options)
        return host, port
    atexit.register(tunnel.close)
    logger.info("Listening for workers at %s:%d, over TLS", host, tunnel.port)
    return tunnel.endpoint, tunnel.port


@contextmanager
def way_to_master(options: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Where a worker's ZeroMQ sockets connect: to the master that the options name, or to a tunnel that does.

    Raises:
        LocustError: a token or certificate that won't do.
    """
    host, port = options.master_host, options.master_port
    # Those that find the locustfile know only what was given.
    token = getattr(options, "join_token", None)
    if not token and not getattr(options, "cluster_tls", False):
        yield host, port
        return
    from locust.rpc._tunnel import WorkerTunnel

    if token:
        from locust.rpc._join import Token, WorkerIdentity

        tunnel = WorkerTunnel(host, port, WorkerIdentity(Token.parse(token)))
    else:
        tunnel = WorkerTunnel(host, port, _certificates(options))
    with tunnel:
        yield tunnel.endpoint, port


def _certificates(options: argparse.Namespace) -> ClusterIdentity:
    paths = {}
    for name, attribute in (("cert", "certificate"), ("key", "key"), ("ca", "authority")):
        path = getattr(options, f"cluster_tls_{name}", None)
        if not path:
            raise LocustError(f"--cluster-tls needs --cluster-tls-{name} too")
        paths[attribute] = Path(path)
    return ClusterIdentity(CertificateFiles(**paths), logger.warning)


def _warn_of_open_port(options: argparse.Namespace) -> None:
    if is_loopback(options.master_bind_host):
        return
    secrets = [
        flag
        for dest, action in argument_parser.get_parser().secret_args_included_in_web_ui.items()
        if getattr(options, dest, None)
        for flag in action.option_strings[:1]
    ]
    logger.warning(
        "Workers are awaited at '%s' without encryption: whoever reaches port %d can read the locustfile%s, join as a "
        "worker and report what they like. Use --secure, or --cluster-tls; or --master-bind-host 127.0.0.1",
        options.master_bind_host,
        options.master_bind_port,
        f" and the secret options ({', '.join(secrets)})" if secrets else "",
    )
