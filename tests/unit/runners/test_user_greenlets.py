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


def test_the_youngest_of_each_class_leave_first(group):
    users = [Alice(), Bob(), Alice(), Alice()]
    greenlets = [group.spawn(live, user) for user in users]

    chosen = group.let_leave({"Alice": 2, "Bob": 5, "Carol": 1})

    assert chosen == {greenlets[3]: users[3], greenlets[2]: users[2], greenlets[1]: users[1]}
    assert (group.count_of("Alice"), group.staying_count_of("Alice")) == (3, 1)
    assert group.let_leave({"Alice": -1, "Bob": 0}) == {}


def test_those_who_were_told_to_leave_are_chosen_last(group):
    first, second = Alice(), Alice()
    greenlets = [group.spawn(live, first), group.spawn(live, second)]
    group.let_leave({"Alice": 1})

    others = group.let_leave({"Alice": 1})
    everybody = group.let_leave({"Alice": 5})

    assert others == {greenlets[0]: first}
    assert everybody == {greenlets[0]: first, greenlets[1]: second}


def test_a_user_that_somebody_kills_is_known_until_it_is_gone(group):
    def take_leave(user):
        try:
            gevent.sleep(1000)
        finally:
            gevent.sleep(0)

    user = Alice()
    greenlet = group.spawn(take_leave, user)
    gevent.sleep(0)
    greenlet.kill(block=False)

    assert (greenlet.args, group.let_leave({"Alice": 1})) == ((), {greenlet: user})


def test_a_user_that_is_dead_already_does_not_leave(group):
    dead, alive = group.spawn(live, Alice()), group.spawn(live, Alice())
    gevent.sleep(0)
    dead.kill()  # its links run in the next round of the hub

    assert list(group.let_leave({"Alice": 2})) == [alive]


def test_members_without_a_user_are_members_only(group):
    group.spawn(gevent.sleep)

    assert (len(group), group.class_names) == (1, [])


def test_users_are_real_greenlets_that_hold_their_user(group):
    user = Alice()

    greenlet = group.spawn(live, user)

    assert isinstance(greenlet, gevent.Greenlet)
    assert greenlet.args[0] is user
