"""Asks the web UI's routes: cases from stdin, each with requests; prints what each request was answered."""

from __future__ import annotations

import json
import logging
import re
import sys
from argparse import Namespace

import gevent

from locust import LoadTestShape, User, argument_parser, constant, task
from locust.env import Environment

QUESTIONS = json.load(sys.stdin)
logging.disable(logging.CRITICAL)


def make_classes():
    class Visitor(User):
        wait_time = constant(0.05)

        @task(3)
        def look(self):
            self.report("GET", "/look", 5, None)

        @task
        def buy(self):
            self.report("POST", "/buy", 50, ValueError("sold"))

        def report(self, method, name, elapsed_ms, error):
            self.environment.events.request.fire(
                request_type=method,
                name=name,
                response_time=elapsed_ms,
                response_length=10,
                exception=error,
                context={},
            )

    class Buyer(User):
        weight = 2
        host = "http://buyers"
        wait_time = constant(0.05)

        @task
        def pay(self):
            raise RuntimeError("no money")

    return [Visitor, Buyer]


class Wave(LoadTestShape):
    def tick(self):
        return 2, 10


class Common(LoadTestShape):
    use_common_options = True

    def tick(self):
        return 1, 10


def kinds(value):
    """A value's structure: what kinds of values are where."""
    if isinstance(value, dict):
        return {key: kinds(each) for key, each in sorted(value.items())}
    if isinstance(value, list):
        return [kinds(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return repr(value)
    return "number" if isinstance(value, (int, float)) else "text"


def settings_of(options):
    names = (
        "num_users",
        "spawn_rate",
        "run_time",
        "tags",
        "stop_timeout",
        "reset_stats",
        "profile",
        "host",
        "loglevel",
    )
    return {name: getattr(options, name) for name in names} if options is not None else None


def look(response, is_exact):
    mimetype = response.mimetype
    answer = {"status": response.status_code, "type": mimetype}
    if mimetype == "application/json":
        answer["body"] = response.get_json() if is_exact else kinds(response.get_json())
        if is_exact:
            # Scripts look for parts of it.
            answer["text"] = response.get_data(as_text=True)
    elif mimetype == "text/csv":
        text = response.get_data(as_text=True)
        answer["body"] = [re.sub(r"[\d.]{3,}", "N", line) for line in text.splitlines()[: 1 if not is_exact else None]]
    elif response.status_code == 200 and mimetype == "text/html" and len(response.data) > 200:
        answer["body"] = "a page"
    elif is_exact:
        answer["body"] = response.get_data(as_text=True)
    if "Content-Disposition" in response.headers:
        answer["file"] = re.sub(r"\d{4}-\d\d-\d\d-\d\dh\d\d", "DATE", response.headers["Content-Disposition"])
    if "Location" in response.headers:
        answer["location"] = response.headers["Location"]
    return answer


def answer_case(case):
    classes = make_classes()
    shapes = {"Wave": Wave(), "Common": Common()}
    settings = {
        "user_classes": classes,
        "available_user_classes": {each.__name__: each for each in classes},
        "available_user_tasks": {each.__name__: each.tasks for each in classes},
        "available_shape_classes": shapes,
        "locustfile": "locustfile.py",
        "parsed_options": Namespace(**argument_parser.default_args_dict()),
    }
    if case.get("shape"):
        settings["shape_class"] = shapes[case["shape"]]
    if case.get("host"):
        settings["host"] = case["host"]
    if case.get("bare"):
        for name in ("parsed_options", "available_user_classes", "available_user_tasks", "available_shape_classes"):
            settings.pop(name)
    environment = Environment(**settings)
    if case.get("runner", True):
        environment.create_local_runner()
    web_ui = environment.create_web_ui(
        "127.0.0.1", 0, delayed_start=True, userclass_picker_is_active=case.get("picker", False), **case.get("ui", {})
    )
    if case.get("login"):
        from flask_login import UserMixin

        web_ui.app.secret_key = "a secret"
        web_ui.login_manager.user_loader(lambda _: None)
        web_ui.login_manager.request_loader(lambda _: UserMixin() if case["login"] == "somebody" else None)
    client = web_ui.app.test_client()
    if case.get("state") in ("running", "stopped"):
        environment.runner.start(4, 100)
        gevent.sleep(0.3)
    if case.get("state") == "stopped":
        environment.runner.stop()
    answers = []
    for request in case["requests"]:
        method, path = request["line"].split(" ", 1)
        response = client.open(path, method=method, **request.get("settings", {}))
        answers.append(look(response, request.get("exact", True)))
        gevent.sleep(0.02)
    if case.get("page"):
        web_ui.update_template_args()
        arguments = {**web_ui.template_args, "version": "", "history": []}
        answers.append(arguments)
        text = client.get("/").get_data(as_text=True)
        found = re.search(r"window\.templateArgs = (\{.*\})\n", text)
        answers.append(sorted(json.loads(found[1])) if found else "no arguments")
    result = {
        "answers": answers,
        "options": settings_of(environment.parsed_options),
        "host": environment.host,
        "profile": environment.profile,
        "user classes": [each.__name__ for each in environment.user_classes],
        "attributes": {each.__name__: each.json() for each in classes},
        "shape": type(environment.shape_class).__name__,
    }
    if environment.runner is not None:
        if case.get("settles"):
            gevent.sleep(0.3)
        result["state"] = environment.runner.state
        result["users"] = environment.runner.user_count if case.get("settles") else None
        environment.runner.quit()
    return result


answers = {}
for name, case in QUESTIONS.items():
    try:
        answers[name] = answer_case(case)
    except Exception as error:
        answers[name] = {"error": repr(error)}
print()
print(json.dumps(answers, default=str))
