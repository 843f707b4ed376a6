"""Upstream's routes: older clients, scripts and plugins go by them. Their permissions are in `_gate`."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    request,
    send_from_directory,
    session,
    url_for,
)
from werkzeug.exceptions import HTTPException, NotFound

from locust import log
from locust._course import facts
from locust.util.cache import memoize
from locust.web import _downloads, _payload, _steering, _swarm

if TYPE_CHECKING:
    from locust.web import WebUI

logger = logging.getLogger("locust.web")

NO_RUNNER: Final = "Error: Locust Environment does not have any runner"
# Names of built files have hashes of their content.
ASSETS_MAX_AGE_SEC: Final = 31_536_000


def make_blueprint(web_ui: WebUI, base_path: str) -> Blueprint:
    """All of upstream's routes for one UI."""
    blueprint = Blueprint("locust", "locust.web", url_prefix=base_path or None)
    blueprint.register_error_handler(Exception, answer_error)
    _add_pages(blueprint, web_ui)
    _add_steering(blueprint, web_ui)
    _add_details(blueprint, web_ui)
    _downloads.add_downloads(blueprint, web_ui)
    return blueprint


def answer_error(error: Exception) -> Any:
    """What went wrong, as text."""
    if isinstance(error, HTTPException):
        return make_response(str(error), error.code or 500, {"Content-Type": "text/plain; charset=utf-8"})
    logger.exception("UI got request for %s %s, but it resulted in a 500", request.method, request.path)
    return make_response(str(error), 500, {"Content-Type": "text/plain; charset=utf-8"})


def _add_pages(blueprint: Blueprint, web_ui: WebUI) -> None:
    @blueprint.route("/assets/<path:path>")
    def send_assets(path: str) -> Response:
        for folder in web_ui.folders:
            with contextlib.suppress(OSError, NotFound):
                response = send_from_directory(folder / "assets", path, max_age=ASSETS_MAX_AGE_SEC)
                response.cache_control.immutable = True
                return response
        return abort(404)

    @blueprint.route("/")
    @web_ui.auth_required_if_enabled
    def index() -> Any:
        if web_ui.environment.runner is None:
            return make_response(NO_RUNNER, 500)
        web_ui.update_template_args()
        return web_ui.page("index.html", web_ui.template_args, variable="template_args")

    @blueprint.route("/login")
    def login() -> Any:
        if not web_ui.web_login:
            return redirect(url_for("locust.index"))
        arguments = {
            **web_ui.auth_args,
            "error": session.pop("auth_error", web_ui.auth_args.get("error")),
            "info": session.pop("auth_info", web_ui.auth_args.get("info")),
        }
        return web_ui.page("auth.html", arguments, variable="auth_args")


def _add_steering(blueprint: Blueprint, web_ui: WebUI) -> None:
    environment = web_ui.environment

    @blueprint.route("/swarm", methods=["POST"])
    @web_ui.auth_required_if_enabled
    def swarm() -> Response:
        return jsonify(_start(web_ui))

    @blueprint.route("/stop", methods=["GET", "POST"])
    @web_ui.auth_required_if_enabled
    def stop() -> Response:
        _steering.stop(web_ui)
        return jsonify({"success": True, "message": "Test stopped"})

    @blueprint.route("/stats/reset", methods=["GET", "POST"])
    @web_ui.auth_required_if_enabled
    def reset_stats() -> str:
        _steering.reset(web_ui)
        return "ok"

    @blueprint.route("/user", methods=["POST"])
    @web_ui.auth_required_if_enabled
    def update_user() -> Any:
        settings = request.get_json(force=True, silent=True)
        name = settings.get("user_class_name") if isinstance(settings, dict) else None
        known = environment.available_user_classes or environment.user_classes_by_name
        if not isinstance(settings, dict) or not isinstance(name, str) or name not in known:
            return make_response(f"Wanted a JSON object with user_class_name, one of: {', '.join(known)}", 400)
        environment.update_user_class(settings)
        return {}, 201


def _add_details(blueprint: Blueprint, web_ui: WebUI) -> None:
    environment = web_ui.environment

    @blueprint.route("/stats/requests")
    @web_ui.auth_required_if_enabled
    @memoize(timeout=web_ui.cache_time, dynamic_timeout=True)
    def request_stats() -> Response:
        return jsonify(_payload.request_stats(environment))

    @blueprint.route("/exceptions")
    @web_ui.auth_required_if_enabled
    def exceptions() -> Response:
        return jsonify({"exceptions": facts.exceptions(environment.runner)})

    @blueprint.route("/tasks")
    @web_ui.auth_required_if_enabled
    def tasks() -> Response:
        return jsonify(facts.task_ratios(environment, facts.users_by_class(environment.runner)))

    @blueprint.route("/logs")
    @web_ui.auth_required_if_enabled
    def logs() -> Response:
        return jsonify({"master": log.get_logs(), "workers": environment.worker_logs})

    @blueprint.route("/worker-count")
    @web_ui.auth_required_if_enabled
    def get_worker_count() -> Response:
        return jsonify({"worker_count": facts.worker_count(environment)})


def _start(web_ui: WebUI) -> dict[str, Any]:
    """Starts a test, or changes the one that goes on; every refusal is a message, never an error status."""
    environment = web_ui.environment
    runner = environment.runner
    if runner is None:
        return {"success": False, "message": "No runner", "host": environment.host}
    try:
        order = _swarm.order_from_form(request.form, environment, has_picker=web_ui.userclass_picker_is_active)
        _steering.follow(order, web_ui, runner)
    except ValueError as error:
        logger.error("%s", error)
        return {"success": False, "message": str(error), "host": environment.host}
    answer: dict[str, Any] = {"success": True, "host": environment.host, "message": "Swarming started"}
    if environment.shape_class is not None:
        name = type(environment.shape_class).__name__
        return {**answer, "message": f"Swarming started using shape class '{name}'"}
    if order.run_time_s:
        answer["run_time"] = order.run_time_s
    if web_ui.userclass_picker_is_active:
        answer["user_classes"] = sorted(environment.user_classes_by_name)
    return answer
