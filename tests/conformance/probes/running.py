"""Answers what events, environments, runners and shapes do, through whole runs in this process."""

import random

import gevent
from cases import answer_all, attempt, case, each, raised
from gevent.pool import Group

import locust.log
from locust import HttpUser, LoadTestShape, User, constant, events, tag, task
from locust.dispatch import UsersDispatcher
from locust.env import Environment
from locust.event import EventHook, Events
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    RunnerAlreadyExistsError,
    StopTest,
    StopUser,
)
from locust.runners import LocalRunner, Runner
from locust.stats import RequestStats
from locust.user.inspectuser import _get_task_ratio, get_ratio

HOOKS = [name for name, value in sorted(vars(Events()).items()) if isinstance(value, EventHook)]
# As they come, or by the clock.
UNTIMELY = ("usage_monitor", "cpu_warning")


class Someone(User):
    wait_time = constant(10)

    @task
    def one(self):
        pass


class Other(User):
    wait_time = constant(10)

    @task
    def one(self):
        pass


class Third(User):
    wait_time = constant(10)

    @task
    def one(self):
        pass


CLASSES = (Someone, Other, Third)


def fresh(*bases, **attributes):
    """New classes, for runs change them."""
    return [type(base.__name__, (base,), dict(attributes)) for base in bases]


def watched(environment, seen):
    """Notes all events of an environment."""

    def listen(name):
        def on_event(**given):
            seen.append([name, {key: shown(value) for key, value in sorted(given.items())}])

        getattr(environment.events, name).add_listener(on_event)

    for name in HOOKS:
        if name not in UNTIMELY:
            listen(name)


def shown(value):
    if isinstance(value, BaseException):
        return raised(value)
    if isinstance(value, (bool, int, str, dict, list, type(None))):
        return value
    return type(value).__name__


def state(runner):
    return [runner.state, runner.user_count, dict(sorted(runner.user_classes_count.items()))]


@case
def events_there_are():
    return HOOKS


@case
def listeners_are_called_in_order():
    hook = EventHook()
    seen = []
    first = hook.add_listener(lambda **given: seen.append(["first", given]))
    second = hook.add_listener(lambda **given: seen.append(["second", given]))
    hook.fire(a=1)
    hook.fire(reverse=True, b=2)
    hook.remove_listener(first)
    hook.fire()
    return [seen, hook._handlers == [second], attempt(hook.remove_listener, first)]


@each(
    StopUser=StopUser,
    StopTest=StopTest,
    RescheduleTask=RescheduleTask,
    RescheduleTaskImmediately=RescheduleTaskImmediately,
    InterruptTaskSet=InterruptTaskSet,
    ValueError=lambda: ValueError("wrong"),
    GreenletExit=gevent.GreenletExit,
    SystemExit=lambda: SystemExit(4),
    AssertionError=AssertionError,
)
def a_listener_that_raises(make):
    hook = EventHook()
    seen = []

    @hook.add_listener
    def fail(**_):
        raise make()

    hook.add_listener(lambda **_: seen.append("after"))
    locust.log.unhandled_greenlet_exception = False
    try:
        hook.fire()
        outcome = "no exception"
    except BaseException as error:
        outcome = raised(error)
    found = [outcome, seen, locust.log.unhandled_greenlet_exception]
    locust.log.unhandled_greenlet_exception = False
    return found


@each(wrong_arguments={"a": 1}, positional=None)
def firing_with(given):
    hook = EventHook()
    hook.add_listener(lambda b: None)
    return attempt(lambda: hook.fire(**given) if given else hook.fire(1))


@case
def a_listener_that_removes_itself():
    hook = EventHook()
    seen = []

    def once(**_):
        seen.append("once")
        hook.remove_listener(once)

    hook.add_listener(once)
    hook.add_listener(lambda **_: seen.append("other"))
    hook.fire()
    hook.fire()
    return seen


@case
def a_listener_that_adds_another():
    hook = EventHook()
    seen = []

    def more(**_):
        seen.append("more")
        if len(seen) < 4:
            hook.add_listener(lambda **_: seen.append("added"))

    hook.add_listener(more)
    hook.fire()
    return seen[:6]


def measured(body, **keywords):
    hook = EventHook()
    seen = []

    @hook.add_listener
    def note(**given):
        duration = given.pop("response_time")
        begun = given.pop("start_time")
        seen.append(
            [sorted(given), {key: shown(value) for key, value in given.items()}, 0 <= duration < 500, begun > 1e9]
        )

    outcome = attempt(lambda: body(hook, **keywords))
    return [outcome, seen]


def quietly(hook, **keywords):
    with hook.measure("X", "y", **keywords) as meta:
        return sorted(meta)


def adding(hook, **keywords):
    with hook.measure("X", "y", **keywords) as meta:
        meta["response_length"] = 7
        meta["response"] = "r"
        meta["name"] = "other"
        meta["context"]["a"] = 1


def raising(hook, **keywords):
    with hook.measure("X", "y", **keywords):
        raise ValueError("wrong")


def stopping(hook, **keywords):
    with hook.measure("X", "y", **keywords):
        raise StopUser()


def setting_an_exception(hook, **keywords):
    with hook.measure("X", "y", **keywords) as meta:
        meta["exception"] = ValueError("set")


def replacing_the_time(hook, **keywords):
    with hook.measure("X", "y", **keywords) as meta:
        meta["response_time"] = 1
        meta["start_time"] = 2e9


MEASURED = {
    "quietly": quietly,
    "adding": adding,
    "raising": raising,
    "stopping": stopping,
    "setting_an_exception": setting_an_exception,
    "replacing_the_time": replacing_the_time,
}


@each(**MEASURED)
def measuring(body):
    return measured(body)


@each(**MEASURED)
def measuring_with_a_context(body):
    return measured(body, response_length=3, context={"b": 2})


@case
def events_of_one_s_own():
    class Mine(Events):
        login: EventHook

    mine = Mine()
    return [attempt(lambda: type(mine.login).__name__), hasattr(mine, "request"), attempt(lambda: Events().login)]


@case
def a_whole_run():
    someone, other = fresh(Someone, Other)
    environment = Environment(user_classes=[someone, other])
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    seen.append(state(runner))
    runner.start(3, 100)
    seen.append(["started", runner.target_user_count])
    gevent.sleep(0.1)
    seen.append([state(runner), runner.target_user_count, dict(sorted(runner.target_user_classes_count.items()))])
    runner.stop()
    seen.append(state(runner))
    runner.quit()
    seen.append(state(runner))
    return seen


@case
def two_runs_in_a_row():
    (someone,) = fresh(Someone)
    environment = Environment(user_classes=[someone])
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    for count in (1, 2):
        runner.start(count, 100)
        gevent.sleep(0.05)
        environment.events.request.fire(
            request_type="A", name="b", response_time=1, response_length=2, exception=None, context={}
        )
        seen.append([state(runner), runner.stats.total.num_requests])
        runner.stop()
    seen.append([state(runner), runner.stats.total.num_requests])
    runner.quit()
    return seen


@case
def changing_a_run():
    someone, other = fresh(Someone, Other)
    environment = Environment(user_classes=[someone, other])
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    for count in (2, 5, 1, 0, 4):
        runner.start(count, 100)
        gevent.sleep(0.1)
        seen.append([state(runner), runner.target_user_count, dict(sorted(runner.target_user_classes_count.items()))])
    runner.quit()
    return seen


@each(no_users=(0, 1), a_float=(1.5, 10), negative=(-1, 1), no_rate=(1, 0), negative_rate=(1, -1), text=("1", 1))
def starting_with(given):
    (someone,) = fresh(Someone)
    environment = Environment(user_classes=[someone])
    runner = environment.create_local_runner()

    def start():
        runner.start(*given)
        gevent.sleep(0.1)
        return state(runner)

    found = attempt(start)
    runner.quit()
    return found


@each(enough=(3, 10), too_slow=(3, 1))
def starting_and_waiting(given):
    (someone,) = fresh(Someone)
    runner = Environment(user_classes=[someone]).create_local_runner()

    def start():
        runner.start(*given, wait=True)
        return runner.state

    found = attempt(start)
    runner.quit()
    return found


@case
def starting_some_classes():
    someone, other, third = fresh(Someone, Other, Third)
    runner = Environment(user_classes=[someone, other, third]).create_local_runner()
    seen = []
    runner.start(4, 100, user_classes=[other, third])
    gevent.sleep(0.1)
    seen.append(state(runner))
    runner.start(6, 100, user_classes=[someone])
    gevent.sleep(0.1)
    seen.append(state(runner))
    runner.start(8, 100)
    gevent.sleep(0.1)
    seen.append(state(runner))
    runner.quit()
    return seen


@case
def spawning_by_hand():
    someone, other = fresh(Someone, Other)
    environment = Environment(user_classes=[someone, other])
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    users = runner.spawn_users({"Someone": 2, "Other": 1})
    seen.append([[type(user).__name__ for user in users], state(runner)])
    gevent.sleep(0.02)
    seen.append([user._state for user in users])
    seen.append(attempt(runner.stop_users, {"Someone": 1}))
    gevent.sleep(0.05)
    seen.append(state(runner))
    seen.append(attempt(runner.stop_users, {"Someone": 5, "Other": 0}))
    seen.append(state(runner))
    seen.append(attempt(runner.spawn_users, {"Nobody": 1}))
    seen.append(attempt(runner.stop_users, {"Nobody": 1}))
    seen.append(attempt(runner.spawn_users, {}))
    runner.quit()
    seen.append(state(runner))
    return seen


@case
def greenlets_of_users():
    (someone,) = fresh(Someone)
    runner = Environment(user_classes=[someone]).create_local_runner()
    runner.start(3, 100)
    gevent.sleep(0.1)
    found = [
        len(runner.user_greenlets),
        all(isinstance(greenlet.args[0], someone) for greenlet in runner.user_greenlets),
        [greenlet.args[0].greenlet is greenlet for greenlet in runner.user_greenlets],
        [bool(greenlet.dead) for greenlet in runner.user_greenlets],
        isinstance(runner.user_greenlets, Group),
    ]
    runner.quit()
    return [*found, len(runner.user_greenlets)]


@each(one_second=1.0, none=None, zero=0)
def stopping_in(stop_timeout):
    class Slow(User):
        ended = []

        @task
        def one(self):
            try:
                gevent.sleep(0.3)
                self.ended.append("task")
            except gevent.GreenletExit:
                self.ended.append("killed")
                raise

        def on_stop(self):
            self.ended.append("on_stop")

    environment = Environment(user_classes=[Slow], stop_timeout=stop_timeout)
    runner = environment.create_local_runner()
    runner.start(2, 100)
    gevent.sleep(0.1)
    runner.stop()
    return [Slow.ended, state(runner), environment.stop_timeout]


@case
def fixed_counts():
    someone, other, third = fresh(Someone, Other, Third)
    someone.fixed_count = 2
    other.weight = 3
    runner = Environment(user_classes=[someone, other, third]).create_local_runner()
    seen = []
    for count in (1, 3, 6, 2, 7):
        runner.start(count, 100)
        gevent.sleep(0.08)
        seen.append(state(runner))
    runner.quit()
    return seen


@case
def fixed_counts_only():
    someone, other = fresh(Someone, Other, fixed_count=2)
    runner = Environment(user_classes=[someone, other]).create_local_runner()
    runner.start(10, 100)
    gevent.sleep(1.3)
    found = state(runner)
    runner.quit()
    return found


@each(equal=(1, 1), weighted=(1, 3), floats=(0.5, 1.5), zero=(0, 1))
def weights(given):
    someone, other = fresh(Someone, Other)
    someone.weight, other.weight = given
    runner = Environment(user_classes=[someone, other]).create_local_runner()
    runner.start(8, 100)
    gevent.sleep(0.1)
    found = state(runner)
    runner.quit()
    return found


class Failing(User):
    wait_time = constant(10)
    failure = None

    @task
    def one(self):
        raise self.failure


@case
def exceptions_are_counted():
    class Broken(User):
        wait_time = constant(0.01)

        @task
        def one(self):
            self.environment.calls = getattr(self.environment, "calls", 0) + 1
            if self.environment.calls > 3:
                raise StopUser()
            raise ValueError("wrong")

    environment = Environment(user_classes=[Broken])
    runner = environment.create_local_runner()
    runner.start(1, 100)
    gevent.sleep(0.2)
    found = [
        [
            sorted(each),
            each["count"],
            each["msg"],
            each["nodes"],
            "ValueError" in each["traceback"] or "raise" in each["traceback"],
        ]
        for each in runner.exceptions.values()
    ]
    runner.quit()
    return [found, len(runner.errors), runner.user_count]


@case
def logging_exceptions_by_hand():
    runner = Environment(user_classes=fresh(Someone)).create_local_runner()
    runner.log_exception("n1", "m", "tb")
    runner.log_exception("n2", "m", "tb")
    runner.log_exception("n1", "m2", "tb2")
    return [[each["count"], each["msg"], each["traceback"], each["nodes"]] for each in runner.exceptions.values()]


@case
def a_user_that_stops_the_test():
    class Stopping(User):
        wait_time = constant(0.01)

        @task
        def one(self):
            raise StopTest("enough")

    environment = Environment(user_classes=[Stopping])
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    runner.start(2, 100)
    gevent.sleep(0.5)
    found = [seen, state(runner)]
    runner.quit()
    return found


@case
def a_user_whose_init_raises():
    class Broken(User):
        def __init__(self, *arguments):
            raise ValueError("init")

        @task
        def one(self):
            pass

    environment = Environment(user_classes=[Broken])
    runner = environment.create_local_runner()
    runner.start(1, 100)
    gevent.sleep(0.1)
    found = [state(runner), runner.exceptions]
    runner.quit()
    return found


@case
def a_user_without_a_host():
    class Hostless(HttpUser):
        @task
        def one(self):
            pass

    environment = Environment(user_classes=[Hostless])
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    runner.start(1, 100)
    gevent.sleep(0.3)
    found = [[one[0] for one in seen], state(runner)]
    runner.quit()
    return found


@each(class_only=(None, "http://class"), environment_only=("http://env", None), both=("http://env", "http://class"))
def the_host(given):
    hosts = []

    class Named(User):
        host = given[1]
        wait_time = constant(10)

        @task
        def one(self):
            hosts.append(self.host)

    environment = Environment(user_classes=[Named], host=given[0])
    runner = environment.create_local_runner()
    runner.start(1, 100)
    gevent.sleep(0.05)
    runner.quit()
    return [hosts, environment.host, Named.host]


@case
def stopping_what_never_started():
    environment = Environment(user_classes=fresh(Someone))
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    seen.append(attempt(runner.stop))
    seen.append(runner.state)
    seen.append(attempt(runner.quit))
    seen.append(runner.state)
    return seen


@case
def quitting_twice():
    environment = Environment(user_classes=fresh(Someone))
    runner = environment.create_local_runner()
    runner.start(1, 10)
    gevent.sleep(0.02)
    runner.quit()
    return [attempt(runner.quit), runner.state]


@case
def stopping_while_spawning():
    environment = Environment(user_classes=fresh(Someone))
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    runner.start(50, 10)
    gevent.sleep(0.15)
    seen.append(runner.state)
    runner.stop()
    seen.append(state(runner))
    gevent.sleep(0.3)
    seen.append(state(runner))
    runner.quit()
    return seen


@case
def starting_again_while_spawning():
    environment = Environment(user_classes=fresh(Someone))
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    runner.start(50, 10)
    gevent.sleep(0.05)
    runner.start(2, 100)
    gevent.sleep(0.2)
    seen.append([state(runner), runner.target_user_count])
    runner.quit()
    return seen


@case
def messages_to_oneself():
    environment = Environment(user_classes=fresh(Someone))
    runner = environment.create_local_runner()
    seen = []

    def listen(environment, msg, **given):
        seen.append([msg.type, msg.data, msg.node_id, type(environment).__name__, sorted(given)])

    found = [attempt(runner.register_message, "hello", listen)]
    found.append(attempt(runner.register_message, "hello", listen))
    found.append(attempt(runner.register_message, "later", listen, concurrent=True))
    found.append(attempt(runner.send_message, "hello", {"a": 1}))
    found.append(attempt(runner.send_message, "hello"))
    found.append(attempt(runner.send_message, "hello", [1], client_id="x"))
    found.append(attempt(runner.send_message, "later", "soon"))
    found.append(attempt(runner.send_message, "unknown"))
    gevent.sleep(0.02)
    return [found, seen, sorted(runner.custom_messages)]


@case
def a_message_listener_that_raises():
    runner = Environment(user_classes=fresh(Someone)).create_local_runner()

    def fail(environment, msg):
        raise ValueError("wrong")

    runner.register_message("hello", fail)
    return attempt(runner.send_message, "hello")


@case
def members_of_a_local_runner():
    environment = Environment(user_classes=fresh(Someone))
    runner = environment.create_local_runner()
    values = [
        "state", "user_count", "target_user_count", "target_user_classes_count", "final_user_classes_count",
        "user_classes_count", "worker_index", "worker_count", "client_id", "cpu_warning_emitted",
        "worker_cpu_warning_emitted", "connection_broken", "custom_messages", "exceptions", "shape_greenlet",
        "shape_last_tick", "spawning_greenlet", "current_cpu_usage", "current_memory_usage", "_users_dispatcher",
    ]  # fmt: skip
    found = {name: type(getattr(runner, name, "absent")).__name__ for name in values}
    plain = {name: getattr(runner, name, "absent") for name in values[:-3]}
    plain["client_id"] = None
    return [
        found,
        plain,
        runner.environment is environment,
        runner.stats is environment.stats,
        runner.errors is environment.stats.errors,
        runner.user_classes,
        sorted(runner.user_classes_by_name),
        environment.runner is runner,
        isinstance(runner, LocalRunner),
        isinstance(runner, Runner),
    ]


@case
def attributes_of_one_s_own():
    runner = Environment(user_classes=fresh(Someone)).create_local_runner()
    runner.iterations_started = 3
    runner.environment._run_id = 4
    return [runner.iterations_started, runner.environment._run_id]


@case
def a_second_runner():
    environment = Environment(user_classes=fresh(Someone))
    environment.create_local_runner()
    try:
        environment.create_local_runner()
    except RunnerAlreadyExistsError as error:
        return raised(error)
    return "none"


@case
def members_of_an_environment():
    environment = Environment()
    names = (
        "user_classes", "shape_class", "tags", "exclude_tags", "locustfile", "host", "reset_stats", "stop_timeout",
        "catch_exceptions", "parsed_options", "parsed_locustfiles", "available_user_classes",
        "available_shape_classes", "available_user_tasks", "profile", "runner", "web_ui", "process_exit_code",
        "worker_logs",
    )  # fmt: skip
    return [
        {name: getattr(environment, name, "absent") for name in names},
        type(environment.events).__name__,
        type(environment.stats).__name__,
        environment.dispatcher_class is UsersDispatcher,
        attempt(lambda: Environment([Someone])),
        attempt(lambda: Environment(nonsense=1)),
    ]


@case
def arguments_of_an_environment():
    own = Events()
    environment = Environment(
        user_classes=[Someone], tags=["a", "b"], exclude_tags=("c",), locustfile="x.py", events=own, host="http://h",
        reset_stats=True, stop_timeout=3, catch_exceptions=False, parsed_options=None, parsed_locustfiles=["x.py"],
        available_user_classes={"Someone": Someone}, profile="p",
    )  # fmt: skip
    return [
        environment.tags, environment.exclude_tags, environment.locustfile, environment.events is own,
        environment.host, environment.reset_stats, environment.stop_timeout, environment.catch_exceptions,
        environment.parsed_locustfiles, environment.available_user_classes, environment.profile,
        sorted(environment.user_classes_by_name),
    ]  # fmt: skip


@case
def classes_with_the_same_name():
    return attempt(lambda: Environment(user_classes=[Someone, *fresh(Someone)]))


@case
def the_same_class_twice():
    return attempt(lambda: len(Environment(user_classes=[Someone, Someone]).user_classes))


@case
def classes_of_weight_zero():
    return attempt(lambda: Environment(user_classes=fresh(Someone, Other, weight=0)))


@case
def classes_of_weight_zero_and_a_fixed_count():
    return attempt(lambda: len(Environment(user_classes=fresh(Someone, weight=0, fixed_count=1)).user_classes))


@case
def equal_weights():
    class Weighted(User):
        weight = 7
        tasks = {len: 3, repr: 1}

        @task(5)
        def one(self):
            pass

    environment = Environment(user_classes=[Weighted, *fresh(Other, weight=3)])
    environment.assign_equal_weights()
    return [[one.weight for one in environment.user_classes], sorted(each.__name__ for each in Weighted.tasks)]


@each(
    host={"user_class_name": "Someone", "host": "http://new"},
    weight={"user_class_name": "Someone", "weight": 5},
    tasks={"user_class_name": "Someone", "tasks": ["one"]},
    unknown_task={"user_class_name": "Someone", "tasks": ["nothing"]},
    no_tasks={"user_class_name": "Someone", "tasks": []},
    own={"user_class_name": "Someone", "colour": "red"},
    fixed_count={"user_class_name": "Someone", "fixed_count": 4},
    unknown={"user_class_name": "Nobody", "weight": 5},
    nobody={"weight": 5},
)
def updating_a_class(given):
    class Tasked(User):
        pass

    (someone,) = fresh(Someone)
    environment = Environment(
        user_classes=[someone], available_user_tasks={"Someone": list(Someone.tasks)},
        available_user_classes={"Someone": someone},
    )  # fmt: skip

    def update():
        environment.update_user_class(dict(given))
        return [someone.host, someone.weight, someone.fixed_count, getattr(someone, "colour", None), len(someone.tasks)]

    return attempt(update)


@case
def a_shape_that_is_a_class():
    class Wave(LoadTestShape):
        def tick(self):
            return None

    return [
        attempt(lambda: Environment(shape_class=Wave)),
        attempt(lambda: Environment(shape_class=Wave()).shape_class),
    ]


@case
def a_shape_without_tick():
    class Wave(LoadTestShape):
        pass

    return attempt(Wave)


@case
def members_of_a_shape():
    class Wave(LoadTestShape):
        def tick(self):
            return None

    class Base(LoadTestShape):
        abstract = True

    class Child(Base):
        def tick(self):
            return None

    wave = Wave()
    gevent.sleep(0.02)
    before = wave.get_run_time()
    wave.reset_time()
    return [
        0.01 < before < 1, wave.get_run_time() < before, wave.use_common_options, wave.abstract, Base.abstract,
        Child.abstract, wave.runner, attempt(wave.get_current_user_count), LoadTestShape.abstract,
    ]  # fmt: skip


def shaped(ticks, seconds, classes=None, more=None):
    class Wave(LoadTestShape):
        asked = 0

        def tick(self):
            self.asked += 1
            return ticks[self.asked - 1] if self.asked <= len(ticks) else None

    shape = Wave()
    environment = Environment(user_classes=classes or fresh(Someone, Other), shape_class=shape)
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    seen.append(shape.runner is runner)
    runner.start_shape()
    gevent.sleep(seconds)
    if more:
        more(runner, seen)
    seen.append([state(runner), runner.shape_last_tick, shape.asked, shape.runner is runner])
    runner.quit()
    return seen


@case
def a_shape_that_grows():
    return shaped([(1, 10), (3, 10), (3, 10)], 2.5)


@case
def a_shape_that_ends():
    return shaped([(2, 10)], 1.6)


@case
def a_shape_that_chooses_classes():
    classes = fresh(Someone, Other, Third)
    return shaped([(2, 10, [classes[0]]), (4, 10, classes[1:])], 1.5, classes)


@case
def a_shape_that_is_stopped():
    def stop(runner, seen):
        runner.stop()
        seen.append(state(runner))

    return shaped([(2, 10)] * 5, 0.3, more=stop)


@case
def a_shape_started_twice():
    def again(runner, seen):
        seen.append(attempt(runner.start_shape))

    return shaped([(1, 10)] * 5, 0.2, more=again)


@each(nobody=[(0, 1), (1, 1)], ends_at_once=[None])
def a_shape_of(ticks):
    return shaped(ticks, 1.4)


@case
def ratios_of_tasks():
    class Weighted(User):
        weight = 3

        @task(3)
        def one(self):
            pass

        @task
        def two(self):
            pass

    classes = [Weighted, *fresh(Other)]
    return [
        get_ratio(classes, {"Weighted": 3, "Other": 1}, True),
        get_ratio(classes, {"Weighted": 3, "Other": 1}, False),
        get_ratio(classes, {"Weighted": 0, "Other": 0}, True),
        _get_task_ratio(Weighted.tasks, True, 0.5),
    ]


@case
def tags_of_a_run():
    class Tagged(User):
        wait_time = constant(0.001)
        seen = []

        @tag("a")
        @task
        def one(self):
            self.seen.append("one")

        @tag("b")
        @task
        def two(self):
            self.seen.append("two")

    environment = Environment(user_classes=[Tagged], tags=["b"])
    runner = environment.create_local_runner()
    found = [[each.__name__ for each in Tagged.tasks]]
    runner.start(1, 10)
    gevent.sleep(0.05)
    runner.quit()
    return [*found, sorted(set(Tagged.seen)), [each.__name__ for each in Tagged.tasks]]


@case
def requests_are_counted():
    environment = Environment(user_classes=fresh(Someone))
    runner = environment.create_local_runner()

    def fire(**given):
        environment.events.request.fire(
            **{"request_type": "GET", "name": "/", "response_time": 5, "response_length": 7, "exception": None, **given}
        )

    fire()
    fire(response_time=None)
    fire(exception=ValueError("wrong"))
    fire(exception="text")
    fire(exception=None, name="other", context={"a": 1}, response=object(), url="x", start_time=1.0, extra=1)
    fire(response_time=1.5)
    fire(response_length=None, name="none")
    total = runner.stats.total
    return [
        total.num_requests, total.num_failures, total.num_none_requests, total.total_content_length,
        total.total_response_time, total.min_response_time, total.max_response_time,
        sorted(map(list, runner.stats.entries)),
        sorted([error.method, error.name, str(error.error), error.occurrences] for error in runner.errors.values()),
        dict(sorted(total.response_times.items())),
    ]  # fmt: skip


@case
def requests_without_a_runner():
    environment = Environment(user_classes=fresh(Someone))
    environment.events.request.fire(
        request_type="GET", name="/", response_time=5, response_length=7, exception=None, context={}
    )
    return environment.stats.total.num_requests


@each(yes=True, no=False)
def resetting_stats_after_spawning(reset):
    environment = Environment(user_classes=fresh(Someone), reset_stats=reset)
    runner = environment.create_local_runner()

    @environment.events.test_start.add_listener
    def request(**_):
        environment.events.request.fire(
            request_type="GET", name="/", response_time=5, response_length=7, exception=None, context={}
        )

    runner.start(2, 100)
    gevent.sleep(0.1)
    found = [environment.stats.total.num_requests, environment.reset_stats]
    runner.quit()
    return found


@case
def a_dispatcher_of_one_s_own():
    calls = []

    class Mine(UsersDispatcher):
        def new_dispatch(self, *arguments, **keywords):
            calls.append([list(map(str, arguments)), sorted(keywords)])
            super().new_dispatch(*arguments, **keywords)

    environment = Environment(user_classes=fresh(Someone), dispatcher_class=Mine)
    runner = environment.create_local_runner()
    runner.start(2, 100)
    gevent.sleep(0.05)
    found = type(runner._users_dispatcher).__name__
    runner.quit()
    return [calls, found]


@case
def greenlets_of_the_runner():
    runner = Environment(user_classes=fresh(Someone)).create_local_runner()
    runner.start(1, 10)
    gevent.spawn_later(0.1, runner.quit)
    runner.greenlet.join(2)
    return [len(runner.greenlet), runner.state]


@case
def stats_of_an_environment():
    environment = Environment()
    return [isinstance(environment.stats, RequestStats), environment.stats.total.name, environment.stats.total.method]


@case
def a_run_that_ends_from_a_listener():
    environment = Environment(user_classes=fresh(Someone))
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()

    @environment.events.spawning_complete.add_listener
    def later(**_):
        gevent.spawn(runner.quit)

    runner.start(1, 10)
    gevent.sleep(0.3)
    return [seen, state(runner)]


@case
def the_package_s_events_are_shared():
    seen = []
    environment = Environment(events=events)

    @events.test_start.add_listener
    def note(environment, **_):
        seen.append(type(environment).__name__)

    environment.events.test_start.fire(environment=environment)
    events.test_start.remove_listener(note)
    return seen


@case
def random_numbers_of_a_run():
    random.seed(4)
    before = random.random()
    random.seed(4)
    Environment(user_classes=fresh(Someone)).create_local_runner()
    return random.random() == before


@case
def the_monitor_of_usage():
    original = locust.runners.CPU_MONITOR_INTERVAL
    locust.runners.CPU_MONITOR_INTERVAL = 0.05
    try:
        environment = Environment(user_classes=fresh(Someone))
        seen = []

        @environment.events.usage_monitor.add_listener
        def note(**given):
            types = {key: type(value).__name__ for key, value in sorted(given.items())}
            seen.append([types, given["memory_usage"] > 1_000_000, 0 <= given["cpu_usage"] < 10_000])

        runner = environment.create_local_runner()
        gevent.sleep(0.3)
        runner.quit()
        return [seen[0], len(seen) >= 2]
    finally:
        locust.runners.CPU_MONITOR_INTERVAL = original


@case
def a_warning_about_the_cpu():
    originals = locust.runners.CPU_MONITOR_INTERVAL, locust.runners.CPU_WARNING_THRESHOLD
    locust.runners.CPU_MONITOR_INTERVAL, locust.runners.CPU_WARNING_THRESHOLD = 0.05, -1
    try:
        environment = Environment(user_classes=fresh(Someone))
        seen = []

        @environment.events.cpu_warning.add_listener
        def note(**given):
            seen.append([sorted(given), given["environment"] is environment])

        runner = environment.create_local_runner()
        runner.start(1, 10)
        gevent.sleep(0.4)
        found = [seen[:1], runner.cpu_warning_emitted]
        runner.quit()
        return found
    finally:
        locust.runners.CPU_MONITOR_INTERVAL, locust.runners.CPU_WARNING_THRESHOLD = originals


STOPS = {
    "on_start": "on_start",
    "task": "task",
    "on_stop": "on_stop",
    "wait_time": "wait_time",
}


@each(**STOPS)
def a_test_stopped_by_its_user_in(place):
    class Stopping(User):
        def on_start(self):
            if place == "on_start":
                raise StopTest("enough")

        def on_stop(self):
            if place == "on_stop":
                raise StopTest("enough")

        def wait_time(self):
            if place == "wait_time":
                raise StopTest("enough")
            return 0.01

        @task
        def one(self):
            if place == "task":
                raise StopTest("enough")
            if place == "on_stop":
                raise StopUser()

    environment = Environment(user_classes=[Stopping])
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    runner.start(1, 100)
    gevent.sleep(0.3)
    found = [[one[0] for one in seen], state(runner)]
    runner.quit()
    return found


@each(**STOPS)
def a_user_stopped_by_itself_in(place):
    class Stopping(User):
        calls = []

        def on_start(self):
            self.calls.append("on_start")
            if place == "on_start":
                raise StopUser()

        def on_stop(self):
            self.calls.append("on_stop")
            if place == "on_stop":
                raise StopUser()

        def wait_time(self):
            if place == "wait_time":
                raise StopUser()
            return 0.01

        @task
        def one(self):
            self.calls.append("task")
            raise StopUser() if place != "wait_time" else ValueError("on")

    environment = Environment(user_classes=[Stopping])
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    runner.start(1, 100)
    gevent.sleep(0.2)
    found = [[one[0] for one in seen], state(runner), Stopping.calls]
    runner.quit()
    return found


@each(quickly=100, slowly=4)
def users_that_come_and_go(rate):
    someone, other = fresh(Someone, Other)
    runner = Environment(user_classes=[someone, other]).create_local_runner()
    seen = []
    for count in (4, 2, 3):
        runner.start(count, rate)
        gevent.sleep(1.2)
        seen.append(state(runner))
    runner.quit()
    return seen


@case
def options_of_the_environment_that_classes_see():
    class Curious(User):
        wait_time = constant(1)
        seen = []

        @task
        def one(self):
            options = self.environment.parsed_options
            self.seen.append([options.mine, self.environment.runner.user_count, self.host])

    import argparse

    environment = Environment(user_classes=[Curious], parsed_options=argparse.Namespace(mine="x"), host="http://h")
    runner = environment.create_local_runner()
    runner.start(1, 10)
    gevent.sleep(0.1)
    runner.quit()
    return Curious.seen


@case
def a_shape_with_reset_time():
    class Wave(LoadTestShape):
        times = []

        def tick(self):
            self.times.append(round(self.get_run_time()))
            if len(self.times) == 2:
                self.reset_time()
            return (1, 10) if len(self.times) < 4 else None

    shape = Wave()
    runner = Environment(user_classes=fresh(Someone), shape_class=shape).create_local_runner()
    runner.start_shape()
    gevent.sleep(3.6)
    found = [Wave.times, state(runner)]
    runner.quit()
    return found


@case
def stats_that_are_reset_by_hand():
    environment = Environment(user_classes=fresh(Someone))
    seen = []
    watched(environment, seen)
    runner = environment.create_local_runner()
    environment.events.request.fire(
        request_type="GET", name="/", response_time=5, response_length=7, exception=None, context={}
    )
    runner.log_exception("n", "m", "t")
    runner.stats.clear_all()
    return [runner.stats.total.num_requests, len(runner.exceptions), seen[-1][0]]


if __name__ == "__main__":
    answer_all()
