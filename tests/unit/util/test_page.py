"""Values in pages: nothing in them breaks out, and JavaScript can read all of them."""

from __future__ import annotations

import base64
import gzip
import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from locust.util.page import assignments, json_text, packed_block

# Pieces that have broken out of pages elsewhere, and any text.
NASTY = st.sampled_from(
    ["</script>", "<!--", "<script>", "]]>", "&lt;", "\u2028", "\ud800", '"', "\\", "<img src=x onerror=alert(1)>"]
)
TEXT = st.lists(NASTY | st.text(max_size=8), max_size=6).map("".join)
VALUES = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)


class _Page(HTMLParser):
    """What a browser would see: the tags, and the text in scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(values=VALUES)
def test_no_value_breaks_out_of_its_script(values: object) -> None:
    page = _Page()

    page.feed(f"<head><script>{assignments({'values': json_text(values)})}</script></head><body></body>")
    page.close()

    assert page.tags == ["head", "script", "body"]
    # Numbers that JSON has no word for would make a browser refuse all of it.
    json.loads(page.text.removeprefix("\nwindow.values = "), parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def test_values_come_back_as_they_were() -> None:
    values = {"name": "</script>\u2028<b>", "counts": [1, 2.5, None, True], "nodes": {"a"}}

    text = json_text(values)

    packed = packed_block(text, "values").removeprefix('<script type="application/gzip" id="values">')
    for found in (text, gzip.decompress(base64.b64decode(packed.removesuffix("</script>")))):
        assert json.loads(found) == {**values, "nodes": ["a"]}


def test_infinite_numbers_become_null() -> None:
    assert json_text({"a": float("nan"), "b": [float("inf")]}) == '{"a": null, "b": [null]}'
