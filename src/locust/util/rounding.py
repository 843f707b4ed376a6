"""Rounding as people expect it."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Decimal


def proper_round(val: int | float, digits: int = 0) -> float:
    """Rounds `val` to `digits` decimals, a half always up: 0.5 gives 1, 2.5 gives 3, -1.5 gives -1.

    Goes by the digits that `val` prints with: 1.005 to two decimals gives 1.01, though the float is a little less.
    """
    if not math.isfinite(val):
        return val
    shifted = Decimal(str(val)).scaleb(digits) + Decimal("0.5")
    return float(shifted.to_integral_value(ROUND_FLOOR).scaleb(-digits))
