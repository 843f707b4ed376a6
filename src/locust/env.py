"""Environment: the parts of a load test, put together for the command line and for library users alike."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from locust.dispatch import UsersDispatcher
from locust.event import Events
from locust.exception import RunnerAlreadyExistsError
from locust.shape import LoadTestShape
from locust.stats import RequestStats
from locust.user.task import TaskSet, filter_tasks_by_tags
from locust.user.users import User
from locust.util.borrowed import borrowed

if TYPE_CHECKING:
    from locust.runners import LocalRunner, MasterRunner, Runner, WorkerRunner

RunnerType = TypeVar("RunnerType", bound="Runner")


class Environment:
    """A load test: its user classes, events, statistics, options and its runner.

    All arguments are given by name, and are attributes afterwards.

    Args:
        user_classes: the classes to run users of. Those of weight 0 are left out.
        shape_class: an instance of a LoadTestShape that steers the number of users.
        tags: run only tasks with one of these tags.
        exclude_tags: leave out tasks with one of these tags; wins over `tags`.
        locustfile: name of the locustfile, for reports.
        events: hooks of this test; new ones when left out.
        host: base URL that goes before that of the user classes.
        reset_stats: empty the statistics when all users are there.
        stop_timeout: seconds that users get to finish their tasks when they are stopped.
        catch_exceptions: log exceptions of tasks and go on; else the user dies of them.
        parsed_options: what the command line gave; a library user's may have a few attributes only.
        parsed_locustfiles: paths of the locustfiles.
        available_user_classes: classes that may be chosen in the web UI, by name.
        available_shape_classes: shapes that may be chosen there, by name.
        available_user_tasks: tasks of each class that may be chosen there.
        dispatcher_class: what spreads users over the workers.
        profile: a label of the run.

    Raises:
        ValueError: classes share a name, all have weight 0, or the shape is no instance.
    """

    def __init__(
        self,
        *,
        user_classes: list[type[User]] | None = None,
        shape_class: LoadTestShape | None = None,
        tags: list[str] | None = None,
        locustfile: str | None = None,
        exclude_tags: list[str] | None = None,
        events: Events | None = None,
        host: str | None = None,
        reset_stats: bool = False,
        stop_timeout: float | None = None,
        catch_exceptions: bool = True,
        parsed_options: Namespace | None = None,
        parsed_locustfiles: list[str] | None = None,
        available_user_classes: dict[str, type[User]] | None = None,
        available_shape_classes: dict[str, LoadTestShape] | None = None,
        available_user_tasks: dict[str, list[type[TaskSet] | Callable[..., Any]]] | None = None,
        dispatcher_class: type[UsersDispatcher] = UsersDispatcher,
        profile: str | None = None,
    ) -> None:
        self.runner: Runner | None = None
        self.web_ui: Any = None  # a locust.web.WebUI
        # `locust.web._runs.Runs`, which is loaded only when something shows the run second by second.
        self._runs: Any = None
        self.process_exit_code: int | None = None
        self.events = events if events is not None else Events()
        self.locustfile = locustfile
        self.user_classes = list(user_classes or [])
        self.shape_class = shape_class
        self.tags = tags
        self.exclude_tags = exclude_tags
        self._stats = RequestStats()
        self.host = host
        self.reset_stats = reset_stats
        self.profile = profile
        self.stop_timeout = stop_timeout or 0.0
        self.catch_exceptions = catch_exceptions
        self.parsed_options = parsed_options
        self.parsed_locustfiles = parsed_locustfiles
        self.available_user_classes = available_user_classes
        self.available_shape_classes = available_shape_classes
        self.available_user_tasks = available_user_tasks
        self.dispatcher_class = dispatcher_class
        self.worker_logs: dict[str, list[str]] = {}
        self.single_user_instance: User | None = None  # of run_single_user
        self._are_tasks_filtered = False
        self._remove_user_classes_with_weight_zero()
        self._validate_user_class_name_uniqueness()
        self._validate_shape_class_instance()

    @property
    def stats(self) -> RequestStats:
        return self._stats

    @stats.setter
    def stats(self, stats: RequestStats) -> None:
        self._stats = stats
        if self.runner is not None:
            self.runner.count_into(stats)

    @property
    def user_classes_by_name(self) -> dict[str, type[User]]:
        return {user_class.__name__: user_class for user_class in self.user_classes}

    def create_local_runner(self) -> LocalRunner:
        """Make the runner that runs all users in this process.

        Raises:
            RunnerAlreadyExistsError: the environment has a runner.
        """
        from locust.runners import LocalRunner

        return self._create_runner(LocalRunner)

    def create_master_runner(self, master_bind_host: str = "*", master_bind_port: int = 5557) -> MasterRunner:
        """Make the runner that leads workers.

        Args:
            master_bind_host: interface to listen on for workers; `*` for all.
            master_bind_port: port to listen on.
        """
        from locust.runners import MasterRunner

        return self._create_runner(MasterRunner, master_bind_host=master_bind_host, master_bind_port=master_bind_port)

    def create_worker_runner(self, master_host: str, master_port: int) -> WorkerRunner:
        """Make the runner that runs users for a master.

        Args:
            master_host: where the master listens.
            master_port: its port.
        """
        from locust.runners import WorkerRunner

        # The master keeps the course of response times; here they would only cost memory.
        self.stats = RequestStats(use_response_times_cache=False)
        return self._create_runner(WorkerRunner, master_host, master_port)

    def create_web_ui(
        self,
        host: str = "",
        port: int = 8089,
        web_base_path: str | None = None,
        web_login: bool = False,
        tls_cert: str | None = None,
        tls_key: str | None = None,
        stats_csv_writer: Any = None,  # a StatsCSV, which layers above know
        delayed_start: bool = False,
        userclass_picker_is_active: bool = False,
        build_path: str | None = None,
    ) -> Any:
        """Make the web UI of this environment and start its server.

        Args:
            host: interface to listen on; empty for all.
            port: port to listen on.
            web_base_path: what all paths begin with.
            web_login: ask for a login.
            tls_cert: file of the certificate, for HTTPS.
            tls_key: file of its key.
            stats_csv_writer: writes the statistics that can be downloaded.
            delayed_start: leave the server to a later `web_ui.start()`.
            userclass_picker_is_active: let people choose user classes.
            build_path: folder of another user interface.
        """
        self.web_ui = import_module("locust.web").WebUI(
            self,
            host,
            port,
            web_base_path=web_base_path,
            web_login=web_login,
            tls_cert=tls_cert,
            tls_key=tls_key,
            stats_csv_writer=stats_csv_writer,
            delayed_start=delayed_start,
            userclass_picker_is_active=userclass_picker_is_active,
            build_path=build_path,
        )
        return self.web_ui

    def update_user_class(self, user_settings: dict[str, Any]) -> None:
        """Change attributes of a user class, also on the workers of a master.

        Args:
            user_settings: `user_class_name` and the attributes to set; `tasks` are names of the class's own tasks.

        Raises:
            KeyError: there is no such class.
        """
        settings = dict(user_settings)
        name = settings.pop("user_class_name")
        available = self.available_user_classes or self.user_classes_by_name
        user_class = available[name]
        task_names = settings.pop("tasks", None)
        if task_names is not None:
            tasks = (self.available_user_tasks or {}).get(name, user_class.tasks)
            user_class.tasks = [task for task in tasks if task.__name__ in task_names]
        for attribute, value in settings.items():
            setattr(user_class, attribute, value)
        if self.runner is not None:
            self.runner._pass_on_settings(user_settings)

    def update_worker_logs(self, worker_log_report: dict[str, Any]) -> None:
        """Keep the log lines that a worker reported."""
        worker_id = worker_log_report.get("worker_id")
        if worker_id:
            self.worker_logs[worker_id] = worker_log_report.get("logs", [])

    def assign_equal_weights(self) -> None:
        """Give every class and every distinct task, nested or not, the same chance."""
        for user_class in self.user_classes:
            user_class.weight = 1
            user_class.tasks = list(dict.fromkeys(_single_tasks(user_class.tasks)))

    def _create_runner(self, runner_class: type[RunnerType], *args: Any, **kwargs: Any) -> RunnerType:
        if self.runner is not None:
            raise RunnerAlreadyExistsError(f"Environment.runner already exists ({self.runner})")
        runner = runner_class(self, *args, **kwargs)
        self.runner = runner
        if self.shape_class is not None:
            self.shape_class.runner = runner
        return runner

    def _filter_tasks_by_tags(self) -> None:
        """Leave only the tasks that the tags choose; once, for the user classes are changed in place."""
        if self._are_tasks_filtered:
            return
        self._are_tasks_filtered = True
        tags = set(self.tags) if self.tags is not None else None
        exclude_tags = set(self.exclude_tags) if self.exclude_tags is not None else None
        if tags is None and exclude_tags is None:
            return
        for user_class in self.user_classes:
            filter_tasks_by_tags(user_class, tags, exclude_tags)

    def _remove_user_classes_with_weight_zero(self) -> None:
        if not self.user_classes:
            return
        weighted = [each for each in self.user_classes if each.weight != 0 or each.fixed_count != 0]
        if not weighted:
            raise ValueError("There are no users with weight > 0.")
        self.user_classes = weighted

    def _validate_user_class_name_uniqueness(self) -> None:
        counts = Counter(user_class.__name__ for user_class in self.user_classes)
        twins = [user_class.fullname() for user_class in self.user_classes if counts[user_class.__name__] > 1]
        if twins:
            raise ValueError(f"The following user classes have the same class name: {', '.join(twins)}")

    def _validate_shape_class_instance(self) -> None:
        if self.shape_class is not None and not isinstance(self.shape_class, LoadTestShape):
            raise ValueError(
                "shape_class should be instance of LoadTestShape or subclass LoadTestShape, "
                f"but got: {self.shape_class}"
            )


def _single_tasks(tasks: Sequence[Any]) -> Iterator[Any]:
    """The tasks of nested TaskSets with those around them."""
    for task in tasks:
        nested = getattr(task, "tasks", None)
        if nested is None:
            yield task
        else:
            yield from _single_tasks(nested)


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "LocalRunner": "locust.runners",
            "MasterRunner": "locust.runners",
            "Runner": "locust.runners",
            "StatsCSV": "locust.stats",
            "TaskHolder": "locust.user.task",
            "WebUI": "locust.web",
            "WorkerRunner": "locust.runners",
        },
    )
