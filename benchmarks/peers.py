"""The peers: where they are, how they come here, and why one is missing. `python -m benchmarks.peers` installs them.

One at a time and at low priority; under build/peers, nothing outside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.targets import MissingError

ROOT = Path(__file__).parent.parent
PEERS_DIRECTORY = Path(__file__).parent / "peers"
BUILD = ROOT / "build" / "peers"
UPSTREAM_VERSION = "2.47.0"


@dataclass(frozen=True)
class Peer:
    """A program beside which we are measured.

    Attributes:
        path: where it is once installed; relative to build/peers. A program of that name on PATH is taken as well.
        needs: the command that the installation needs.
        commands: the installation, each in the root of this project.
        environment: for these commands.
        version: arguments that make it say its version.
    """

    path: str
    needs: str
    commands: list[list[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    version: tuple[str, ...] = ("--version",)


_GO = {"GOBIN": str(BUILD / "bin"), "GOFLAGS": "-mod=mod -modcacherw", "GOMODCACHE": str(BUILD / "go")}
_GOOSE = ["cargo", "install", "-q", "--locked", "--path", str(PEERS_DIRECTORY / "goose"), "--root", str(BUILD)]
_UPSTREAM = BUILD / "upstream"

PEERS = {
    "wrk": Peer("bin/wrk", "wrk", [], version=("-v",)),
    "upstream": Peer(
        "upstream/bin/locust",
        sys.executable,
        [
            [sys.executable, "-m", "venv", str(_UPSTREAM)],
            [str(_UPSTREAM / "bin" / "pip"), "install", "-q", f"locust=={UPSTREAM_VERSION}"],
        ],
    ),
    "hey": Peer("bin/hey", "go", [["go", "install", "github.com/rakyll/hey@latest"]], _GO, version=()),
    "vegeta": Peer(
        "bin/vegeta", "go", [["go", "install", "github.com/tsenart/vegeta/v12@latest"]], _GO, version=("-version",)
    ),
    "k6": Peer("bin/k6", "go", [["go", "install", "go.k6.io/k6@latest"]], _GO, version=("version",)),
    "oha": Peer("bin/oha", "cargo", [["cargo", "install", "-q", "oha", "--locked", "--root", str(BUILD)]]),
    "goose": Peer("bin/goose", "cargo", [_GOOSE], {"CARGO_TARGET_DIR": str(BUILD / "target")}, version=()),
}


def locate(name: str) -> Path:
    """The program of a peer. Raises MissingError with the reason."""
    peer = PEERS[name]
    built = BUILD / peer.path
    if built.exists():
        return built
    on_path = shutil.which(name)
    if on_path is not None:
        return Path(on_path)
    if not peer.commands:
        raise MissingError(f"install {name} with your system's packages")
    reason = BUILD / f"{name}.failed"
    if reason.exists():
        raise MissingError(reason.read_text().strip())
    raise MissingError("not installed: run `python -m benchmarks.peers`")


def locate_file(path: Path, remedy: str) -> Path:
    """`path`, or MissingError with what to do."""
    if not path.exists():
        raise MissingError(f"{path.name} is not there: {remedy}")
    return path


def version(name: str) -> str:
    """What a peer says about its version; its module's or package's where it says nothing."""
    try:
        program = locate(name)
    except MissingError:
        return "missing"
    if name == "goose":
        lock = (PEERS_DIRECTORY / "goose" / "Cargo.lock").read_text()
        return lock.partition('name = "goose"\nversion = "')[2].partition('"')[0]
    command = [str(program), *PEERS[name].version] if PEERS[name].version else ["go", "version", "-m", str(program)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = [line.strip() for line in (said.stdout + said.stderr).splitlines() if line.strip()]
    if not PEERS[name].version:
        lines = [line.split()[2] for line in lines if line.startswith("mod")]
    return lines[0] if lines else "unknown"


def install(name: str) -> None:
    """Install one peer; a failure is kept as the reason why it is missing."""
    peer = PEERS[name]
    BUILD.mkdir(parents=True, exist_ok=True)
    reason = BUILD / f"{name}.failed"
    reason.unlink(missing_ok=True)
    if shutil.which(peer.needs) is None:
        reason.write_text(f"`{peer.needs}` is needed to install it")
        return
    for command in peer.commands:
        print(f"peers: {' '.join(command)}", flush=True)
        done = subprocess.run(
            ["nice", "-n", "19", *command],
            cwd=ROOT,
            env={**os.environ, **peer.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = [line for line in done.stdout.splitlines() if line.strip()][-1:]
            reason.write_text(f"`{' '.join(command[:3])}` failed: {''.join(last)}"[:300])
            return


def install_missing(names: list[str] | None = None) -> None:
    """Install those that are not here yet."""
    for name in names or PEERS:
        try:
            locate(name)
        except MissingError:
            install(name)
        try:
            print(f"peers: {name}: {locate(name)}", flush=True)
        except MissingError as missing:
            print(f"peers: {name} is missing: {missing}", flush=True)


if __name__ == "__main__":
    install_missing(sys.argv[1:])
