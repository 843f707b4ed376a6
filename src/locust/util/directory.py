"""Finding files, and places for them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile


def get_abspaths_in(path: str, extension: str | None = None) -> list[str]:
    """Absolute paths of the files below `path`, sorted by folder; none when it doesn't exist.

    Args:
        path: a folder.
        extension: how the names must end, `.py` for one.

    Files whose names start with `_` are left out, folders never.
    """
    return [
        os.path.abspath(os.path.join(folder, file))
        for folder, _, files in sorted(os.walk(path))
        for file in sorted(files)
        if not file.startswith("_") and (extension is None or file.endswith(extension))
    ]


def make_temporary_folder() -> str:
    """Makes a folder that goes when this process ends, and gives its path."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="locust-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
