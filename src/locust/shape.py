"""LoadTestShape: a locustfile's own course of the number of users over time."""

from __future__ import annotations

import time
from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from locust.util.borrowed import borrowed

if TYPE_CHECKING:
    from locust.runners import Runner
    from locust.user.users import User


class LoadTestShapeMeta(ABCMeta):
    """Makes `abstract` a word about one class that its subclasses do not inherit."""

    def __new__(mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]) -> LoadTestShapeMeta:
        class_dict.setdefault("abstract", False)
        return super().__new__(mcs, classname, bases, class_dict)


class LoadTestShape(metaclass=LoadTestShapeMeta):
    """Says about once a second how many users there should be.

    Subclass it in a locustfile and write `tick`. The first shape that is not abstract is used.
    """

    runner: Runner | None = None
    """The runner that plays the shape; set before the first tick."""

    abstract: ClassVar[bool] = True
    """A base for other shapes, never run itself."""

    use_common_options: ClassVar[bool] = False
    """Let -u, -r and -t through to the shape; without it they have no effect and a warning is given."""

    def __init__(self) -> None:
        self.reset_time()

    def reset_time(self) -> None:
        """Let the run time start anew from zero."""
        self._began = time.perf_counter()

    def _go_on_after(self, seconds: float) -> None:
        """Let the run time be what it would be if the shape had begun so long ago."""
        self._began = time.perf_counter() - seconds

    def get_run_time(self) -> float:
        """Seconds since the shape began."""
        return time.perf_counter() - self._began

    def get_current_user_count(self) -> int:
        """Users that run now, of all classes."""
        return self.runner.user_count if self.runner is not None else 0

    @abstractmethod
    def tick(self) -> tuple[int, float] | tuple[int, float, list[type[User]] | None] | None:
        """The users wanted from now on.

        Returns:
            (users, users started or stopped a second), or the two and a list of the user classes to start users of, or
            None to end the test. The same answer as the last one changes nothing.
        """


if not TYPE_CHECKING:
    __getattr__ = borrowed(
        __name__,
        {
            "Runner": "locust.runners",
        },
    )
