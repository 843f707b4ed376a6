"""Request bodies and queries of FastHttpUser."""

from __future__ import annotations

import io

import pytest

from locust._http._payload import (
    BINARY,
    FORM,
    TEXT,
    basic_auth,
    encoded,
    is_repeatable,
    multipart,
    quoted_url,
    with_query,
)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (None, (None, None)),
        ({"a": "b c", "d": ["1", "2"]}, (b"a=b+c&d=%5B%271%27%2C+%272%27%5D", FORM)),
        ("stré", ("stré".encode(), TEXT)),
        (b"\x00", (b"\x00", BINARY)),
        (bytearray(b"x"), (b"x", BINARY)),
        (memoryview(b"x"), (b"x", BINARY)),
    ],
)
def test_bodies_are_encoded_as_in_locust_2_47(payload, expected):
    assert encoded(payload) == expected


def test_a_file_is_sent_in_pieces_and_can_be_sent_again():
    body, content_type = encoded(io.BytesIO(b"x" * 100_000))

    assert content_type == BINARY
    assert [len(piece) for piece in body] == [65_536, 34_464]
    assert [len(piece) for piece in body] == [65_536, 34_464]
    assert is_repeatable(body)


def test_a_text_file_is_sent_as_utf_8():
    body, _ = encoded(io.StringIO("é"))

    assert list(body) == ["é".encode()]


def test_an_iterator_can_be_sent_once():
    body, _ = encoded(iter([b"a", b"b"]))

    assert not is_repeatable(body)
    assert list(body) == [b"a", b"b"]


def test_a_number_is_no_body():
    with pytest.raises(TypeError, match="data must be a dict"):
        encoded(5)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/a b?c=d e&é=1#f", "http://h/a%20b?c=d%20e&%C3%A9=1"),
        ("http://h/%20", "http://h/%20"),
        ("http://h", "http://h/"),
        ("http://user:secret@h:8080/x", "http://h:8080/x"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x"),
    ],
)
def test_urls_are_quoted_without_quoting_twice(url, expected):
    assert quoted_url(url) == expected


@pytest.mark.parametrize("url", ["/x", "None/x", "ftp://h/x", "http:///x", "http://a b/x", ""])
def test_what_is_no_http_url_is_none(url):
    assert quoted_url(url) is None


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        ("/x", None, "/x"),
        ("/x", {"a": "b c"}, "/x?a=b+c"),
        ("/x?z=1", [("a", "1"), ("a", "2")], "/x?z=1&a=1&a=2"),
        ("/x#f", {"a": ["1", "2"]}, "/x?a=1&a=2#f"),
        ("/x", "raw=1", "/x?raw=1"),
        ("/x", b"raw=1", "/x?raw=1"),
    ],
)
def test_parameters_are_added_to_the_query(url, params, expected):
    assert with_query(url, params) == expected


def test_a_multipart_body_has_fields_before_files():
    body, content_type = multipart({"f": ("n.txt", b"x"), "g": ("g.bin", io.BytesIO(b"y"), "image/png")}, {"k": "v"})

    boundary = content_type.partition("boundary=")[2].encode()
    assert body == (
        b'--%(b)s\r\nContent-Disposition: form-data; name="k"\r\n\r\nv\r\n'
        b'--%(b)s\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\n\r\nx\r\n'
        b'--%(b)s\r\nContent-Disposition: form-data; name="g"; filename="g.bin"\r\n'
        b"Content-Type: image/png\r\n\r\ny\r\n--%(b)s--\r\n" % {b"b": boundary}
    )


def test_basic_credentials_are_utf_8():
    assert basic_auth("ü", b"p") == "Basic w7w6cA=="
