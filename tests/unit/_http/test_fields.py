"""The header fields of FastHttpUser, as geventhttpclient's users know them."""

from __future__ import annotations

import pytest

from locust._http._fields import Headers

SENT = [("X-A", "1"), ("x-a", "2"), ("Content-Type", "text/plain")]


@pytest.fixture
def headers():
    return Headers.of(SENT)


def test_a_field_sent_twice_is_a_list(headers):
    assert headers["X-a"] == ["1", "2"]
    assert headers.get("content-type") == "text/plain"


def test_names_ignore_case_and_are_lower_case_when_iterated(headers):
    assert "CONTENT-TYPE" in headers
    assert list(headers) == ["x-a", "content-type"]
    assert list(headers.items()) == SENT
    assert list(headers.iterlower()) == [("x-a", "1"), ("x-a", "2"), ("content-type", "text/plain")]
    assert headers.values() == [["1", "2"], "text/plain"]
    assert len(headers) == 3


def test_a_missing_field_is_a_key_error_or_the_default(headers):
    with pytest.raises(KeyError, match="nope"):
        headers["nope"]
    assert headers.get("nope") is None
    assert headers.getlist("nope") == []
    assert headers.get_all("nope", ["d"]) == ["d"]
    assert headers.pop("nope", "d") == "d"
    headers.discard("nope")


def test_setting_replaces_and_adding_adds(headers):
    headers["X-A"] = "3"
    headers.add("x-a", ["4", "5"])
    headers.setdefault("x-b", "6")
    del headers["content-type"]

    assert list(headers.items()) == [("X-A", "3"), ("x-a", "4"), ("x-a", "5"), ("x-b", "6")]
    assert headers.compatible_dict() == {"X-A": "3, 4, 5", "x-b": "6"}


def test_fields_compare_with_dictionaries_whatever_the_case():
    assert Headers({"X-A": "1"}) == {"x-a": "1"}
    assert Headers({"X-A": "1"}) != Headers({"X-A": "2"})


def test_the_text_is_that_of_a_head(headers):
    assert str(headers) == "X-A: 1\r\nx-a: 2\r\nContent-Type: text/plain"
    assert repr(headers) == "Headers({'X-A': '1, 2', 'Content-Type': 'text/plain'})"
