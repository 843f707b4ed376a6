"""Numbers that JSON has no word for."""

from __future__ import annotations

import math
from typing import Any


def without_infinities(value: Any) -> Any:
    """The same with None in the place of NaN and infinities, in dicts, whose keys become text, and lists too."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): without_infinities(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_infinities(item) for item in value]
    return value
