"""The routes of `/api/v2`, as `schemas/web-api.yaml` describes them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gevent
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from locust._course import facts
from locust._course.facts import TOTAL
from locust._course.series import encode_columns
from locust.web import _downloads, _form, _payload, _steering
from locust.web._input import Input, read_object
from locust.web._problem import KIND_BY_STATUS, ProblemError, problem
from locust.web._rows import encode

if TYPE_CHECKING:
    from locust.runners import Runner
    from locust.web import WebUI

logger = logging.getLogger("locust.web")

DESCRIPTION_FILE: Final = Path(__file__).with_name("openapi.json")
MAX_ENDPOINTS: Final = 20
HEX_DIGITS: Final = frozenset("0123456789abcdef")
BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def make_blueprint(web_ui: WebUI, base_path: str) -> Blueprint:
    """All routes for one UI."""
    blueprint = Blueprint("locust_api", "locust.web", url_prefix=f"{base_path}/api/v2")
    blueprint.register_error_handler(Exception, answer_error)
    _add_run(blueprint, web_ui)
    _add_steering(blueprint, web_ui)
    _add_details(blueprint, web_ui)
    _add_form(blueprint, web_ui)
    return blueprint


def answer_error(error: Exception) -> Response:
    """What went wrong, as problem details."""
    if isinstance(error, ProblemError):
        return error.response()
    if isinstance(error, HTTPException):
        status = error.code or 400
        return problem(KIND_BY_STATUS.get(status, "bad-request"), status, str(error.description))
    logger.exception("UI got request for %s %s, but it resulted in a 500", request.method, request.path)
    return problem("internal", 500, "Something failed in the server; its log says what.")


def _add_run(blueprint: Blueprint, web_ui: WebUI) -> None:
    @blueprint.get("/openapi.json")
    def get_description() -> Response:
        return Response(DESCRIPTION_FILE.read_bytes(), content_type="application/json")

    @blueprint.get("/run")
    def get_run() -> Response:
        web_ui.stream.refresh()
        return _json(web_ui.shown.snapshot())

    @blueprint.get("/stream")
    def stream_run() -> Response:
        if web_ui.stream.is_full:
            raise ProblemError("too-many-streams", 503, "Too many viewers at once: close some, or ask for /run.")
        last_event_id = request.headers.get("Last-Event-ID") or request.args.get("last_event_id")
        events = web_ui.stream.view(frozenset(_endpoints()) - {TOTAL}, last_event_id)
        response = Response(events, content_type="text/event-stream")
        # Proxies would hold it back.
        response.headers["X-Accel-Buffering"] = "no"
        return response

    @blueprint.get("/runs")
    def list_runs() -> Response:
        return _json({"runs": [run.summary() for run in web_ui.runs.all() if run.number]})

    @blueprint.get("/series")
    def get_series() -> Response:
        number, since = _number("run", is_whole=True), _number("since")
        run = web_ui.runs.find(None if number is None else int(number))
        if run is None:
            raise ProblemError("not-found", 404, f"Run {number:g} is not kept. Ask /api/v2/runs for those that are.")
        has_heat = BOOLEANS.get(request.args.get("heat", "true").lower())
        if has_heat is None:
            raise _bad_query("heat", "Wanted true or false")
        found = []
        for endpoint in _endpoints() or [TOTAL]:
            if run is web_ui.runs.current:
                web_ui.runs.follow(endpoint)
            series = run.series.get(endpoint)
            batches = () if series is None else series.batches(since)
            method, name = run.names.get(endpoint, ("", "Aggregated" if endpoint == TOTAL else ""))
            step_s = 1 if series is None else series.step_s
            texts = {
                key: encode(value) for key, value in {"endpoint": endpoint, "method": method, "name": name}.items()
            }
            texts["step_s"] = str(step_s)
            # An hour of twenty endpoints would stop the users for seconds.
            texts |= encode_columns(
                batches, len(web_ui.runs.percentiles), has_heat=has_heat, encode=encode, pause=lambda: gevent.sleep(0)
            )
            found.append("{" + ",".join(f'"{key}":{text}' for key, text in texts.items()) + "}")
        return _json(f'{{"run":{encode(run.summary())},"series":[{",".join(found)}],"marks":{encode(run.marks)}}}')


def _add_steering(blueprint: Blueprint, web_ui: WebUI) -> None:
    environment = web_ui.environment

    def state() -> Response:
        return _json(web_ui.shown.run_state())

    @blueprint.post("/run/start")
    def start_run() -> Response:
        runner = _runner(web_ui)
        body = read_object(request)
        if facts.is_under_way(runner):
            raise ProblemError(
                "conflict", 409, "A run goes on already. Stop it first, or change its load by /api/v2/run/load."
            )
        if facts.is_distributed(runner) and not facts.worker_count(web_ui.environment):
            raise ProblemError("conflict", 409, "There is no worker yet: start one by locust --worker, then try again.")
        order = _form.start_order(body, web_ui)
        before = web_ui.runs.current
        _steering.follow(order, web_ui, runner)
        web_ui.runs.wait_for_next(before)
        return state()

    @blueprint.post("/run/load")
    def change_load() -> Response:
        runner = _steerable(web_ui)
        given = Input(read_object(request), {"user_count", "spawn_rate", "user_classes"})
        user_count, spawn_rate = given.user_count(), given.spawn_rate()
        if "user_count" not in given:
            given.refuse("user_count", "Needed: how many users there are to be")
        classes = given.names("user_classes", environment.user_classes_by_name)
        given.check()
        assert user_count is not None
        _change_load(web_ui, runner, user_count, spawn_rate, classes)
        return state()

    @blueprint.post("/run/stop")
    def stop_run() -> Response:
        read_object(request)
        _runner(web_ui)
        _steering.stop(web_ui)
        return state()

    @blueprint.post("/run/pause")
    def pause_run() -> Response:
        read_object(request)
        runner = _steerable(web_ui)
        if not web_ui.runs.is_paused:
            rate = web_ui.runs.spawn_rate or getattr(environment.parsed_options, "spawn_rate", None) or 1
            web_ui.runs.paused_load = (runner.target_user_count, rate)
            web_ui.runs.is_paused = True
            web_ui.runs.mark("pause", f"Paused with {runner.target_user_count} users")
            # All in one step.
            _steering.spawn_start(web_ui, runner, 0, max(rate, runner.user_count, 1))
        return state()

    @blueprint.post("/run/resume")
    def resume_run() -> Response:
        read_object(request)
        runner = _steerable(web_ui)
        if web_ui.runs.paused_load is None or not web_ui.runs.is_paused:
            raise ProblemError("conflict", 409, "The run is not paused.")
        user_count, spawn_rate = web_ui.runs.paused_load
        web_ui.runs.mark("resume", f"Resumed with {user_count} users")
        _change_load(web_ui, runner, user_count, spawn_rate, None)
        return state()

    @blueprint.post("/run/reset")
    def reset_statistics() -> Response:
        read_object(request)
        _runner(web_ui)
        _steering.reset(web_ui)
        return state()


def _add_details(blueprint: Blueprint, web_ui: WebUI) -> None:
    def detail(path: str, endpoint: str, make: Callable[[], str]) -> None:
        def route() -> Response:
            web_ui.stream.refresh()
            return _json(make())

        blueprint.add_url_rule(path, endpoint, route)

    shown = web_ui.shown
    detail("/stats", "get_statistics", shown.statistics)
    detail("/errors", "get_errors", lambda: f'{{"errors":{shown.errors()}}}')
    detail("/exceptions", "get_exceptions", lambda: f'{{"exceptions":{shown.exceptions()}}}')
    detail("/workers", "get_workers", lambda: f'{{"workers":{shown.workers()}}}')
    detail("/logs", "get_logs", lambda: f'{{"logs":{shown.logs()}}}')

    @blueprint.get("/ratio")
    def get_ratio() -> Response:
        return _json(_payload.expected_tasks(web_ui.environment))

    @blueprint.get("/downloads")
    def get_downloads() -> Response:
        return _json({"downloads": _downloads.list_downloads(web_ui)})


def _add_form(blueprint: Blueprint, web_ui: WebUI) -> None:
    environment = web_ui.environment

    @blueprint.get("/config")
    def get_config() -> Response:
        return _json(_form.config(web_ui))

    @blueprint.get("/users")
    def get_user_classes() -> Response:
        rows = [_form.user_class_row(environment, name) for name in _form.known_classes(environment)]
        return _json({"user_classes": rows})

    @blueprint.patch("/users/<user_class>")
    def change_user_class(user_class: str) -> Response:
        _form.change_user_class(read_object(request), web_ui, user_class)
        web_ui.runs.mark("settings", f"Settings of {user_class} changed")
        return _json(_form.user_class_row(environment, user_class))

    @blueprint.get("/shapes")
    def get_shapes() -> Response:
        return _json({"shapes": _form.shape_rows(environment), "current": facts.shape_name(environment)})


def _change_load(
    web_ui: WebUI, runner: Runner, user_count: int, spawn_rate: float | None, classes: list[str] | None
) -> None:
    runs, options = web_ui.runs, web_ui.environment.parsed_options
    runs.is_paused = False
    runs.spawn_rate = rate = spawn_rate or runs.spawn_rate or getattr(options, "spawn_rate", None) or 1
    if options is not None:
        options.num_users, options.spawn_rate = user_count, rate
    chosen = None if classes is None else [web_ui.environment.user_classes_by_name[name] for name in classes]
    _steering.spawn_start(web_ui, runner, user_count, rate, chosen)


def _runner(web_ui: WebUI) -> Runner:
    runner = web_ui.environment.runner
    if runner is None:
        raise ProblemError("no-runner", 409, "Locust's Environment has no runner: make one by create_local_runner().")
    return runner


def _steerable(web_ui: WebUI) -> Runner:
    """The runner, if its load can be changed now."""
    runner = _runner(web_ui)
    if not facts.is_under_way(runner):
        raise ProblemError("conflict", 409, "No run goes on: start one by /api/v2/run/start.")
    if web_ui.environment.shape_class is not None:
        raise ProblemError("conflict", 409, f"The shape {facts.shape_name(web_ui.environment)} decides on the load.")
    return runner


def _endpoints() -> list[str]:
    """The ids in the query."""
    found = list(dict.fromkeys(request.args.getlist("endpoint")))
    if len(found) > MAX_ENDPOINTS:
        raise _bad_query("endpoint", f"Wanted at most {MAX_ENDPOINTS}, found {len(found)}")
    for each in found:
        if each != TOTAL and not (len(each) == 16 and set(each) <= HEX_DIGITS):
            raise _bad_query("endpoint", f"Wanted {TOTAL!r} or 16 hexadecimal digits, found {each[:60]!r}")
    return found


def _number(name: str, *, is_whole: bool = False) -> float | None:
    """A number in the query."""
    text = request.args.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0 or (is_whole and value != int(value)):
        kind = "a whole number" if is_whole else "a number"
        raise _bad_query(name, f"Wanted {kind} from 0 on, found {text[:60]!r}")
    return value


def _bad_query(name: str, detail: str) -> ProblemError:
    return ProblemError("invalid-input", 422, f"{name}: {detail}", [(name, detail)])


def _json(value: Any) -> Response:
    """An answer; a text is JSON already."""
    return Response(value if isinstance(value, str) else encode(value), content_type="application/json")
