"""The web UI's server: a Flask app that plugins extend, under gevent's WSGI server."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
from flask import Flask, make_response, request
from gevent import pywsgi
from werkzeug.exceptions import HTTPException

from locust import stats
from locust._version import __version__
from locust.exception import LocustError
from locust.log import greenlet_exception_logger
from locust.web import _gate, _pages, _payload

if TYPE_CHECKING:
    from locust.env import Environment

__all__ = ("DEFAULT_BUILD_PATH", "DEFAULT_CACHE_TIME", "HOST_IS_REQUIRED", "WebUI")

logger = logging.getLogger(__name__)

DEFAULT_CACHE_TIME = 2.0
DEFAULT_BUILD_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dist")
HOST_IS_REQUIRED = False


class WebUI:
    """Serves the UI of an environment.

    Attributes:
        app: the Flask app; add routes and blueprints before the server starts.
        template_args: what the page gets; `extended_tabs` and others may be put in.
        auth_args: what the login page shows.
        server: gevent's WSGI server, once started.
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
        from locust.web._routes import make_blueprint

        environment.web_ui = self
        self.environment = environment
        self.host = host
        self.port = port
        self.tls_cert = tls_cert
        self.tls_key = tls_key
        self.web_login = web_login
        self.stats_csv_writer = stats_csv_writer
        self.userclass_picker_is_active = userclass_picker_is_active
        self.cache_time = DEFAULT_CACHE_TIME
        self.folders = [Path(path) for path in (build_path, DEFAULT_BUILD_PATH) if path]
        self.template_args: dict[str, Any] = {}
        self.auth_args: dict[str, Any] = {}
        self.server: pywsgi.WSGIServer | None = None
        self.greenlet: gevent.Greenlet[..., Any] | None = None
        self._swarm_greenlet: gevent.Greenlet[..., Any] | None = None
        self._run_time_greenlet: gevent.Greenlet[..., Any] | None = None
        self._login_manager: Any = None
        self.app = Flask("locust.web", static_folder=None)
        self.app.config["SECRET_KEY"] = os.urandom(32)
        self.app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
        _gate.install(self.app)
        self.app.errorhandler(Exception)(_answer_error)
        if web_login:
            from flask_login import LoginManager  # type: ignore[import-untyped]  # it has none

            self._login_manager = LoginManager()
            self._login_manager.init_app(self.app)
            self._login_manager.login_view = "locust.login"
        self.app.register_blueprint(make_blueprint(self, web_base_path or ""))
        if not delayed_start:
            self.start()

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
            for path in (self.tls_cert, self.tls_key):
                if not os.access(path, os.R_OK):
                    raise LocustError(f"Can't read '{path}', which --tls-cert or --tls-key names")
            tls = {"keyfile": self.tls_key, "certfile": self.tls_cert}
        self.server = pywsgi.WSGIServer((host, self.port), self.app, log=None, error_log=logger, **tls)
        try:
            self.server.init_socket()
        except OSError as error:
            raise LocustError(
                f"Can't serve the web UI at {self.host or '0.0.0.0'}, port {self.port}: {error.strerror or error}. "
                "Choose another with --web-port"
            ) from error
        self.port = self.server.socket.getsockname()[1]
        self.greenlet = gevent.spawn(self.start_server)
        self.greenlet.link_exception(greenlet_exception_logger(logger))

    def start_server(self) -> None:
        assert self.server is not None
        self.server.serve_forever()

    def stop(self) -> None:
        """Listens no longer."""
        if self.server is not None:
            self.server.stop(timeout=1)

    def auth_required_if_enabled(self, view_func: Callable[..., Any]) -> Callable[..., Any]:
        """Decorates a route: with `--web-login`, only for those who are logged in."""

        @wraps(view_func)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if self.web_login:
                from flask_login import login_required

                return login_required(view_func)(*args, **kwargs)
            return view_func(*args, **kwargs)

        return guarded

    def render(self, name: str, values: dict[str, Any], block_id: str) -> str:
        return _pages.page(self.folders, name, values, block_id)

    def update_template_args(self) -> None:
        """Brings `template_args` up to date; what others put in stays."""
        environment, runner = self.environment, self.environment.runner
        assert runner is not None
        options = environment.parsed_options
        hosts = {user_class.host for user_class in environment.user_classes}
        host = environment.host or (next(iter(hosts)) if len(hosts) == 1 else "") or ""
        shape = environment.shape_class
        uses_common = bool(shape and shape.use_common_options)
        classes = environment.available_user_classes or environment.user_classes_by_name
        own_tasks = environment.available_user_tasks or {}
        extra = import_module("locust.argument_parser").ui_extra_args_dict() if options is not None else {}
        for row in extra.values():
            if row["is_secret"]:
                row["default_value"] = ""
        self.template_args |= {
            "available_shape_classes": ["Default", *(environment.available_shape_classes or {})],
            "available_user_classes": sorted(classes),
            "available_user_tasks": {name: [task.__name__ for task in own_tasks[name]] for name in own_tasks},
            "extra_options": extra,
            "hide_common_options": shape is not None and not uses_common and not self.userclass_picker_is_active,
            "history": runner.stats.history,
            "host": host,
            "is_distributed": _payload.is_distributed(runner),
            "is_host_required": HOST_IS_REQUIRED,
            "locustfile": environment.locustfile,
            "missing_host_warning": not environment.host and None in hosts and not any(hosts),
            "num_users": getattr(options, "num_users", None),
            "override_host_warning": not environment.host and len(hosts) > 1,
            "percentiles_to_chart": stats.PERCENTILES_TO_CHART,
            "percentiles_to_statistics": stats.PERCENTILES_TO_STATISTICS,
            "profile": environment.profile,
            "run_time": getattr(options, "run_time", None),
            "shape_use_common_options": uses_common,
            "show_userclass_picker": self.userclass_picker_is_active,
            "spawn_rate": getattr(options, "spawn_rate", None),
            "state": runner.state,
            "stats_history_enabled": getattr(options, "stats_history_enabled", False),
            "tasks": "{}",
            "user_count": runner.user_count,
            "users": {name: user_class.json() for name, user_class in classes.items()},
            "version": __version__,
            "worker_count": _payload.worker_count(environment),
        }

    def _cancel_run_time_timer(self) -> None:
        if self._run_time_greenlet is not None and self._run_time_greenlet is not gevent.getcurrent():
            self._run_time_greenlet.kill(block=False)
        self._run_time_greenlet = None


def _answer_error(error: Exception) -> Any:
    """For routes of plugins; the UI's own answer in their own way."""
    if isinstance(error, HTTPException):
        return error
    logger.exception("UI got request for %s %s, but it resulted in a 500", request.method, request.path)
    return make_response("Internal Server Error: the log says more.", 500)
