"""The two programs: upstream's in a virtual environment of its own, and ours."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

VERSION = "2.47.0"
FOLDER = Path(__file__).parent.parent
ENVIRONMENT = FOLDER.parent.parent / "build" / "conformance" / "upstream"
REQUIREMENTS = FOLDER / "upstream-requirements.txt"
PLUGINS = ENVIRONMENT.with_name("plugins")
PLUGIN_REQUIREMENTS = FOLDER / "plugin-requirements.txt"


@dataclass(frozen=True)
class Program:
    """A Python that has a `locust`."""

    name: str
    python: Path

    @property
    def locust(self) -> Path:
        """The command, as users call it."""
        return self.python.with_name("locust")


OURS = Program("ours", Path(sys.executable))


@functools.cache
def upstream() -> Program:
    """Gives Locust 2.47.0; installs it at the first call ever. LOCUST_CONFORMANCE_UPSTREAM names another Python."""
    if given := os.environ.get("LOCUST_CONFORMANCE_UPSTREAM"):
        return Program("upstream", Path(given))
    python = ENVIRONMENT / "bin" / "python"
    ready = ENVIRONMENT / "installed.txt"
    wanted = REQUIREMENTS.read_text()
    if not ready.exists() or ready.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", REQUIREMENTS], check=True)
        ready.write_text(wanted)
    return Program("upstream", python)


@functools.cache
def plugins() -> Path:
    """Gives a folder of plugins, for the path of either program; installs them at the first call ever."""
    ready = PLUGINS / "installed.txt"
    wanted = f"{sys.version}\n{PLUGIN_REQUIREMENTS.read_text()}"
    if not ready.exists() or ready.read_text() != wanted:
        shutil.rmtree(PLUGINS, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", PLUGINS]
        subprocess.run([*command, "-r", PLUGIN_REQUIREMENTS], check=True)
        ready.write_text(wanted)
    return PLUGINS


def clean_environment(home: Path) -> dict[str, str]:
    """Gives this process's environment without what would tell a Locust something."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOCUST_", "OTEL_", "PYTHON", "PYTEST", "COLUMNS", "LINES"))
    }
    return {**kept, "HOME": str(home), "PYTHONUNBUFFERED": "1"}
