"""Who uses the system under test: User, and HttpUser with its client."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gevent import GreenletExit, sleep

from locust.exception import CatchResponseError, StopTest, StopUser
from locust.user import _pace
from locust.user._fixtures import Fixtures
from locust.user.task import (
    LOCUST_STATE_RUNNING,
    LOCUST_STATE_STOPPING,
    DefaultTaskSet,
    get_tasks_from_base_classes,
)
from locust.user.wait_time import constant
from locust.util.borrowed import borrowed
from locust.util.deprecation import check_for_deprecated_task_set_attribute

if TYPE_CHECKING:
    from gevent import Greenlet
    from gevent.pool import Group
    from urllib3 import PoolManager

    from locust.clients import HttpSession, RestResponseContextManager  # noqa: F401 (named in a base class)
    from locust.env import Environment

logger = logging.getLogger(__name__)

RestResponseT = TypeVar("RestResponseT")

_NO_HOST = (
    "You must specify the base host. Either in the host attribute in the User class, "
    "or on the command line using the --host option."
)
# Of the plugin of pytest.
_CLIENT_FIXTURES = {"session", "fastsession"}
_UNPARSED_CHARACTERS = 250
_SHOWN_CHARACTERS = 200


class UserMeta(type):
    """Gathers the tasks of a User class. `abstract` isn't inherited."""

    def __new__(mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any], **kwargs: Any) -> UserMeta:
        check_for_deprecated_task_set_attribute(class_dict)
        class_dict["tasks"] = get_tasks_from_base_classes(bases, class_dict)
        class_dict.setdefault("abstract", False)
        return super().__new__(mcs, classname, bases, class_dict, **kwargs)


class User(metaclass=UserMeta):
    """One simulated user: runs its tasks one after another, in a greenlet of its own.

    Subclass it, with a `client` for what you test, or take HttpUser. An `__init__` of your own must call this one.
    """

    abstract = True
    """Whether this class is there to be subclassed only. Not inherited."""

    host: str | None = None
    """Base URL of what is tested, such as `http://shop.example`."""

    tasks: list[Any] = []
    """Functions that take the user, or TaskSet classes. A list, a list of (task, weight), or a dict of weights."""

    wait_time: Any = constant(0)
    """How long to wait between tasks: one of `locust.wait_time`'s, or a method that gives seconds."""

    weight: float = 1
    """How many run, in proportion to the other User classes."""

    fixed_count: int = 0
    """How many run, before any of the classes with weights. 0: by weight."""

    min_wait: float | None = None
    max_wait: float | None = None
    wait_function: Callable[..., float] | None = None
    """Deprecated: use `wait_time`."""

    environment: Environment
    client: Any

    _state: str | None = None
    _greenlet: Greenlet[..., Any] | None = None
    _group: Group | None = None
    _taskset_instance: Any = None
    _waiter: _pace.Waiter | None = None

    def __init__(self, environment: Environment) -> None:
        super().__init__()
        self.environment = environment
        self._cp_last_run = monotonic()
        self._cp_last_wait_time: float = 0

    def on_start(self) -> None:
        """Called when the user starts, before its first task. One that raises ends the user."""

    def on_stop(self) -> None:
        """Called when the user is stopped."""

    def run(self) -> None:
        """Runs the user until it is stopped. Not to be overridden."""
        self._state = LOCUST_STATE_RUNNING
        self._taskset_instance = tasks = DefaultTaskSet(self)
        try:
            try:
                self.on_start()
            except Exception as error:
                logger.error("%s\n%s", error, traceback.format_exc())
                if not isinstance(error, (StopUser, StopTest)):
                    # upstream logs before it fires here, and after it in a task
                    self.environment.events.user_error.fire(user_instance=self, exception=error, tb=sys.exc_info()[2])
                raise
            tasks.run()
        except (GreenletExit, StopUser, StopTest):
            self.on_stop()

    def wait(self) -> None:
        """Waits as `wait_time` says. A user that is to stop does so here."""
        self._taskset_instance.wait()

    def start(self, group: Group) -> Greenlet[..., Any]:
        """Starts the user in a greenlet of `group`, and gives it."""
        if not hasattr(self, "environment"):
            raise AssertionError(
                f"Attribute 'environment' is missing on user {type(self).__name__}. Perhaps you defined your own "
                "__init__ and forgot to call the base constructor? (super().__init__(*args, **kwargs))"
            )
        # The user is the greenlet's first argument: the runner finds it there.
        self._greenlet = group.spawn(run_user, self)
        self._group = group
        return self._greenlet

    def stop(self, force: bool = False) -> bool:
        """Ends the user: at once while it waits, or when `force`; otherwise once its task is done.

        Returns:
            Whether it has ended.
        """
        if self._group is None or self._greenlet is None:  # run_single_user's
            self._state = LOCUST_STATE_STOPPING
            return False
        if not force and self._state in (LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING):
            self._state = LOCUST_STATE_STOPPING
            return bool(self._greenlet.dead)
        self._group.killone(self._greenlet)
        return True

    @property
    def group(self) -> Group | None:
        """The group that its greenlet runs in."""
        return self._group

    @property
    def greenlet(self) -> Greenlet[..., Any] | None:
        """The greenlet that runs it."""
        return self._greenlet

    def context(self) -> dict[str, Any]:
        """What each of its requests carries as `context`, for listeners. Override it."""
        return {}

    @classmethod
    def json(cls) -> dict[str, Any]:
        """What the web UI's class picker shows. Override it to show more of your attributes."""
        return {
            "host": cls.host,
            "weight": cls.weight,
            "fixed_count": cls.fixed_count,
            "tasks": [task.__name__ for task in cls.tasks],
        }

    @classmethod
    def fullname(cls) -> str:
        """Module and qualified name."""
        return ".".join(part for part in f"{cls.__module__}.{cls.__qualname__}".split(".") if part != "<locals>")


def run_user(user: User) -> None:
    """What a user's greenlet runs."""
    try:
        user.run()
    finally:
        # gevent tells the group a moment later. Whoever looks for the last user in between would never see it.
        if user._group is not None and user._greenlet is not None:
            user._group.discard(user._greenlet)


class RestMixin(Generic[RestResponseT]):
    """Requests to JSON APIs, for users with an HTTP client."""

    client: Any

    @contextmanager
    def rest(
        self, method: str, url: str, headers: dict[str, Any] | None = None, **kwargs: Any
    ) -> Generator[RestResponseT, None, None]:
        """Requests JSON: a `with` block gets the response, the parsed body as its `js`.

            with self.rest("POST", "/login", json={"name": "me"}) as response:
                assert response.js["ok"], "login refused"

        The request fails when the body isn't JSON (`js` is `None` then), when an `assert` in the block fails, and when
        anything else is raised there; none of it leaves the block. An assertion's text that ends in a comma gets the
        body appended.

        Args:
            method: the HTTP method.
            url: path or URL.
            headers: added to `Content-Type` and `Accept` of `application/json`, or replacing them.
            kwargs: as of the client's `request`.
        """
        with self.client.request(
            method, url, headers=_with_json_defaults(headers or {}), catch_response=True, **kwargs
        ) as response:
            response.js = None
            if response.text:
                try:
                    response.js = response.json()
                except ValueError as error:
                    response.failure(
                        f"Could not parse response as JSON. {response.text[:_UNPARSED_CHARACTERS]}, "
                        f"response code {response.status_code}, error {error}"
                    )
            elif response.text is None or response.error:
                response.failure(str(response.error))
            try:
                yield response
            except AssertionError as error:
                response.failure(_assertion_text(error, response.text))
            except Exception as error:
                # upstream lets no StopUser or interrupt() out of the block either
                response.failure(
                    f"{type(error).__name__}: {error} at {', '.join(_places(error))}. "
                    f"Response was {(response.text or '')[:_SHOWN_CHARACTERS]}"
                )

    @contextmanager
    def rest_(
        self, method: str, url: str, name: str | None = None, **kwargs: Any
    ) -> Generator[RestResponseT, None, None]:
        """As `rest`, past caches: `_=<milliseconds>` in the query. Counts as `url?_=...` unless `name` is given."""
        separator = "&" if "?" in url else "?"
        name = name or f"{url}{separator}_=..."
        with self.rest(method, f"{url}{separator}_={int(time.time() * 1000)}", name=name, **kwargs) as response:
            yield response


def _with_json_defaults(headers: dict[str, Any]) -> dict[str, Any]:
    given = {name.lower() for name in headers}
    defaults = {"Content-Type": "application/json", "Accept": "application/json"}
    return {**headers, **{name: value for name, value in defaults.items() if name.lower() not in given}}


def _assertion_text(error: AssertionError, body: str | None) -> str:
    if not error.args:
        return "Assertion failed"
    text = str(error.args[0])
    return f"{text} response was {(body or '')[:_SHOWN_CHARACTERS]}" if text.endswith(",") else text


def _places(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames if frame.filename != __file__]


class HttpUser(User, RestMixin["RestResponseContextManager"]):
    """A user whose `client` is a `requests.Session` that counts its requests.

    Raises `StopTest` when it has no `host`.
    """

    abstract = True

    pool_manager: PoolManager | None = None
    """Connections shared by all users of this class. Each has its own without it, as strangers do."""

    client: HttpSession

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.host is None:
            raise StopTest(_NO_HOST)
        # requests is slow to import, and every locustfile imports HttpUser.
        self.client = import_module("locust.clients").HttpSession(
            base_url=self.host,
            request_event=self.environment.events.request,
            user=self,
            pool_manager=self.pool_manager,
        )
        self.client.trust_env = False


class PytestUser(User):
    """A user that runs tests of a pytest file, again and again. `load_locustfile_pytest` makes the classes."""

    abstract = True

    functions: list[Any] = []
    """The test functions, as pytest collected them."""

    fixtures: list[Any]
    """What each of them is called with, by argument."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if self.host is None and any(_CLIENT_FIXTURES & {*function.fixturenames} for function in self.functions):
            raise StopTest(_NO_HOST)

    def run(self) -> None:
        """Runs the tests until it is stopped. A request that failed is counted as such; what else is raised is told."""
        self._state = LOCUST_STATE_RUNNING
        opened = [Fixtures(function, self) for function in self.functions]
        self.fixtures = []
        try:
            for fixtures in opened:
                self._tell_errors(partial(self._set_up, fixtures))
            if len(self.fixtures) < len(opened):
                return
            while self._state != LOCUST_STATE_STOPPING:
                for function, arguments in zip(self.functions, self.fixtures, strict=True):
                    self._tell_errors(partial(function.obj, **arguments))
                # Tests that never wait must not keep the others from running.
                sleep(0)
        except StopUser:
            pass
        finally:
            for fixtures in reversed(opened):
                fixtures.close()

    def _set_up(self, fixtures: Fixtures) -> None:
        self.fixtures.append(fixtures.arguments())

    def _tell_errors(self, code: Callable[[], object]) -> None:
        pytest, requests = import_module("pytest"), import_module("requests")
        try:
            code()
        except (StopUser, StopTest):
            raise
        except (CatchResponseError, ConnectionError, requests.RequestException, pytest.skip.Exception):
            pass  # a request that failed has been counted
        except (Exception, pytest.fail.Exception) as error:
            self.environment.events.user_error.fire(user_instance=self, exception=error, tb=sys.exc_info()[2])
            if not self.environment.catch_exceptions:
                raise
            logger.error("%s\n%s", error, traceback.format_exc())


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "CatchResponseError": "locust.exception",
            "HttpSession": "locust.clients",
            "LOCUST_STATE_WAITING": "locust.user.task",
            "RestResponseContextManager": "locust.clients",
            "TaskSet": "locust.user.task",
        },
    )
