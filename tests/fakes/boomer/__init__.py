"""A worker of other make: boomer, a Go program. Built once from its Go module."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent
BUILT = Path(__file__).parents[3] / "build" / "tools" / "boomer"


def built() -> Path:
    """The worker's binary, under build/tools."""
    binary = BUILT / "boomer-worker"
    if not binary.exists():
        if shutil.which("go") is None:
            raise RuntimeError("boomer is built with Go: install it (https://go.dev/dl)")
        BUILT.mkdir(parents=True, exist_ok=True)
        for name in ("main.go", "go.mod"):
            shutil.copy(SOURCE / name, BUILT)
        environment = {**os.environ, "GOFLAGS": "-mod=mod"}
        subprocess.run(["go", "build", "-o", binary, "."], cwd=BUILT, env=environment, check=True, timeout=300)
    return binary
