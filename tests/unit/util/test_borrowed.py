"""A module offers another's names."""

from __future__ import annotations

import math

import pytest

from locust.util.borrowed import borrowed


def test_a_name_is_found_where_it_belongs() -> None:
    assert borrowed("shop", {"sqrt": "math"})("sqrt") is math.sqrt


def test_any_other_name_is_missing_from_the_module_asked() -> None:
    with pytest.raises(AttributeError, match=r"^module 'shop' has no attribute 'price'$"):
        borrowed("shop", {"sqrt": "math"})("price")
