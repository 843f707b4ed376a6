"""The greenlets of the running users, counted by class while they come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from gevent import Greenlet
from gevent.pool import Group

if TYPE_CHECKING:
    Member = Greenlet[..., Any]
else:
    Member = Greenlet  # cannot take type arguments at run time


class UserGreenlet(Member):
    """The greenlet of a user, without gevent's record of where it was spawned: always here, and costly."""

    spawning_stack_limit = 0


class UserGreenlets(Group):
    """A gevent Group that knows how many users of each class it holds, without going through them.

    Users put themselves in with `group.spawn(function, user)`: the first argument tells the class. Other greenlets may
    be added; they count as members, but as users of no class.
    """

    greenlet_class = UserGreenlet

    def __init__(self) -> None:
        super().__init__()
        self._by_class: dict[str, dict[Member, None]] = {}
        self._forget: dict[str, Callable[[Member], None]] = {}

    def add(self, greenlet: Member) -> None:
        super().add(greenlet)
        arguments = getattr(greenlet, "args", ())
        if not arguments:
            return
        name = type(arguments[0]).__name__
        if name not in self._by_class:
            self._watch_class(name)
        self._by_class[name][greenlet] = None
        # The arguments of a greenlet are gone when it is, so the link remembers the class.
        greenlet.rawlink(self._forget[name])

    def discard(self, greenlet: Member) -> None:
        super().discard(greenlet)
        for members in self._by_class.values():
            members.pop(greenlet, None)

    @property
    def class_names(self) -> list[str]:
        """Classes that have, or had, users here."""
        return list(self._by_class)

    def count_of(self, class_name: str) -> int:
        """Users of a class, in constant time."""
        return len(self._by_class.get(class_name, ()))

    def youngest(self, counts: Mapping[str, int]) -> Iterator[Member]:
        """Up to so many users of each class, the last started first."""
        for name, count in counts.items():
            yield from list(islice(reversed(self._by_class.get(name, {})), max(0, count)))

    def _watch_class(self, name: str) -> None:
        members: dict[Member, None] = {}

        def forget(gone: Member) -> None:
            members.pop(gone, None)

        self._by_class[name] = members
        self._forget[name] = forget
