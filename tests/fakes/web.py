"""A web UI without a server: requests go straight into its app."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from flask.testing import FlaskClient

from locust import User, argument_parser, constant, task
from locust.env import Environment
from locust.shape import LoadTestShape
from locust.web import WebUI


def make_environment(**settings: Any) -> Environment:
    """An environment with two classes and a shape to choose from, and a local runner."""

    class Visitor(User):
        wait_time = constant(0.05)
        region = "north"

        @task(3)
        def look(self) -> None:
            count(self, "GET", "/look", 5.0)

        @task
        def buy(self) -> None:
            count(self, "POST", "/buy", 50.0, ValueError("sold <out>"))

        @classmethod
        def json(cls) -> dict[str, Any]:
            return {**super().json(), "region": cls.region}

    class Buyer(User):
        weight = 2
        host = "https://buyers.example"
        wait_time = constant(0.05)

        @task
        def pay(self) -> None:
            raise RuntimeError("no money")

    class Wave(LoadTestShape):
        def tick(self) -> tuple[int, float]:
            return 2, 10

    classes: list[type[User]] = [Visitor, Buyer]
    environment = Environment(
        **{
            "user_classes": classes,
            "available_user_classes": {each.__name__: each for each in classes},
            "available_user_tasks": {each.__name__: each.tasks for each in classes},
            "available_shape_classes": {"Wave": Wave()},
            "parsed_options": default_options(),
            "locustfile": "locustfile.py",
            **settings,
        }
    )
    environment.create_local_runner()
    return environment


def count(user: User, method: str, name: str, elapsed_ms: float, error: Exception | None = None) -> None:
    """Counts a request that nobody sent."""
    user.environment.events.request.fire(
        request_type=method, name=name, response_time=elapsed_ms, response_length=10, exception=error
    )


def default_options() -> Namespace:
    return Namespace(**argument_parser.default_args_dict())


def make_web_ui(environment: Environment | None = None, **settings: Any) -> WebUI:
    """A UI that doesn't listen."""
    web_ui: WebUI = (environment or make_environment()).create_web_ui("127.0.0.1", 0, delayed_start=True, **settings)
    return web_ui


def client_of(web_ui: WebUI) -> FlaskClient:
    return web_ui.app.test_client()
