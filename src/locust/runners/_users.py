"""The greenlets of the running users, counted by class while they come and go."""

from __future__ import annotations

from collections.abc import Mapping
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
        self._by_class: dict[str, _ClassMembers] = {}

    def add(self, greenlet: Member) -> None:
        super().add(greenlet)
        arguments = getattr(greenlet, "args", ())
        if not arguments:
            return
        user = arguments[0]
        name = type(user).__name__
        members = self._by_class.get(name)
        if members is None:
            members = self._by_class[name] = _ClassMembers()
        # gevent takes the arguments from a greenlet as soon as somebody kills it.
        members.users[greenlet] = user
        greenlet.rawlink(members.link)

    def discard(self, greenlet: Member) -> None:
        super().discard(greenlet)
        for members in self._by_class.values():
            members.forget(greenlet)

    @property
    def class_names(self) -> list[str]:
        """Classes that have, or had, users here."""
        return list(self._by_class)

    def count_of(self, class_name: str) -> int:
        """Users of a class, in constant time."""
        members = self._by_class.get(class_name)
        return len(members.users) if members else 0

    def staying_count_of(self, class_name: str) -> int:
        """Users of a class without those that were told to leave, in constant time."""
        members = self._by_class.get(class_name)
        return len(members.users) - len(members.leaving) if members else 0

    def let_leave(self, counts: Mapping[str, int]) -> dict[Member, Any]:
        """Choose so many users of each class to leave, the last started first, and note that they will.

        Users that were told before are chosen again only when there are no others.

        Returns:
            The users by greenlet.
        """
        chosen: dict[Member, Any] = {}
        for name, count in counts.items():
            members = self._by_class.get(name)
            if members is None or count < 1:
                continue
            alive = (member for member in reversed(members.users) if not member.dead)
            staying = list(islice((member for member in alive if member not in members.leaving), count))
            leaving = list(islice(members.leaving, count - len(staying)))
            chosen.update((member, members.users[member]) for member in staying + leaving)
            members.leaving.update(staying)
        return chosen


class _ClassMembers:
    """The users of one class."""

    __slots__ = ("leaving", "link", "users")

    def __init__(self) -> None:
        self.users: dict[Member, Any] = {}
        self.leaving: set[Member] = set()
        self.link = self.forget  # one for all: a bound method for each user would cost its memory

    def forget(self, gone: Member) -> None:
        self.users.pop(gone, None)
        self.leaving.discard(gone)
