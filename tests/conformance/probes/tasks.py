"""Answers what users and task sets do: choosing, nesting, waiting, and everything that ends them."""

import random
import time
from collections import Counter

import gevent
from cases import answer_all, attempt, case, each, raised
from gevent.pool import Group

import locust.user.task
from locust import (
    HttpUser,
    MarkovTaskSet,
    SequentialTaskSet,
    TaskSet,
    User,
    between,
    constant,
    constant_pacing,
    constant_throughput,
    events,
    poisson,
    tag,
    task,
    transition,
    transitions,
)
from locust.contrib.fasthttp import FastHttpUser
from locust.env import Environment
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    ResponseError,
    StopTest,
    StopUser,
)
from locust.user.task import DefaultTaskSet, filter_tasks_by_tags
from locust.user.users import UserMeta

ENDINGS = {
    "StopUser": StopUser,
    "StopTest": StopTest,
    "StopTest_with_a_reason": lambda: StopTest("enough"),
    "RescheduleTask": RescheduleTask,
    "RescheduleTaskImmediately": RescheduleTaskImmediately,
    "InterruptTaskSet": InterruptTaskSet,
    "InterruptTaskSet_without_rescheduling": lambda: InterruptTaskSet(False),
    "GreenletExit": gevent.GreenletExit,
    "ValueError": lambda: ValueError("wrong"),
    "ResponseError": lambda: ResponseError("bad"),
    "KeyboardInterrupt_s_cousin": lambda: SystemExit(3),
}


def lived(user_class, catch_exceptions=True, then=None, seconds=1):
    """Runs one user in a greenlet; gives what its `seen` list and the user_error event got, and how it ended."""
    seen = []
    environment = Environment(user_classes=[user_class], catch_exceptions=catch_exceptions)

    @environment.events.user_error.add_listener
    def on_error(user_instance, exception, tb, **kwargs):
        seen.append(
            ["user_error", type(user_instance).__mro__[0].__name__, raised(exception), tb is not None, sorted(kwargs)]
        )

    user_class.seen = seen
    user = user_class(environment)
    group = Group()
    greenlet = user.start(group)
    if then:
        then(user, group)
    gevent.joinall([greenlet], timeout=seconds)
    is_dead = greenlet.dead
    if not is_dead:
        # As the runner: kindly, then not.
        user.stop(force=True)
        greenlet.join(1)
    return {
        "seen": seen[:40],
        "is dead": is_dead,
        "state": user._state,
        "value": greenlet.value,
        "exception": greenlet.exception and raised(greenlet.exception),
        "greenlets left": len(group),
    }


def limited(user, count):
    """Ends the user after so many steps."""
    if len(user.seen) >= count:
        raise StopUser()


class Recording(User):
    abstract = True

    def on_start(self):
        self.seen.append("on_start")

    def on_stop(self):
        self.seen.append("on_stop")


@each(**ENDINGS)
def raised_in_a_task(make):
    class Someone(Recording):
        wait_time = constant(0.001)

        @task
        def one(self):
            limited(self, 6)
            self.seen.append("task")
            raise make()

    return lived(Someone)


@each(**ENDINGS)
def raised_in_a_task_without_catching(make):
    class Someone(Recording):
        @task
        def one(self):
            limited(self, 6)
            self.seen.append("task")
            raise make()

    return lived(Someone, catch_exceptions=False)


@each(**ENDINGS)
def raised_in_on_start(make):
    class Someone(Recording):
        def on_start(self):
            self.seen.append("on_start")
            raise make()

        @task
        def one(self):
            limited(self, 6)
            self.seen.append("task")

    return lived(Someone)


@each(**ENDINGS)
def raised_in_on_stop(make):
    class Someone(Recording):
        def on_stop(self):
            self.seen.append("on_stop")
            raise make()

        @task
        def one(self):
            self.seen.append("task")
            raise StopUser()

    return lived(Someone)


class Inner(TaskSet):
    def on_start(self):
        self.user.seen.append("inner on_start")

    def on_stop(self):
        self.user.seen.append("inner on_stop")


@each(**ENDINGS)
def raised_in_a_nested_task(make):
    class Someone(Recording):
        wait_time = constant(0.001)

        @task
        class Nested(Inner):
            @task
            def one(self):
                limited(self.user, 8)
                self.user.seen.append("task")
                raise make()

    return lived(Someone)


@each(**ENDINGS)
def raised_in_on_start_of_a_task_set(make):
    class Someone(Recording):
        @task
        class Nested(Inner):
            def on_start(self):
                limited(self.user, 8)
                self.user.seen.append("inner on_start")
                raise make()

            @task
            def one(self):
                limited(self.user, 8)
                self.user.seen.append("task")

    return lived(Someone)


@each(**ENDINGS)
def raised_in_on_stop_of_a_task_set(make):
    class Someone(Recording):
        @task
        class Nested(Inner):
            def on_stop(self):
                self.user.seen.append("inner on_stop")
                if len(self.user.seen) < 12:
                    raise make()

            @task
            def one(self):
                limited(self.user, 8)
                self.user.seen.append("task")
                self.interrupt()

    return lived(Someone)


@each(**ENDINGS)
def raised_in_wait_time(make):
    class Someone(Recording):
        def wait_time(self):
            limited(self, 8)
            self.seen.append("wait_time")
            raise make()

        @task
        def one(self):
            limited(self, 8)
            self.seen.append("task")

    return lived(Someone)


@each(**ENDINGS)
def raised_in_a_request_listener(make):
    class Someone(Recording):
        @task
        def one(self):
            limited(self, 6)
            self.seen.append("task")
            self.environment.events.request.fire(
                request_type="X", name="y", response_time=1, response_length=0, exception=None, context={}
            )
            self.seen.append("task goes on")

    def listen(user, group):
        @user.environment.events.request.add_listener
        def on_request(**_):
            raise make()

    return lived(Someone, then=listen)


@each(now=True, later=False)
def interrupting_a_task_set(reschedule):
    class Someone(Recording):
        def wait_time(self):
            self.seen.append("wait")
            return 0

        @task
        class Nested(Inner):
            @task
            def one(self):
                limited(self.user, 12)
                self.user.seen.append("task")
                self.interrupt(reschedule=reschedule)

    return lived(Someone)


@case
def interrupting_two_levels():
    class Someone(Recording):
        @task
        class Outer(Inner):
            def on_start(self):
                random.seed(len(self.user.seen))
                self.user.seen.append("outer on_start")

            def on_stop(self):
                self.user.seen.append("outer on_stop")

            @task
            class Nested(Inner):
                @task
                def one(self):
                    limited(self.user, 12)
                    self.user.seen.append(["task", type(self.parent).__name__, self.parent.parent is self.user])
                    self.interrupt()

            @task
            def leave(self):
                self.user.seen.append("leave")
                self.interrupt(False)

    return lived(Someone)


@case
def interrupting_the_user():
    class Someone(Recording):
        @task
        def one(self):
            limited(self, 4)
            self.seen.append("task")
            self._taskset_instance.interrupt()

    return lived(Someone)


@each(waiting=0.2, running=0)
def stopping_a_user(wait):
    class Someone(Recording):
        wait_time = constant(wait)

        @task
        def one(self):
            self.seen.append("task")
            gevent.sleep(0.02)

    def stop(user, group):
        gevent.sleep(0.05)
        user.seen.append(["state", user._state])
        user.seen.append(["stop", user.stop()])
        user.seen.append(["state", user._state])

    found = lived(Someone, then=stop)
    found["seen"] = [step for number, step in enumerate(found["seen"]) if step != "task" or number < 2]
    return found


@case
def stopping_a_user_by_force():
    class Someone(Recording):
        @task
        def one(self):
            self.seen.append("task")
            gevent.sleep(5)
            self.seen.append("never")

    def stop(user, group):
        gevent.sleep(0.02)
        user.seen.append([user._state, user.stop(force=True), user._state, user.greenlet.dead])

    return lived(Someone, then=stop)


@case
def stopping_a_user_in_a_nested_task_set():
    class Someone(Recording):
        wait_time = constant(5)

        @task
        class Nested(Inner):
            @task
            def one(self):
                self.user.seen.append("task")

    def stop(user, group):
        gevent.sleep(0.02)
        user.seen.append([user._state, user.stop(), user._state])

    return lived(Someone, then=stop)


@case
def a_user_that_is_waiting_by_hand():
    class Someone(Recording):
        wait_time = constant(0.01)

        @task
        def one(self):
            limited(self, 4)
            self.seen.append(self._state)
            self.wait()
            self.seen.append(self._state)

    return lived(Someone)


@case
def members_of_a_user():
    class Someone(Recording):
        host = "http://x"

        @task
        def one(self):
            self.seen.append([self.greenlet is gevent.getcurrent(), self.greenlet in self.group, self.context()])
            self.seen.append([self.greenlet.args[0] is self, type(self._taskset_instance).__name__, self._state])
            self.seen.append([self.fullname(), self.json()])
            raise StopUser()

    return lived(Someone)


@case
def a_user_without_its_environment():
    class Someone(User):
        def __init__(self, environment):
            pass

        @task
        def one(self):
            pass

    runner = Environment(user_classes=[Someone]).create_local_runner()
    found = [attempt(lambda: len(runner.spawn_users({"Someone": 1})))]
    gevent.sleep(0.05)
    return [*found, runner.user_count]


@case
def a_seed_and_a_single_task():
    class Someone(User):
        @task
        def one(self):
            pass

    tasks = DefaultTaskSet(Someone(Environment()))
    random.seed(1)
    before = random.getstate()
    tasks.get_next_task()
    return random.getstate() == before


@case
def a_user_without_tasks():
    class Someone(Recording):
        wait_time = constant(0.01)

    found = lived(Someone)
    found["seen"] = found["seen"][:2]
    return found


@case
def a_user_with_task_instead_of_tasks():
    class Someone(Recording):
        wait_time = constant(0.01)
        task = [1]

    found = lived(Someone)
    found["seen"] = found["seen"][:2]
    return found


@case
def a_task_set_without_tasks():
    class Someone(Recording):
        wait_time = constant(0.01)

        def on_start(self):
            self.began = time.time()

        @task
        class Nested(TaskSet):
            pass

    found = lived(Someone, seconds=0.05)
    found["seen"] = found["seen"][:2]
    return found


@case
def a_task_set_with_task_instead_of_tasks():
    class Someone(Recording):
        wait_time = constant(0.01)

        @task
        class Nested(TaskSet):
            task = [1]

    found = lived(Someone, seconds=0.05)
    found["seen"] = found["seen"][:2]
    return found


def names(holder):
    return [getattr(one, "__name__", repr(one)) for one in holder.tasks]


def first():
    pass


def second():
    pass


@each(
    a_list=[first, second],
    a_list_of_pairs=[(first, 3), (second, 1)],
    pairs_and_functions=[(first, 2), second],
    a_dict={first: 2, second: 3},
    a_weight_of_zero={first: 0, second: 1},
    a_tuple=(first, second),
    none=None,
    empty=[],
)
def tasks_attribute(given):
    class Someone(User):
        tasks = given

    class Others(TaskSet):
        tasks = given

    return [names(Someone), names(Others)]


@each(
    negative=-1,
    zero=0,
    float=1.5,
    text="3",
    true=True,
    none=None,
)
def a_task_weight(weight):
    class Someone(User):
        @task(weight)
        def one(self):
            pass

        @task
        def two(self):
            pass

    return names(Someone)


@case
def tasks_are_inherited():
    class Base(User):
        abstract = True

        @task(2)
        def one(self):
            pass

        def two(self):
            pass

    class Other:
        @task
        def mixed_in(self):
            pass

    class OtherUser(User):
        abstract = True

        @task
        def of_other(self):
            pass

    class Someone(Base, Other, OtherUser):
        tasks = {first: 2}

        @task
        def one(self):
            pass

        @task(3)
        def three(self):
            pass

    class Child(Someone):
        pass

    return [names(Base), names(Someone), names(Child), Child.abstract, Base.abstract]


@each(run="run", on_start="on_start", on_stop="on_stop", wait="wait")
def a_task_named(name):
    def function(self):
        pass

    function.__name__ = name
    return getattr(task(function), "locust_task_weight", None)


@case
def a_task_declared_by_hand():
    class Someone(User):
        one = task(3)(lambda self: None)
        two = task(TaskSet)

        @task(2)
        class Nested(TaskSet):
            @task
            def inner(self):
                pass

    return [names(Someone), Someone.Nested.locust_task_weight, Someone.one.locust_task_weight, names(Someone.Nested)]


@case
def task_choice_follows_weights():
    class Someone(User):
        @task(1)
        def a(self):
            pass

        @task(3)
        def b(self):
            pass

        @task(6)
        def c(self):
            pass

    random.seed(11)
    tasks = DefaultTaskSet(Someone(Environment()))
    return Counter(tasks.get_next_task().__name__ for _ in range(3000))


@case
def task_choice_of_a_task_set_follows_weights():
    class Someone(User):
        pass

    class Things(TaskSet):
        tasks = {first: 1, second: 4}

    random.seed(7)
    things = Things(Someone(Environment()))
    return Counter(things.get_next_task().__name__ for _ in range(2000))


@case
def scheduled_tasks_come_first():
    class Someone(Recording):
        @task
        def one(self):
            limited(self, 12)
            self.seen.append("one")
            if len(self.seen) == 2:
                self._taskset_instance.schedule_task(self.two)
                self._taskset_instance.schedule_task(Someone.three, first=True)
                self._taskset_instance.schedule_task(self.three)
                self.seen.append([getattr(each, "__name__", "?") for each in self._taskset_instance._task_queue])

        def two(self, *arguments):
            self.seen.append(["two", len(arguments)])

        def three(self, *arguments):
            self.seen.append(["three", len(arguments)])

    return lived(Someone)


@case
def scheduled_tasks_of_a_task_set():
    class Someone(Recording):
        @task
        class Nested(Inner):
            @task
            def one(self):
                limited(self.user, 12)
                self.user.seen.append("one")
                if len(self.user.seen) == 3:
                    self.schedule_task(self.two)
                    self.schedule_task(first_of_all, first=True)
                    self.schedule_task(Deeper)

            def two(self):
                self.user.seen.append("two")

    class Deeper(Inner):
        @task
        def leave(self):
            self.user.seen.append("deeper")
            self.interrupt()

    def first_of_all(task_set):
        task_set.user.seen.append(["first", type(task_set).__name__])

    return lived(Someone)


@case
def overriding_the_choice():
    class Someone(Recording):
        @task
        class Nested(TaskSet):
            def get_next_task(self):
                limited(self.user, 8)
                self.user.seen.append("get_next_task")
                return super().get_next_task()

            def execute_next_task(self):
                self.user.seen.append(["execute_next_task", len(self._task_queue)])
                super().execute_next_task()

            def execute_task(self, chosen):
                self.user.seen.append(["execute_task", chosen.__name__])
                super().execute_task(chosen)

            @task
            def one(self):
                self.user.seen.append("one")

    return lived(Someone)


@case
def plugins_replace_execute_task():
    originals = TaskSet.execute_task, DefaultTaskSet.execute_task
    seen = []

    def of_task_set(self, chosen):
        seen.append(["TaskSet", chosen.__name__])
        originals[0](self, chosen)

    def of_user(self, chosen):
        seen.append(["DefaultTaskSet", chosen.__name__])
        originals[1](self, chosen)

    class Someone(Recording):
        @task
        class Nested(Inner):
            @task
            def one(self):
                limited(self.user, 8)
                self.user.seen.append("one")
                self.interrupt()

    TaskSet.execute_task, DefaultTaskSet.execute_task = of_task_set, of_user
    try:
        return [lived(Someone), seen]
    finally:
        TaskSet.execute_task, DefaultTaskSet.execute_task = originals


@case
def a_sequence():
    class Someone(Recording):
        @task
        class Steps(SequentialTaskSet):
            @task
            def one(self):
                limited(self.user, 14)
                self.user.seen.append("one")

            @task(2)
            def two(self):
                self.user.seen.append("two")

            tasks = [first_step]

            @task
            class Nested(SequentialTaskSet):
                @task
                def deep(self):
                    self.user.seen.append("deep")

                @task
                def back(self):
                    self.interrupt()

            @task
            def three(self):
                self.user.seen.append("three")

    return [names(Someone.Steps), lived(Someone)]


def first_step(task_set):
    task_set.user.seen.append("first_step")


@case
def a_sequence_of_dictionary_tasks():
    class Steps(SequentialTaskSet):
        tasks = {first: 2, second: 1}

    class More(Steps):
        @task
        def third(self):
            pass

    return [names(Steps), names(More)]


@case
def a_sequence_that_raises():
    class Someone(Recording):
        @task
        class Steps(SequentialTaskSet):
            @task
            def one(self):
                limited(self.user, 10)
                self.user.seen.append("one")
                raise ValueError("one")

            @task
            def two(self):
                self.user.seen.append("two")
                raise RescheduleTask()

            @task
            def three(self):
                self.user.seen.append("three")

    return lived(Someone)


@case
def a_chain():
    class Someone(Recording):
        @task
        class Chain(MarkovTaskSet):
            def on_start(self):
                random.seed(len(self.user.seen))

            @transition("two")
            def one(self):
                limited(self.user, 10)
                self.user.seen.append(["one", self.current.__name__])

            @transitions({"one": 1, "three": 2})
            def two(self):
                self.user.seen.append(["two", self.current.__name__])

            @transitions(["one", ("two", 3)])
            def three(self):
                self.user.seen.append(["three", self.current.__name__])

    return lived(Someone)


@case
def a_chain_is_left():
    class Someone(Recording):
        @task
        class Chain(MarkovTaskSet):
            @transition("two")
            def one(self):
                limited(self.user, 10)
                self.user.seen.append("one")

            @transition("one")
            def two(self):
                self.user.seen.append("two")
                self.interrupt()

    return lived(Someone)


def chain_without_tasks():
    class Chain(MarkovTaskSet):
        pass


def chain_to_nowhere():
    class Chain(MarkovTaskSet):
        @transition("nobody")
        def one(self):
            pass


def chain_to_a_plain_method():
    class Chain(MarkovTaskSet):
        @transition("two")
        def one(self):
            pass

        def two(self):
            pass


def chain_with_tags():
    class Chain(MarkovTaskSet):
        @tag("x")
        @transition("one")
        def one(self):
            pass


def chain_with_unreachable_tasks():
    class Chain(MarkovTaskSet):
        @transition("one")
        def one(self):
            pass

        @transition("one")
        def two(self):
            pass


def chain_that_is_abstract():
    class Chain(MarkovTaskSet):
        abstract = True

    return Chain.abstract


def chain_with_plain_tasks():
    class Chain(MarkovTaskSet):
        @transition("one")
        def one(self):
            pass

        @task
        def two(self):
            pass

    return names(Chain)


def chain_with_a_weight_of_zero():
    class Chain(MarkovTaskSet):
        @transitions({"one": 0, "two": 1})
        def one(self):
            pass

        @transition("one")
        def two(self):
            pass

    return [each.__name__ for each in Chain.one.transitions] if hasattr(Chain.one, "transitions") else names(Chain)


def chain_with_a_negative_weight():
    class Chain(MarkovTaskSet):
        @transition("one", weight=-1)
        def one(self):
            pass


def chain_with_rubbish():
    class Chain(MarkovTaskSet):
        @transitions(3)
        def one(self):
            pass


def chain_of_both():
    class Chain(MarkovTaskSet):
        @transition("two")
        @transition("one", 2)
        def one(self):
            pass

        @transitions({"one": 1})
        @transition("two")
        def two(self):
            pass

    return names(Chain)


@each(**{name: function for name, function in list(globals().items()) if name.startswith("chain_")})
def a_chain_declared_as(declare):
    return attempt(declare)


@case
def tags_of_functions():
    @tag("a", "b")
    @task
    def one(self):
        pass

    @task
    @tag("c")
    def two(self):
        pass

    @tag("d")
    @tag("e")
    def three(self):
        pass

    return [each.locust_tag_set for each in (one, two, three)]


@each(nothing=(), a_function=(first,), a_number=(3,), empty=("",))
def tags_that_are(given):
    return attempt(lambda: tag(*given)(lambda self: None).locust_tag_set)


def tagged():
    class Someone(User):
        @task
        @tag("a")
        def one(self):
            pass

        @task(2)
        @tag("a", "b")
        def two(self):
            pass

        @task
        def three(self):
            pass

        @tag("c")
        @task
        class Nested(TaskSet):
            @task
            def four(self):
                pass

            @tag("a")
            @task
            def five(self):
                pass

            @task
            class Deeper(TaskSet):
                @tag("d")
                @task
                def six(self):
                    pass

        @task
        class Empty(TaskSet):
            @task
            def seven(self):
                pass

    return Someone


def tree(holder):
    return [
        [each.__name__, tree(each)]
        if hasattr(each, "tasks")
        else [each.__name__, sorted(getattr(each, "locust_tag_set", ()))]
        for each in holder.tasks
    ]


@each(
    nothing={},
    a={"tags": ["a"]},
    a_or_c={"tags": ["a", "c"]},
    not_a={"exclude_tags": ["a"]},
    a_not_b={"tags": ["a"], "exclude_tags": ["b"]},
    d={"tags": ["d"]},
    unknown={"tags": ["z"]},
    not_c={"exclude_tags": ["c"]},
    empty={"tags": []},
    both_same={"tags": ["a"], "exclude_tags": ["a"]},
)
def running_with_tags(given):
    someone = tagged()
    environment = Environment(user_classes=[someone], **given)
    environment._filter_tasks_by_tags()
    once = tree(someone)
    environment._filter_tasks_by_tags()
    return [once, tree(someone), environment.tags, environment.exclude_tags]


@each(a={"a"}, none=None, empty=set())
def filtering_a_class_by_tags(tags):
    someone = tagged()
    filter_tasks_by_tags(someone, tags=tags)
    return tree(someone)


@case
def running_with_tags_by_runner():
    someone = tagged()
    someone.wait_time = constant(1)
    environment = Environment(user_classes=[someone], tags=["b"])
    runner = environment.create_local_runner()
    runner.start(1, 10, wait=True)
    gevent.sleep(0.05)
    runner.quit()
    return tree(someone)


def waits(function, count=400, instance=None):
    random.seed(1)

    class Someone(User):
        wait_time = function

    user = instance or Someone(Environment())
    return [user.wait_time() for _ in range(count)]


@each(one=(1, 2), reversed=(2, 1), same=(3, 3), zero=(0, 0))
def waiting_between(given):
    found = waits(between(*given))
    return [found[:5], min(found) >= min(given), max(found) <= max(given)]


@each(zero=0, some=1.5, text="x", negative=-1, none=None)
def waiting_constantly(given):
    return waits(constant(given), 2)


@each(pacing=constant_pacing(0.1), throughput=constant_throughput(10))
def waiting_to_pace(function):
    class Someone(User):
        wait_time = function

    user = Someone(Environment())
    began = time.monotonic()
    found = [round(user.wait_time(), 2)]
    last = 0.1
    for seconds in (0.02, 0.15, 0.25, 0.0):
        time.sleep(seconds)
        now = time.monotonic()
        # By what it did, for a busy machine sleeps longer.
        expected = max(0.0, 0.1 - (now - began - last))
        waits_for = user.wait_time()
        found.append(abs(waits_for - expected) < 0.01)
        last, began = waits_for, now
    return [found, user._cp_last_run > 0]


@each(zero=0, negative=-1, text="x", some=2)
def a_throughput_of(given):
    return attempt(lambda: callable(constant_throughput(given)))


@each(zero=0, negative=-1, text="x", some=2)
def a_poisson_rate_of(given):
    return attempt(lambda: [callable(poisson(given)), waits(poisson(given), 3)])


@case
def waiting_as_a_method():
    class Someone(User):
        def wait_time(self):
            return 7

    class Things(TaskSet):
        pass

    class Own(TaskSet):
        wait_time = constant(3)

    user = Someone(Environment())
    return [user.wait_time(), Things(user).wait_time(), Own(user).wait_time(), Things(Own(user)).wait_time()]


@case
def waiting_by_min_wait():
    class Someone(User):
        wait_time = None
        min_wait = 1000
        max_wait = 1000

    class Things(TaskSet):
        min_wait = 2000
        max_wait = 2000

    class Neither(TaskSet):
        pass

    user = Someone(Environment())
    return [Things(user).wait_time(), Neither(user).wait_time(), DefaultTaskSet(user).wait_time()]


@case
def waiting_by_nothing():
    class Someone(User):
        wait_time = None

    class Things(TaskSet):
        pass

    user = Someone(Environment())
    return [attempt(Things(user).wait_time), attempt(DefaultTaskSet(user).wait_time)]


@case
def waiting_by_wait_function():
    class Someone(User):
        wait_function = lambda self: 4000  # noqa: E731

    class Things(TaskSet):
        pass

    user = Someone(Environment())
    return [user.wait_time(), Things(user).wait_time()]


@each(User=User, HttpUser=HttpUser, FastHttpUser=FastHttpUser, TaskSet=TaskSet, Recording=Recording)
def class_attributes(owner):
    wanted = (
        "abstract",
        "host",
        "weight",
        "fixed_count",
        "tasks",
        "min_wait",
        "max_wait",
        "pool_manager",
        "network_timeout",
    )
    return {name: getattr(owner, name, "absent") for name in wanted}


@each(HttpUser=HttpUser, FastHttpUser=FastHttpUser)
def a_user_without_host(owner):
    class Someone(owner):
        pass

    return attempt(lambda: Someone(Environment()))


@each(HttpUser=HttpUser, FastHttpUser=FastHttpUser)
def a_user_with_an_empty_host(owner):
    class Someone(owner):
        host = ""

    return attempt(lambda: Someone(Environment()).client.base_url)


@each(HttpUser=HttpUser, FastHttpUser=FastHttpUser)
def the_client_of_a_user(owner):
    class Someone(owner):
        host = "http://x:1/y"

    user = Someone(Environment(user_classes=[Someone]))
    other = Someone(Environment(user_classes=[Someone]))
    return [
        user.client.base_url,
        user.client is other.client,
        getattr(user.client, "trust_env", None),
        user.client.user is user,
        user.client.request_event is user.environment.events.request,
        user.client.request_name if hasattr(user.client, "request_name") else "absent",
    ]


@each(**{name: name for name in ("Locust", "HttpLocust")})
def a_renamed_class(name):
    import locust

    def subclass():
        return type("Mine", (getattr(locust, name),), {})

    return attempt(subclass)


@case
def a_renamed_fast_class():
    from locust.contrib.fasthttp import FastHttpLocust

    return attempt(lambda: type("Mine", (FastHttpLocust,), {}))


@case
def states():
    return [
        locust.user.task.LOCUST_STATE_RUNNING,
        locust.user.task.LOCUST_STATE_WAITING,
        locust.user.task.LOCUST_STATE_STOPPING,
    ]


@case
def a_metaclass_of_users():
    class Own(User):
        pass

    return [type(Own) is UserMeta, Own.abstract, User.abstract, Own.fullname(), Own.json()]


@case
def events_of_the_package_are_not_the_environment_s():
    return Environment().events is events


if __name__ == "__main__":
    answer_all()
