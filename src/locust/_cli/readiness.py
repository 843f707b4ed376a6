"""Options that this version knows but can't follow yet: it says so, instead of running another test than asked for."""

from __future__ import annotations

import argparse
from typing import Final

_MISSING: Final = {
    "csv_prefix": "--csv: CSV files are",
}


def missing_feature(options: argparse.Namespace) -> str | None:
    """Says what is asked for and not there, if anything is."""
    for dest, feature in _MISSING.items():
        if getattr(options, dest):
            return f"{feature} not in this version yet"
    return None
