"""What every request passes: who may do what, from where, and the headers that keep a browser safe."""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import urlsplit

from flask import Flask, Response, request

Permission = Literal["run:read", "run:start", "run:stop", "load:change", "code:write", "admin"]

# The one place that says what a caller of each route must be allowed to do; None: everybody, also before a login.
PERMISSIONS: Final[dict[str, Permission | None]] = {
    "locust.index": "run:read",
    "locust.send_assets": None,
    "locust.login": None,
    "locust.swarm": "run:start",
    "locust.stop": "run:stop",
    "locust.reset_stats": "run:stop",
    "locust.update_user": "code:write",
    "locust.stats_report": "run:read",
    "locust.request_stats": "run:read",
    "locust.request_stats_csv": "run:read",
    "locust.request_stats_full_history_csv": "run:read",
    "locust.failures_stats_csv": "run:read",
    "locust.exceptions": "run:read",
    "locust.exceptions_csv": "run:read",
    "locust.tasks": "run:read",
    "locust.logs": "run:read",
    "locust.get_worker_count": "run:read",
}
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Older clients stop and reset by GET.
CHANGING_BY_GET: Final = frozenset({"locust.stop", "locust.reset_stats"})
MAX_BODY_BYTES: Final = 1_000_000
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


def is_cross_site(*, origin: str | None, fetch_site: str | None, host: str) -> bool:
    """Whether a browser says that another site's page made the request. Clients that are no browsers say nothing."""
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return True
    if origin is None:
        return False
    return urlsplit(origin).netloc.lower() != host.lower()


def install(app: Flask) -> None:
    """Puts the gate before all routes of `app`, those of plugins too."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.before_request(_refuse_cross_site)
    app.after_request(_add_headers)


def _refuse_cross_site() -> tuple[str, int] | None:
    if request.method in SAFE_METHODS and request.endpoint not in CHANGING_BY_GET:
        return None
    if is_cross_site(
        origin=request.headers.get("Origin"), fetch_site=request.headers.get("Sec-Fetch-Site"), host=request.host
    ):
        return "Refused: this request changes state and comes from another site's page. Send it from Locust's own.", 403
    return None


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
