"""Upstream's routes: older clients, scripts and plugins go by them."""

from __future__ import annotations

import logging
import time
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING, Any

import gevent
from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    request,
    send_file,
    send_from_directory,
    session,
    url_for,
)
from werkzeug.exceptions import HTTPException

from locust import log
from locust.exception import LocustError
from locust.log import greenlet_exception_logger
from locust.util.cache import memoize
from locust.util.date import format_safe_timestamp
from locust.util.timespan import parse_timespan
from locust.web import _payload, _swarm

if TYPE_CHECKING:
    from locust.web import WebUI

logger = logging.getLogger("locust.web")

BAD_RUN_TIME = "Valid run_time formats are : 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc."
BAD_LOAD = "Missing or invalid user_count or spawn_rate from /swarm request"


def make_blueprint(web_ui: WebUI, base_path: str) -> Blueprint:
    """All of upstream's routes for one UI."""
    blueprint = Blueprint("locust", "locust.web", url_prefix=base_path or None)
    environment = web_ui.environment
    guarded = web_ui.auth_required_if_enabled

    @blueprint.errorhandler(Exception)
    def handle_exception(error: Exception) -> Any:
        if isinstance(error, HTTPException):
            return make_response(str(error), error.code or 500)
        logger.exception("UI got request for %s %s, but it resulted in a 500", request.method, request.path)
        return make_response(f"{type(error).__name__}: {error}", 500, {"Content-Type": "text/plain; charset=utf-8"})

    @blueprint.route("/assets/<path:path>")
    def send_assets(path: str) -> Response:
        for folder in web_ui.folders:
            if (folder / "assets" / path).is_file():
                return send_from_directory(folder / "assets", path)
        return abort(404)

    @blueprint.route("/")
    @guarded
    def index() -> Any:
        if environment.runner is None:
            return make_response("Error: Locust Environment does not have any runner", 500)
        web_ui.update_template_args()
        return web_ui.render("index.html", web_ui.template_args, "template-args")

    @blueprint.route("/swarm", methods=["POST"])
    @guarded
    def swarm() -> Response:
        return jsonify(_start(web_ui))

    @blueprint.route("/stop", methods=["GET", "POST"])
    @guarded
    def stop() -> Response:
        if environment.runner is not None:
            web_ui._cancel_run_time_timer()
            environment.runner.stop()
        return jsonify({"success": True, "message": "Test stopped"})

    @blueprint.route("/stats/reset", methods=["GET", "POST"])
    @guarded
    def reset_stats() -> str:
        if environment.runner is not None:
            environment.events.reset_stats.fire()
            environment.runner.stats.reset_all()
            environment.runner.exceptions = {}
        return "ok"

    @blueprint.route("/stats/requests")
    @guarded
    @memoize(timeout=web_ui.cache_time, dynamic_timeout=True)
    def request_stats() -> Response:
        return jsonify(_payload.request_stats(environment))

    @blueprint.route("/exceptions")
    @guarded
    def exceptions() -> Response:
        return jsonify({"exceptions": _payload.exceptions(environment)})

    @blueprint.route("/tasks")
    @guarded
    def tasks() -> Response:
        return jsonify(_payload.tasks(environment))

    @blueprint.route("/logs")
    @guarded
    def logs() -> Response:
        return jsonify({"master": log.get_logs(), "workers": environment.worker_logs})

    @blueprint.route("/worker-count")
    @guarded
    def get_worker_count() -> Response:
        return jsonify({"worker_count": _payload.worker_count(environment)})

    @blueprint.route("/user", methods=["POST"])
    @guarded
    def update_user() -> Any:
        settings = request.get_json(force=True, silent=True)
        name = settings.get("user_class_name") if isinstance(settings, dict) else None
        known = environment.available_user_classes or environment.user_classes_by_name
        if not isinstance(settings, dict) or not isinstance(name, str) or name not in known:
            return make_response(f"Wanted a JSON object with user_class_name, one of: {', '.join(known)}", 400)
        environment.update_user_class(settings)
        return {}, 201

    @blueprint.route("/login")
    def login() -> Any:
        if not web_ui.web_login:
            return redirect(url_for("locust.index"))
        arguments = {
            **web_ui.auth_args,
            "error": session.pop("auth_error", web_ui.auth_args.get("error")),
            "info": session.pop("auth_info", web_ui.auth_args.get("info")),
        }
        return web_ui.render("auth.html", arguments, "auth-args")

    _add_downloads(blueprint, web_ui)
    return blueprint


def _add_downloads(blueprint: Blueprint, web_ui: WebUI) -> None:
    environment, guarded = web_ui.environment, web_ui.auth_required_if_enabled

    def csv_route(path: str, endpoint: str, kind: str, write: str) -> None:
        def route() -> Any:
            if web_ui.stats_csv_writer is None:
                return make_response("Error: this server has no writer of CSV files.", 404)
            text = StringIO()
            import csv

            getattr(web_ui.stats_csv_writer, write)(csv.writer(text))
            response = make_response(text.getvalue(), 200, {"Content-type": "text/csv"})
            response.headers["Content-disposition"] = f"attachment;filename={_file_name(web_ui, kind)}.csv"
            return response

        blueprint.add_url_rule(path, endpoint, guarded(route))

    csv_route("/stats/requests/csv", "request_stats_csv", "requests", "requests_csv")
    csv_route("/stats/failures/csv", "failures_stats_csv", "failures", "failures_csv")
    csv_route("/exceptions/csv", "exceptions_csv", "exceptions", "exceptions_csv")

    @blueprint.route("/stats/requests_full_history/csv")
    @guarded
    def request_stats_full_history_csv() -> Any:
        options = environment.parsed_options
        name = getattr(web_ui.stats_csv_writer, "stats_history_file_name", None)
        if not (options and getattr(options, "stats_history_enabled", False) and name):
            return make_response("Error: Server was not started with option to generate full history.", 404)
        import os

        return send_file(os.path.abspath(name()), mimetype="text/csv", as_attachment=True)

    @blueprint.route("/stats/report")
    @guarded
    def stats_report() -> Any:
        html = import_module("locust.html")
        wanted = request.args.get("download")
        try:
            text = html.get_html_report(environment, show_download_link=not wanted, theme=request.args.get("theme", ""))
        except LocustError as error:
            return make_response(str(error), 404, {"Content-Type": "text/plain; charset=utf-8"})
        response = make_response(text)
        response.headers["Content-Security-Policy"] = f"{html.report_policy()}; frame-ancestors 'none'"
        if wanted:
            response.headers["Content-Disposition"] = f"attachment;filename={_file_name(web_ui, 'report')}.html"
        return response


def _file_name(web_ui: WebUI, kind: str) -> str:
    environment = web_ui.environment
    parts = ["Locust", format_safe_timestamp(time.time()), environment.locustfile, environment.host, kind]
    text = "_".join(part for part in parts if part)
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in text)


def _start(web_ui: WebUI) -> dict[str, Any]:
    """Starts a test, or changes the one that goes on; every refusal is a message, never an error status."""
    environment, form = web_ui.environment, request.form
    runner = environment.runner
    if runner is None:
        return {"success": False, "message": "Error: Locust Environment does not have any runner", "host": None}
    if "host" in form:
        environment.host = _swarm.clean_host(form["host"]) or None
    try:
        user_classes = _choose_classes(web_ui)
        run_time = parse_run_time(form.get("run_time", ""))
        user_count, spawn_rate = _load(form)
        _update_options(web_ui)
    except ValueError as error:
        logger.error("%s", error)
        return {"success": False, "message": str(error), "host": environment.host}
    answer: dict[str, Any] = {"success": True, "host": environment.host}
    if environment.shape_class is not None:
        web_ui._cancel_run_time_timer()
        runner.start_shape()
        name = type(environment.shape_class).__name__
        return {**answer, "message": f"Swarming started using shape class '{name}'"}
    if user_count is None or spawn_rate is None or user_count < 0 or spawn_rate <= 0:
        logger.error(BAD_LOAD)
        return {"success": False, "message": BAD_LOAD, "host": environment.host}
    web_ui._cancel_run_time_timer()
    runner_start = gevent.spawn(runner.start, user_count, spawn_rate)
    runner_start.link_exception(greenlet_exception_logger(logger))
    web_ui._swarm_greenlet = runner_start
    answer["message"] = "Swarming started"
    if run_time is not None:
        web_ui._run_time_greenlet = gevent.spawn_later(run_time, runner.stop)
        answer["run_time"] = run_time
    if user_classes is not None:
        answer["user_classes"] = sorted(user_classes)
    return answer


def parse_run_time(text: str) -> int | None:
    """Seconds, or None without a limit.

    Raises:
        ValueError: in upstream's words.
    """
    if not text:
        return None
    try:
        return parse_timespan(text)
    except ValueError:
        raise ValueError(BAD_RUN_TIME) from None


def _load(form: Any) -> tuple[int | None, float | None]:
    count = form.get("user_count")
    rate = form.get("spawn_rate")
    try:
        number = float(rate) if rate else None
    except ValueError:
        raise ValueError(f"Invalid spawn_rate value: {rate!r} (must be a number)") from None
    if number is not None and not 0 <= number < float("inf"):
        raise ValueError(BAD_LOAD)
    return (None if count is None else _swarm.whole_number(count)), number


def _choose_classes(web_ui: WebUI) -> list[str] | None:
    """Takes over the picker's choice of classes and shape; gives the names of the classes."""
    if not web_ui.userclass_picker_is_active:
        return None
    environment = web_ui.environment
    classes = environment.available_user_classes or {}
    shapes = environment.available_shape_classes or {}
    shape = request.form.get("shape_class", "Default")
    names = request.form.getlist("user_classes")
    if unknown := [name for name in names if name not in classes]:
        raise ValueError(f"Unknown User(s): {', '.join(unknown)}")
    if shape != "Default" and shape not in shapes:
        raise ValueError(f"Unknown shape: {shape}. Take Default or one of: {', '.join(shapes)}")
    environment.shape_class = None if shape == "Default" else shapes[shape]
    if environment.shape_class is not None:
        environment.shape_class.runner = environment.runner
    runner = environment.runner
    is_under_way = runner is not None and runner.state in ("running", "spawning")
    if names or not is_under_way:
        environment.user_classes = [classes[name] for name in names or classes]
        environment._remove_user_classes_with_weight_zero()
        if runner is not None and hasattr(runner, "_is_dispatcher_stale") and not is_under_way:
            runner._is_dispatcher_stale = True
    return [user_class.__name__ for user_class in environment.user_classes]


def _update_options(web_ui: WebUI) -> None:
    options = web_ui.environment.parsed_options
    if options is None:
        return
    changes = {}
    for key in request.form:
        texts = request.form.getlist(key)
        if key == "user_count":
            key = "num_users"
            texts = texts if texts[-1] else []
        if texts and key not in ("run_time", "user_classes", "shape_class", "host") and hasattr(options, key):
            old = getattr(options, key)
            try:
                changes[key] = int(texts[-1]) if key == "num_users" else _swarm.like(old, texts)
            except (ValueError, TypeError):
                raise ValueError(f"Invalid {key} value: {texts[-1]!r} (must be like {old!r})") from None
    if "spawn_rate" in changes:
        changes["spawn_rate"] = float(request.form["spawn_rate"])
    for key, value in changes.items():
        setattr(options, key, value)
