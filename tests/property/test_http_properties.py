"""What must hold of cookies, redirects, URLs and header fields whatever comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from requests.cookies import create_cookie
from requests.utils import requote_uri

from locust._http._cookies import CachingJar, cookie_header
from locust._http._fast_response import declared_encoding
from locust._http._fields import Headers
from locust._http._payload import quoted_url
from locust._http._redirect import fast_next, requests_target

HOSTS = st.sampled_from(["shop.example", "www.shop.example", "other.example"])
PATHS = st.sampled_from(["/", "/cart", "/cart/items", "/x"])
NAMES = st.sampled_from(["a", "b", "c"])

set_cookie = st.tuples(st.just("set"), NAMES, st.sampled_from(["1", "2"]), HOSTS, PATHS, st.booleans())
clear = st.tuples(st.just("clear"))
ask = st.tuples(st.just("ask"), HOSTS, PATHS, st.sampled_from(["http", "https"]), st.booleans())


@given(st.lists(st.one_of(set_cookie, clear, ask), max_size=30))
def test_a_remembered_cookie_header_is_the_one_worked_out_anew(steps):
    jar, fresh = CachingJar(), CachingJar()
    for step in steps:
        if step[0] == "set":
            _, name, value, host, path, is_secure = step
            for each in (jar, fresh):
                each.set_cookie(create_cookie(name, value, domain=host, path=path, secure=is_secure))
        elif step[0] == "clear":
            jar.clear()
            fresh.clear()
        else:
            _, host, path, scheme, is_relative = step
            base = f"{scheme}://{host}"
            remembered = jar.header_for(base, f"{path}?q=1" if is_relative else f"{base}{path}?q=1")
            assert remembered == cookie_header(fresh, f"{base}{path}")


@given(st.text(max_size=40))
def test_every_location_leads_to_an_absolute_url_or_a_value_error(location):
    try:
        target, _ = requests_target("http://shop.example/a/b", location.encode("utf-8").decode("latin-1"), "")
        following = fast_next("GET", "http://shop.example/a/b", 302, location)
    except ValueError:
        return

    assert ":" in target
    assert ":" in following.url


@given(st.text(st.characters(exclude_characters="#", exclude_categories=["Cs"]), max_size=40))
def test_a_quoted_url_is_ascii_and_quoting_it_again_changes_nothing(path):
    quoted = quoted_url(f"http://shop.example/{path}")

    assert quoted is not None
    assert quoted.isascii()
    assert not any(byte in quoted for byte in ' "<>\n\r\t')
    assert quoted_url(quoted) == quoted
    assert requote_uri(quoted).isascii()


fields = st.lists(st.tuples(st.sampled_from(["X-A", "x-a", "X-B", "Content-Type"]), st.text(max_size=5)), max_size=8)


@given(fields)
def test_header_fields_lose_nothing(items):
    headers = Headers.of(items)

    assert sorted(headers.items()) == sorted(items)
    assert len(headers) == len(items)
    for name, _ in items:
        values = [value for other, value in items if other.lower() == name.lower()]
        assert headers.getlist(name.upper()) == values
        assert headers[name] == (values[0] if len(values) == 1 else values)


kinds = st.sampled_from(["text/html", "application/json", "image/png", ""])
parameters = st.lists(st.sampled_from(["charset", "Charset", "=", "utf-8", '"', "'", "x", " "]), max_size=5).map(
    "".join
)


@given(st.builds(lambda kind, more: ";".join([kind, *more]), kinds, st.lists(parameters, max_size=3)))
def test_any_content_type_is_read_as_requests_reads_it(content_type):
    from requests.utils import get_encoding_from_headers

    assert declared_encoding(content_type) == get_encoding_from_headers({"content-type": content_type})
