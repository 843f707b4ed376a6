"""The list of intended differences is in order."""

from __future__ import annotations

from pathlib import Path

import pytest
from beside import Difference
from differences import DIFFERENCES

DECISIONS = Path(__file__).parent.parent.parent / "docs" / "decisions"


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.test)
def test_each_difference_has_a_test_and_a_page(difference: Difference, collected: list[str]) -> None:
    pages = [page.name for page in DECISIONS.glob(f"{difference.decision}-*.md")]
    file = difference.test.partition("::")[0]
    cases = [item for item in collected if item.partition("::")[0].endswith(file)]

    assert len(pages) == 1, f"docs/decisions has no page {difference.decision}"
    # Not when other files were asked for.
    for case in difference.cases or ("",):
        one = Difference(difference.test, (), "", "", (case,) if case else ())
        assert not cases or any(one.is_about(item) for item in cases), f"there is no {difference.test}[{case}]"
