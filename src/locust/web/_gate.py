"""What every request passes: who may do what, from where, how much of it, and the headers that keep a browser safe."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request

from locust.util.page import script_source
from locust.web._problem import is_api_path, problem

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

    from locust.web import WebUI

logger = logging.getLogger("locust.web")

Permission = Literal["run:read", "run:start", "run:stop", "load:change", "code:write", "admin"]
ALL_PERMISSIONS: Final[frozenset[Permission]] = frozenset(
    ("run:read", "run:start", "run:stop", "load:change", "code:write", "admin")
)

# The one place that says what a caller of each route must be allowed to do; None: everybody, before a login too.
PERMISSIONS: Final[dict[str, Permission | None]] = {
    "locust.send_assets": None,
    "locust.login": None,
    "locust.index": "run:read",
    "locust.request_stats": "run:read",
    "locust.request_stats_csv": "run:read",
    "locust.request_stats_full_history_csv": "run:read",
    "locust.failures_stats_csv": "run:read",
    "locust.exceptions": "run:read",
    "locust.exceptions_csv": "run:read",
    "locust.stats_report": "run:read",
    "locust.tasks": "run:read",
    "locust.logs": "run:read",
    "locust.get_worker_count": "run:read",
    "locust.swarm": "run:start",
    "locust.stop": "run:stop",
    "locust.reset_stats": "run:stop",
    # It may set any attribute of a user class.
    "locust.update_user": "code:write",
    "locust_api.get_description": "run:read",
    "locust_api.get_run": "run:read",
    "locust_api.stream_run": "run:read",
    "locust_api.list_runs": "run:read",
    "locust_api.get_series": "run:read",
    "locust_api.get_statistics": "run:read",
    "locust_api.get_errors": "run:read",
    "locust_api.get_exceptions": "run:read",
    "locust_api.get_workers": "run:read",
    "locust_api.get_logs": "run:read",
    "locust_api.get_ratio": "run:read",
    "locust_api.get_downloads": "run:read",
    "locust_api.get_config": "run:read",
    "locust_api.get_user_classes": "run:read",
    "locust_api.get_shapes": "run:read",
    "locust_api.start_run": "run:start",
    "locust_api.stop_run": "run:stop",
    "locust_api.reset_statistics": "run:stop",
    "locust_api.change_load": "load:change",
    "locust_api.pause_run": "load:change",
    "locust_api.resume_run": "load:change",
    "locust_api.change_user_class": "load:change",
}
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Older clients stop and reset by GET.
CHANGING_BY_GET: Final = frozenset({"locust.stop", "locust.reset_stats"})

MAX_BODY_BYTES: Final = 1_000_000
MAX_PLUGIN_BODY_BYTES: Final = 64_000_000

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
# Only for our own pages: those of plugins may be made in other ways.
OWN_HEADERS: Final = {"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"}
CONTENT_POLICY: Final = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# What a browser runs; blocks of data are not.
INLINE_SCRIPT: Final = re.compile(
    r"<script(?P<attributes>(?:\s[^>]*)?)>(?P<text>.*?)</script>", re.DOTALL | re.IGNORECASE
)
IS_DATA_OR_FILE: Final = re.compile(r"\ssrc\s*=|\stype\s*=\s*[\"']?application/json", re.IGNORECASE)

NOT_LOGGED_IN: Final = "Log in first: this server runs with --web-login."
LOGIN_HELP: Final = (
    'Locust auth exception: {error}\n\nWith --web-login the locustfile has to say who may log in: see "Login" in '
    "docs/guide/web-api.md, or leave --web-login out."
)
CROSS_SITE: Final = (
    "Refused: this request changes state and comes from another site's page. Send it from Locust's own page, or from "
    "a client that is no browser."
)


def is_cross_site(headers: Mapping[str, str] | Headers, host: str, *, is_safe_method: bool = False) -> bool:
    """Whether a browser made this request for another site's page, or may have.

    Args:
        headers: of the request.
        host: of the server, as the client calls it.
        is_safe_method: browsers send GET without `Origin`.
    """
    fetch_site = headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site not in ("same-origin", "none")
    origin = headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != host.lower()
    # Over plain HTTP a browser doesn't say which page made it send a GET.
    return is_safe_method and headers.get("User-Agent", "").startswith("Mozilla/")


def content_policy(page: str = "") -> str:
    """The policy of a page that runs its own scripts only: files of ours, and by their hashes those that are in it."""
    sources = (
        script_source(found["text"])
        for found in INLINE_SCRIPT.finditer(page)
        if not IS_DATA_OR_FILE.search(found["attributes"])
    )
    return CONTENT_POLICY.format(scripts="".join(f" {source}" for source in sources))


def allow_cross_site(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a plugin's route that other sites may send forms to, as some login providers do."""
    view.allows_cross_site = True  # type: ignore[attr-defined]
    return view


def install(app: Flask, web_ui: WebUI) -> None:
    """Puts the gate before all routes of `app`, those of plugins too."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_PLUGIN_BODY_BYTES
    app.before_request(_refuse_to_change_by_head)
    app.before_request(_limit_body)
    app.before_request(_refuse_cross_site)
    app.before_request(lambda: _refuse_without_permission(web_ui))
    app.after_request(_add_headers)


def _refuse_to_change_by_head() -> Any:
    # Flask adds HEAD where there is GET.
    if request.method == "HEAD" and request.endpoint in CHANGING_BY_GET:
        return Response(status=405, headers={"Allow": "GET, POST, OPTIONS"})
    return None


def _limit_body() -> Any:
    if request.endpoint not in PERMISSIONS:
        return None
    request.max_content_length = MAX_BODY_BYTES
    if request.content_length is not None and request.content_length > MAX_BODY_BYTES:
        return refusal("too-large", 413, f"A request's body may have {MAX_BODY_BYTES:,} bytes, this one is larger.")
    return None


def _refuse_cross_site() -> Any:
    is_safe_method = request.method in SAFE_METHODS
    if is_safe_method and request.endpoint not in CHANGING_BY_GET:
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "allows_cross_site", False):
        return None
    if is_cross_site(request.headers, request.host, is_safe_method=is_safe_method):
        return refusal("cross-site", 403, CROSS_SITE)
    return None


def _refuse_without_permission(web_ui: WebUI) -> Any:
    permission = PERMISSIONS.get(request.endpoint or "")
    if permission is None or request.method == "OPTIONS":
        return None
    try:
        is_logged_in = web_ui.is_logged_in()
    except Exception as error:
        logger.exception("Locust auth exception")
        return refusal("internal", 500, LOGIN_HELP.format(error=error))
    if not is_logged_in:
        # Our pages send people to the login by themselves.
        return refusal("not-logged-in", 401, NOT_LOGGED_IN) if is_api_path(request.path) else None
    if permission not in web_ui.permissions():
        return refusal("forbidden", 403, f"This needs the permission {permission}, which you don't have.")
    return None


def refusal(kind: str, status: int, detail: str) -> Any:
    """Says no in the way that the path's clients read."""
    if is_api_path(request.path):
        return problem(kind, status, detail)
    return Response(detail, status, content_type="text/plain; charset=utf-8")


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint in PERMISSIONS or request.endpoint is None:
        for name, value in OWN_HEADERS.items():
            response.headers.setdefault(name, value)
        if "Content-Security-Policy" not in response.headers:
            # Of the page as it is sent: `after_request` hooks of locustfiles put scripts in, too.
            is_page = response.mimetype == "text/html" and not response.is_streamed
            response.headers["Content-Security-Policy"] = content_policy(
                response.get_data(as_text=True) if is_page else ""
            )
    return response
