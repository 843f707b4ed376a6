"""Join tokens as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locust.exception import RPCError
from locust.rpc._join import PREFIX, Token


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_token_comes_back_from_its_text(expires_at, fingerprint, secret):
    token = Token(expires_at, fingerprint, secret)

    assert Token.parse(str(token)) == token


@given(st.one_of(st.text(), st.text().map(PREFIX.__add__), st.binary().map(lambda raw: PREFIX + raw.hex())))
def test_any_other_text_is_refused_with_what_was_wanted(text):
    with pytest.raises(RPCError, match="A join token was wanted: gjt1_"):
        Token.parse(text)


def test_a_message_about_a_wrong_token_does_not_repeat_it():
    with pytest.raises(RPCError) as caught:
        Token.parse("gjt1_secret")

    assert "secret`" not in str(caught.value)
    assert "found 11 characters" in str(caught.value)
