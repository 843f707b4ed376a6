"""What a run with the web UI says of itself."""

from __future__ import annotations

from argparse import Namespace

import pytest

from locust._cli.web import _shown_url


@pytest.mark.parametrize(
    ("host", "more", "url"),
    [
        ("", {}, "http://0.0.0.0:8089"),
        ("*", {}, "http://0.0.0.0:8089"),
        ("127.0.0.1", {}, "http://127.0.0.1:8089"),
        ("::1", {}, "http://[::1]:8089"),
        ("", {"web_host_display_name": "load.example"}, "load.example"),
        ("10.0.0.1", {"web_host_display_name": "load.example"}, "http://10.0.0.1:8089"),
        ("", {"tls_cert": "c", "tls_key": "k"}, "https://0.0.0.0:8089"),
        ("", {"web_base_path": "/load"}, "http://0.0.0.0:8089/load"),
    ],
)
def test_the_address_shown_is_where_people_find_the_ui(host: str, more: dict[str, str], url: str) -> None:
    usual = {"web_host_display_name": None, "tls_cert": "", "tls_key": "", "web_base_path": ""}

    assert _shown_url(Namespace(web_host=host, **{**usual, **more}), 8089) == url
