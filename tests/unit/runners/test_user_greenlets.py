"""Users counted by class while they come and go."""

from __future__ import annotations

import gevent
import pytest

from locust.runners._users import UserGreenlets


class Alice:
    pass


class Bob:
    pass


def live(user):
    gevent.sleep(1000)


@pytest.fixture
def group():
    group = UserGreenlets()
    yield group
    group.kill()


def test_users_are_counted_by_class(group):
    for user in (Alice(), Bob(), Alice()):
        group.spawn(live, user)

    assert (len(group), group.count_of("Alice"), group.count_of("Bob"), group.count_of("Carol")) == (3, 2, 1, 0)


def test_a_user_that_ends_is_no_longer_counted(group):
    ended = group.spawn(live, Alice())
    group.spawn(live, Alice())

    ended.kill()
    gevent.sleep(0)

    assert (len(group), group.count_of("Alice")) == (1, 1)


def test_a_user_that_never_ran_is_no_longer_counted_when_killed(group):
    group.spawn(live, Alice())

    group.kill()

    assert (len(group), group.count_of("Alice")) == (0, 0)


def test_a_greenlet_can_be_taken_out(group):
    taken = group.spawn(live, Alice())

    group.discard(taken)

    assert (len(group), group.count_of("Alice")) == (0, 0)
    taken.kill()


def test_the_youngest_of_each_class_come_first(group):
    greenlets = [group.spawn(live, user) for user in (Alice(), Bob(), Alice(), Alice())]

    chosen = list(group.youngest({"Alice": 2, "Bob": 5, "Carol": 1, "Alice ": -1}))

    assert chosen == [greenlets[3], greenlets[2], greenlets[1]]


def test_members_without_a_user_are_members_only(group):
    group.spawn(gevent.sleep)

    assert (len(group), group.class_names) == (1, [])


def test_users_are_real_greenlets_that_hold_their_user(group):
    user = Alice()

    greenlet = group.spawn(live, user)

    assert isinstance(greenlet, gevent.Greenlet)
    assert greenlet.args[0] is user
