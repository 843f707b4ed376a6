"""Tasks in the order they are written."""

from __future__ import annotations

import pytest

from locust import SequentialTaskSet, TaskSet, User, task
from locust.exception import LocustError, StopUser


def first(tasks): ...


def second(tasks): ...


class Ordered(SequentialTaskSet):
    @task
    def a(self): ...

    def helper(self): ...

    @task(2)
    def b(self): ...

    tasks = [first, (second, 2)]

    @task
    class Nested(TaskSet): ...

    @task
    def c(self): ...


ORDER = [Ordered.a, Ordered.b, Ordered.b, first, second, second, Ordered.Nested, Ordered.c]


def test_tasks_come_where_they_stand():
    assert Ordered.tasks == ORDER


def test_a_subclass_goes_on_where_its_base_ends():
    class Longer(Ordered):
        @task
        def d(self): ...

    assert Longer.tasks == [*ORDER, Longer.d]


def test_a_dict_gives_weights():
    assert type("Dict", (SequentialTaskSet,), {"tasks": {first: 2, second: 1}}).tasks == [first, first, second]


def test_the_last_is_followed_by_the_first(environment):
    tasks = Ordered(User(environment))

    assert [tasks.get_next_task() for _ in range(2 * len(ORDER))] == ORDER * 2


def test_two_users_do_not_share_their_place(environment):
    one, other = Ordered(User(environment)), Ordered(User(environment))
    one.get_next_task()

    assert other.get_next_task() is Ordered.a


def test_without_tasks_it_says_what_to_do(environment):
    class Empty(SequentialTaskSet): ...

    with pytest.raises(LocustError) as raised:
        Empty(User(environment)).get_next_task()

    assert str(raised.value) == (
        "No tasks defined. Use the @task decorator or set the 'tasks' attribute of the SequentialTaskSet"
    )


def test_after_a_failure_the_next_one_runs(run):
    ran = []

    class Failing(User):
        @task
        class Steps(SequentialTaskSet):
            @task
            def breaks(self):
                ran.append("breaks")
                raise ValueError

            @task
            def ends(self):
                ran.append("ends")
                raise StopUser

    run(Failing)

    assert ran == ["breaks", "ends"]
