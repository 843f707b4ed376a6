"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import locust

# `locust.contrib.oai` refuses to be imported without.
os.environ.setdefault("OPENAI_API_KEY", "none")

PACKAGE = Path(locust.__file__).parent
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages([str(PACKAGE)], "locust.")
    if not module.name.endswith(("__main__", "_native")) and "._demo." not in module.name
)


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_every_promised_name_exists(name: str) -> None:
    module = importlib.import_module(name)

    missing = [promised for promised in getattr(module, "__all__", ()) if not hasattr(module, promised)]

    assert missing == []


@pytest.mark.parametrize("name", MODULES)
def test_every_moved_name_resolves_and_is_promised(name: str) -> None:
    module = importlib.import_module(name)
    moved: dict[str, str] = getattr(module, "_MOVED", {})

    for moved_name, home in moved.items():
        assert getattr(module, moved_name) is getattr(importlib.import_module(home), moved_name)
        # What has a public home of its own is no promise of this module, merely there as it is in Locust 2.47.
        assert moved_name in module.__all__ or "._" not in home


def imports_at_import_time(path: Path, package: str) -> set[str]:
    """Modules of ours that `path` imports when it is imported itself."""
    found: set[str] = set()
    pending: list[ast.AST] = list(ast.parse(path.read_text()).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            home = ".".join(part for part in (base, node.module) if part)
            found |= {home} | {f"{home}.{alias.name}" for alias in node.names}
        else:
            pending.extend(ast.iter_child_nodes(node))
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    files = {name: Path(str(importlib.import_module(name).__file__)) for name in MODULES}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        # A package's own modules may import it while it is being imported: Python defines that order.
        imported = imports_at_import_time(path, package)
        graph[name] = {other for other in imported if other in files and not f"{name}.".startswith(f"{other}.")}

    def circle_through(name: str) -> list[str] | None:
        trail: list[str] = []
        seen: set[str] = set()

        def visit(current: str) -> bool:
            trail.append(current)
            for following in sorted(graph[current]):
                if following == name:
                    return True
                if following not in seen:
                    seen.add(following)
                    if visit(following):
                        return True
            trail.pop()
            return False

        return [*trail, name] if visit(name) else None

    circles = [circle for name in MODULES if (circle := circle_through(name))]

    assert circles == []


def test_importing_starts_nothing() -> None:
    state = json.loads(
        run_python(
            """
import json, os, signal, threading
before = {number: signal.getsignal(number) for number in signal.valid_signals()}
descriptors = set(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else set()
import locust, locust.main, locust.runners, locust.stats, locust.env, locust.clients, locust.contrib.fasthttp
after = {number: signal.getsignal(number) for number in signal.valid_signals()}
# gevent's own monkey patch wraps what `signal` returns; a handler of ours would be a function.
changed = [str(number) for number in before if after[number] != before[number] and number != signal.SIGCHLD]
print(json.dumps({"threads": threading.active_count(), "signals": changed}))
"""
        )
    )

    assert state == {"threads": 1, "signals": []}


def test_importing_locust_loads_nothing_heavy() -> None:
    loaded = run_python("import locust, sys; print(' '.join(sys.modules))").split()

    heavy = {"requests", "urllib3", "flask", "zmq", "psutil", "configargparse", "geventhttpclient", "OpenSSL"}

    assert sorted(heavy & set(loaded)) == []


def test_the_version_is_cargos() -> None:
    cargo = (PACKAGE.parent.parent / "Cargo.toml").read_text()

    assert f'version = "{locust.__version__}"' in cargo
