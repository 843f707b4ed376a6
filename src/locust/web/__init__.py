"""The web UI's server: a Flask app that plugins extend, under gevent's WSGI server."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import gevent
from flask import Flask, Response, jsonify, request
from gevent import pywsgi
from werkzeug.exceptions import HTTPException

from locust import stats
from locust._course.runs import Runs
from locust.exception import LocustError
from locust.log import greenlet_exception_logger
from locust.util.borrowed import borrowed
from locust.util.loopback import is_loopback
from locust.web import _gate, _pages, _payload
from locust.web._gate import Permission, allow_cross_site
from locust.web._handler import Handler, Server
from locust.web._problem import KIND_BY_STATUS, is_api_path, problem
from locust.web._shown import Shown
from locust.web._steering import RunTimer
from locust.web._stream import Stream
from locust.web._template_args import template_args

if TYPE_CHECKING:
    from locust.env import Environment

__all__ = (
    "DEFAULT_BUILD_PATH",
    "DEFAULT_CACHE_TIME",
    "HOST_IS_REQUIRED",
    "AuthArgs",
    "AuthProvider",
    "CustomForm",
    "InputField",
    "Permission",
    "WebUI",
    "allow_cross_site",
)

logger = logging.getLogger(__name__)

DEFAULT_CACHE_TIME = 2.0
"""Seconds that `/stats/requests` gives the same answer for."""
DEFAULT_BUILD_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dist")
HOST_IS_REQUIRED = False
"""Whether the start form insists on a host."""


class InputField(TypedDict, total=False):
    """One input of a login form."""

    label: str
    name: str
    type: str | None
    default_value: bool | None
    choices: list[str] | None
    is_multiple: bool | None
    is_secret: bool | None
    is_required: bool | None


class CustomForm(TypedDict, total=False):
    """A login form of a plugin's own."""

    inputs: list[InputField] | None
    callback_url: str
    submit_button_text: str | None


class AuthProvider(TypedDict, total=False):
    """A button that leads to somebody else's login."""

    label: str | None
    callback_url: str
    icon_url: str | None


class AuthArgs(TypedDict, total=False):
    """What the login page shows."""

    custom_form: CustomForm
    auth_providers: list[AuthProvider]
    username_password_callback: str
    title: str
    error: str
    info: str


class WebUI:
    """Serves the UI of an environment. Made by `Environment.create_web_ui`.

    Attributes:
        app: the Flask app; add routes and blueprints before the server starts.
        template_args: what the page gets; `extended_tabs` and others may be put in.
        auth_args: what the login page shows.
        server: gevent's WSGI server, once started.
        greenlet: serves; ends when the UI is stopped.
        permissions: gives what the caller of the request that is being answered may do; everything, unless replaced.
    """

    def __init__(
        self,
        environment: Environment,
        host: str,
        port: int,
        web_base_path: str | None = None,
        web_login: bool = False,
        tls_cert: str | None = None,
        tls_key: str | None = None,
        stats_csv_writer: Any = None,
        delayed_start: bool = False,
        userclass_picker_is_active: bool = False,
        build_path: str | None = None,
    ) -> None:
        from locust.web import _api, _routes

        environment.web_ui = self
        self.environment = environment
        self.host = host
        self.port = port
        self.tls_cert = tls_cert
        self.tls_key = tls_key
        self.web_login = web_login
        self.stats_csv_writer = stats_csv_writer or stats.StatsCSV(environment, stats.PERCENTILES_TO_REPORT)
        self.userclass_picker_is_active = userclass_picker_is_active
        self.cache_time = DEFAULT_CACHE_TIME
        self.folders = [Path(path) for path in (build_path, DEFAULT_BUILD_PATH) if path]
        self.template_args: dict[str, Any] = {}
        self.auth_args: AuthArgs = {}
        self.permissions: Callable[[], Collection[Permission]] = lambda: _gate.ALL_PERMISSIONS
        self.run_timer = RunTimer()
        self.server: pywsgi.WSGIServer | None = None
        self.greenlet: gevent.Greenlet[..., Any] | None = None
        self._swarm_greenlet: gevent.Greenlet[..., Any] | None = None
        self._login_manager: Any = None
        self._base_path = base_path = (
            "/" + web_base_path.strip("/") if web_base_path and web_base_path.strip("/") else ""
        )
        self.app = self._make_app()
        self.runs = environment._runs = Runs(environment)
        self.shown = Shown(self, self.runs)
        self.stream = Stream(self.shown, self.runs)
        self.app.register_blueprint(_routes.make_blueprint(self, base_path))
        self.app.register_blueprint(_api.make_blueprint(self, base_path))
        if not delayed_start:
            self.start()
            self.warn_of_reach()

    def _make_app(self) -> Flask:
        app = Flask("locust.web", static_folder=None)
        app.config["SECRET_KEY"] = os.urandom(32)
        app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
        app.config["SESSION_COOKIE_SECURE"] = bool(self.tls_cert and self.tls_key)
        # Scripts that read upstream's answers as text look for `"state": "running"`.
        app.json.compact = False  # type: ignore[attr-defined]  # Flask's own provider has it
        _gate.install(app, self)
        _pages.add_templates(app, lambda: self.folders)
        app.register_error_handler(Exception, _answer_error)
        if self.web_login:
            from flask_login import LoginManager  # type: ignore[import-untyped]  # it has none

            self._login_manager = LoginManager()
            self._login_manager.init_app(app)
            self._login_manager.login_view = "locust.login"
        return app

    @property
    def login_manager(self) -> Any:
        """flask-login's, with `web_login` only."""
        if self._login_manager is None:
            raise AttributeError("The web UI has no login: start it with --web-login")
        return self._login_manager

    def start(self) -> None:
        """Listens from now on.

        Raises:
            LocustError: the port is taken, or the certificate can't be used.
        """
        host = "" if self.host == "*" else self.host
        tls: dict[str, Any] = {}
        if self.tls_cert and self.tls_key:
            from locust.web._tls import RotatingContext

            tls = {"ssl_context": RotatingContext.from_files(self.tls_cert, self.tls_key)}
        self.server = Server((host, self.port), self.app, log=None, error_log=logger, handler_class=Handler, **tls)
        try:
            self.server.init_socket()
        except (OSError, OverflowError) as error:
            # gevent adds the address to the text.
            number = error.errno if isinstance(error, OSError) else None
            reason = os.strerror(number) if number and number > 0 else error
            raise LocustError(
                f"Can't serve the web UI at {self.host or '0.0.0.0'}, port {self.port}: {reason}. "
                "Choose another with --web-host or --web-port"
            ) from error
        self.port = self.server.socket.getsockname()[1]
        self.runs.start()
        self.greenlet = gevent.spawn(self.start_server)
        self.greenlet.link_exception(greenlet_exception_logger(logger))

    def warn_of_reach(self) -> None:
        """Says so when everybody who reaches this machine can steer it."""
        if self.web_login or is_loopback(self.host):
            return
        logger.warning(
            "Everybody who reaches port %d of this machine can start and stop load from it: the web UI listens at %s, "
            "without a login. Use --web-host 127.0.0.1 to keep it to this machine, or guard it with --web-login",
            self.port,
            "all addresses" if self.host in ("", "*") else self.host,
        )

    def start_server(self) -> None:
        """Serves until the UI is stopped."""
        assert self.server is not None
        self.server.serve_forever()

    def stop(self) -> None:
        """Listens no longer."""
        self.run_timer.cancel()
        self.runs.stop()
        if self.server is not None:
            self.server.stop(timeout=1)

    def auth_required_if_enabled(self, view_func: Callable[..., Any]) -> Callable[..., Any]:
        """Decorates a route: with `--web-login`, only for those who are logged in."""

        @wraps(view_func)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not self.web_login:
                return view_func(*args, **kwargs)
            return view_func(*args, **kwargs) if self.is_logged_in() else self._login_manager.unauthorized()

        return guarded

    def is_logged_in(self) -> bool:
        """Whether the caller of the request that is being answered is; yes when there is no login."""
        if not self.web_login or self.app.config.get("LOGIN_DISABLED"):
            return True
        from flask_login import current_user

        return bool(current_user.is_authenticated)

    def page(self, name: str, values: Any, *, variable: str) -> Response:
        """A page of the user interface, see `_pages.page`."""
        return _pages.page(self.folders, name, dict(values), variable=variable)

    def extended_stats(self) -> list[dict[str, Any]]:
        """The rows that plugins add to the answer of `/stats/requests`, for their tables."""
        with self.app.test_request_context(f"{self._base_path}/stats/requests"):
            response = self.app.process_response(jsonify(_payload.request_stats(self.environment)))
        rows = (response.get_json(silent=True) or {}).get("extended_stats") or []
        return [row for row in rows if isinstance(row, dict) and {"key", "data"} <= row.keys()]

    def update_template_args(self) -> None:
        """Brings `template_args` up to date; what others put in stays."""
        runner = self.environment.runner
        if runner is not None:
            self.template_args |= template_args(
                self.environment,
                runner,
                has_picker=self.userclass_picker_is_active,
                is_host_required=HOST_IS_REQUIRED,
            )


def _answer_error(error: Exception) -> Any:
    """For paths that nobody has, and routes of plugins."""
    is_api = is_api_path(request.path)
    if isinstance(error, HTTPException):
        kind = KIND_BY_STATUS.get(error.code or 500, "bad-request")
        return problem(kind, error.code or 400, str(error.description)) if is_api else error
    logger.exception("UI got request for %s %s, but it resulted in a 500", request.method, request.path)
    if is_api:
        return problem("internal", 500, "Something failed in the server; its log says what.")
    return Response("Internal Server Error: the log says more.", 500, content_type="text/plain; charset=utf-8")


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "HttpUser": "locust.user.users",
            "MasterRunner": "locust.runners",
            "STATE_MISSING": "locust.runners",
            "STATE_RUNNING": "locust.runners",
            "format_safe_timestamp": "locust.util.date",
            "get_html_report": "locust.html",
            "get_logs": "locust.log",
            "get_ratio": "locust.user.inspectuser",
            "memoize": "locust.util.cache",
            "parse_timespan": "locust.util.timespan",
            "render_template_from": "locust.html",
        },
    )
