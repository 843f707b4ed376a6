"""docs/reference/options.md says what the table of options says."""

from __future__ import annotations

import runpy
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_page_of_options_is_current() -> None:
    written = runpy.run_path(str(REFERENCE / "write_options.py"))["text"]()

    assert (REFERENCE / "options.md").read_text() == written, "make options-page"
