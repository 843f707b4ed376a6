"""Where a redirect leads and what the next request is, by the rules of either client. Decides, sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BODY_HEADERS = frozenset({"content-length", "content-type", "transfer-encoding"})


@dataclass(frozen=True)
class NextRequest:
    """The request that follows a redirect."""

    method: str
    url: str
    keeps_body: bool
    keeps_authorization: bool


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(scheme)


def fast_next(method: str, url: str, status: int, location: str) -> NextRequest:
    """After a redirect of FastHttpUser: 301, 302 and 303 lead to a GET, 307 and 308 repeat the request.

    Raises:
        ValueError: the new URL's port is no number.
    """
    target, _ = urldefrag(urljoin(url, location.strip()))
    repeats = status in (307, 308)
    return NextRequest(
        method=method if repeats else "GET",
        url=target,
        keeps_body=repeats,
        keeps_authorization=_origin(url) == _origin(target),
    )


def headers_after(headers: list[tuple[str, str]], following: NextRequest) -> list[tuple[str, str]]:
    """Headers of the next request: without `Host`, `Cookie` and whatever belonged to what is not sent again."""
    dropped = {"host", "cookie"}
    if not following.keeps_body:
        dropped |= _BODY_HEADERS
    if not following.keeps_authorization:
        dropped.add("authorization")
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def requests_method(method: str, status: int) -> str:
    """Method after a redirect, as requests has it: browsers' ways where they differ from the RFC."""
    if status in (302, 303) and method != "HEAD":
        return "GET"
    return "GET" if status == 301 and method == "POST" else method


def requests_target(url: str, location: str, fragment: str) -> tuple[str, str]:
    """URL after a redirect and the fragment to hand on, as requests has it: one outlives redirects without."""
    from requests.utils import requote_uri

    # The engine reads headers as ISO-8859-1; servers mean UTF-8
    target = location.encode("latin-1").decode("utf-8", "replace")
    if target.startswith("//"):
        target = f"{urlsplit(url).scheme}:{target}"
    parts = urlsplit(target)
    if not parts.fragment and fragment:
        parts = parts._replace(fragment=fragment)
    elif parts.fragment:
        fragment = parts.fragment
    target = requote_uri(parts.geturl())
    return (target if parts.netloc else urljoin(url, target)), fragment
