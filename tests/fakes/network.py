"""A machine of its own for a process: a network namespace at the end of a cable that can be pulled. Needs root."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from types import TracebackType

_numbers = itertools.count(1)


class Machine:
    """A namespace with one address, joined to this one's by a pair of interfaces; for a `with` block.

    Attributes:
        here: our end's address.
        there: the machine's address.
        command: what goes before a command that is to run on it.
    """

    def __init__(self) -> None:
        for tool in ("ip", "nft"):
            if shutil.which(tool) is None:
                raise RuntimeError(f"{tool} is missing: apt-get install iproute2 nftables")
        if os.geteuid() != 0:
            raise RuntimeError("network namespaces need root")
        number = next(_numbers)
        # 15 characters are all that an interface's name may have.
        self._name = f"lt{os.getpid()}-{number}"
        self._inside = f"{self._name}i"
        self.command = ("ip", "netns", "exec", self._name)
        network = f"10.{200 + number % 50}.{os.getpid() % 250}"
        self.here, self.there = f"{network}.1", f"{network}.2"

    def __enter__(self) -> Machine:
        _ip("netns", "add", self._name)
        _ip("link", "add", self._name, "type", "veth", "peer", "name", self._inside, "netns", self._name)
        _ip("addr", "add", f"{self.here}/24", "dev", self._name)
        _ip("link", "set", self._name, "up")
        _ip("-n", self._name, "addr", "add", f"{self.there}/24", "dev", self._inside)
        _ip("-n", self._name, "link", "set", self._inside, "up")
        _ip("-n", self._name, "link", "set", "lo", "up")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # The pair of interfaces goes with it.
        _ip("netns", "delete", self._name)

    def pull_cable(self) -> None:
        """The link is down, and both sides know."""
        _ip("link", "set", self._name, "down")

    def plug_in(self) -> None:
        """The link is up again."""
        _ip("link", "set", self._name, "up")

    def swallow_packets(self) -> None:
        """Nothing comes through, and nobody is told."""
        chains = "".join(
            f"  chain {hook} {{\n    type filter hook {hook} priority 0; policy drop;\n  }}\n"
            for hook in ("input", "output")
        )
        rules = f"table ip lost {{\n{chains}}}\n"
        subprocess.run([*self.command, "nft", "-f", "-"], input=rules, text=True, check=True, timeout=10)

    def let_packets_pass(self) -> None:
        """Undo `swallow_packets`."""
        subprocess.run([*self.command, "nft", "delete", "table", "ip", "lost"], check=True, timeout=10)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=10)
