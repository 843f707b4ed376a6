"""Two answers are the same, or their difference is one we listed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Difference:
    """One intended difference.

    Attributes:
        test: `test_file.py::test_name`.
        aspects: what differs: the keys that the test compares ("exit code", "stderr"...).
        reason: why ours is better.
        decision: the page that says more: its number in docs/decisions.
        cases: ids of the parametrized test; none means all.
    """

    test: str
    aspects: tuple[str, ...]
    reason: str
    decision: str
    cases: tuple[str, ...] = ()

    def is_about(self, node_id: str) -> bool:
        """Says whether it is about this test item."""
        test, _, case = node_id.removesuffix("]").partition("[")
        return test.endswith(self.test) and (not self.cases or case in self.cases)


class Comparison:
    """Compares what the two gave, aspect by aspect: `same(upstreams, ours)`."""

    def __init__(self, node_id: str, differences: Sequence[Difference]) -> None:
        self._listed = {
            aspect for difference in differences if difference.is_about(node_id) for aspect in difference.aspects
        }

    def __call__(self, upstreams: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        """Fails on a difference that isn't listed, and on a listed one that isn't there."""
        differing = self._differing(upstreams, ours)
        if unexplained := [aspect for aspect in differing if aspect not in self._listed]:
            shown = "\n".join(_shown(aspect, upstreams.get(aspect), ours.get(aspect)) for aspect in unexplained)
            pytest.fail(f"differs from upstream in {', '.join(unexplained)}:\n{shown}", pytrace=False)
        if gone := sorted(self._listed - set(differing)):
            pytest.fail(f"differences.py lists {', '.join(gone)}, where both are now the same", pytrace=False)

    def explains(self, upstreams: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
        """Says whether the differences are exactly those listed."""
        return set(self._differing(upstreams, ours)) == self._listed

    def _differing(self, upstreams: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
        aspects = dict.fromkeys([*upstreams, *ours])
        return [aspect for aspect in aspects if upstreams.get(aspect) != ours.get(aspect)]


def _shown(aspect: str, upstreams: object, ours: object) -> str:
    return "\n".join(
        difflib.unified_diff(_lines(upstreams), _lines(ours), f"upstream's {aspect}", f"our {aspect}", lineterm="", n=4)
    )


def _lines(value: object) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, indent=1, default=repr, sort_keys=True)
    return text.splitlines()
