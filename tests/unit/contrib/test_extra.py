"""Modules of protocols: none is imported before it is asked for, and a missing library is told with its extra."""

from __future__ import annotations

import subprocess
import sys

import pytest

LIBRARIES = {
    "dns": "dns",
    "milvus": "pymilvus",
    "mongodb": "pymongo",
    "mqtt": "paho",
    "oai": "openai",
    "postgres": "psycopg",
    "qdrant": "qdrant_client",
    "socketio": "socketio",
}

WITHOUT = """
import sys
sys.modules[{library!r}] = None
try:
    import locust.contrib.{module}
except ModuleNotFoundError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("module", LIBRARIES)
def test_a_missing_library_is_told_with_its_extra(module: str) -> None:
    library = LIBRARIES[module]
    code = WITHOUT.format(module=module, library=library)

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout == (
        f"locust.contrib.{module} needs the library '{library}', which is not installed. "
        f"Install it with: pip install 'locust[{module}]'\n"
    )


@pytest.mark.slow
def test_importing_locust_imports_none_of_them() -> None:
    code = "import sys, locust.contrib, locust.main, locust.env; print(sorted(sys.argv[1:] & sys.modules.keys()))"
    code = code.replace("sys.argv[1:] &", "set(sys.argv[1:]) &")

    done = subprocess.run([sys.executable, "-c", code, *LIBRARIES.values()], capture_output=True, text=True)

    assert done.stdout == "[]\n"
