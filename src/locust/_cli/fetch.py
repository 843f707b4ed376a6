"""`-f -`: a worker that asks its master for the locustfile."""

from __future__ import annotations

import logging
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final
from uuid import uuid4

import gevent

from locust import argument_parser, rpc, runners
from locust._cli import bundles
from locust._version import __version__
from locust.exception import LocustError, RPCReceiveError
from locust.log import HOSTNAME
from locust.util.directory import make_temporary_folder
from locust.util.url import is_url

logger = logging.getLogger("locust.main")

ASK_EVERY_SECONDS: Final = 1.0
SAY_AFTER_SECONDS: Final = 5.0


def fetch_locustfiles(host: str, port: int) -> list[str]:
    """Saves the master's locustfiles until this process ends, and gives their paths.

    Raises:
        LocustError: the master gave none, or didn't answer for CONNECT_TIMEOUT * CONNECT_RETRY_COUNT seconds.
    """
    return save(_ask(host, port))


def save(answer: Any) -> list[str]:
    """Writes the files that a master answered with to a folder of their own, whatever they're called.

    Raises:
        LocustError: there are none.
    """
    if not isinstance(answer, dict):
        raise LocustError("The master's answer makes no sense: it isn't a list of locustfiles")
    if error := answer.get("error"):
        raise LocustError(f"Got error from master: {error}")
    if "bundle" in answer:
        return bundles.settle_in(answer["bundle"])
    files = answer.get("locustfiles")
    if not isinstance(files, list) or not files:
        raise LocustError("The master sent no locustfile")
    folder = Path(make_temporary_folder())
    return [_save_one(folder, file) for file in files]


def _save_one(folder: Path, file: Any) -> str:
    if isinstance(file, str) and is_url(file):
        return argument_parser.download_locustfile_from_url(file)
    if not isinstance(file, dict) or not all(isinstance(file.get(key), str) for key in ("filename", "contents")):
        raise LocustError("The master sent a locustfile without a name and contents")
    # The name only: a master must not choose where its files go.
    name = PureWindowsPath(PurePosixPath(file["filename"]).name).name
    path = folder / (name if name.endswith(".py") else f"{name}.py")
    try:
        # As bytes: line ends stay as they were.
        path.write_bytes(file["contents"].encode())
    except (OSError, ValueError) as error:
        raise LocustError(f"Can't save the master's locustfile '{name:.100}': {error}") from error
    return str(path)


def _ask(host: str, port: int) -> Any:
    identity = f"{HOSTNAME}_download_locustfile_{uuid4().hex}"
    client = rpc.rpc.Client(host, port, identity)
    asking = gevent.spawn(_ask_again_and_again, client, identity, host, port)
    limit_seconds = runners.CONNECT_TIMEOUT * runners.CONNECT_RETRY_COUNT
    try:
        with gevent.Timeout(limit_seconds):
            return _await_answer(client)
    except gevent.Timeout:
        raise LocustError(f"Got no locustfile response from master, gave up after {limit_seconds:g}s") from None
    finally:
        asking.kill()
        client.close(linger=0)


def _await_answer(client: Any) -> Any:
    while True:
        try:
            message = client.recv()
        except RPCReceiveError as error:
            raise LocustError(f"The master's answer makes no sense: {error}") from error
        if message.type == "locustfile":
            return message.data


def _ask_again_and_again(client: Any, identity: str, host: str, port: int) -> None:
    wish = {"version": __version__, "bundle": {"have": bundles.kept()}}
    question = rpc.Message("locustfile", wish, identity)
    waited_seconds = 0.0
    while True:
        client.send(question)
        gevent.sleep(ASK_EVERY_SECONDS)
        waited_seconds += ASK_EVERY_SECONDS
        if waited_seconds == SAY_AFTER_SECONDS:
            logger.warning("Still waiting for the locustfile of a master at %s:%d", host, port)
