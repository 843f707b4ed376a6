"""Answers what objects of the API are like that somebody copied, pickled, patched, replaced or subclassed."""

import copy
import pickle
from unittest import mock

import gevent
from cases import answer_all, attempt, case, each

from locust import User, argument_parser, task
from locust.env import Environment
from locust.event import EventHook, Events
from locust.stats import RequestStats, StatsEntry


def pickled(value):
    return pickle.loads(pickle.dumps(value))


COPIES = {"deeply": copy.deepcopy, "by_pickle": pickled}


def counted(stats=None):
    stats = stats or RequestStats()
    for response_time in (10, 20, 30):
        stats.log_request("GET", "/a", response_time, 7)
    stats.log_request("POST", "/b", None, 1)
    stats.log_error("GET", "/a", ValueError("no"))
    return stats


def shown(stats):
    return [
        {" ".join(key): entry.serialize() for key, entry in stats.entries.items()},
        stats.total.serialize(),
        [error.to_dict() for error in stats.errors.values()],
        list(stats.errors),
        stats.history,
    ]


@each(**COPIES)
def statistics_copied(how):
    stats = counted()
    stats.history.append({"a": 1})
    stats.mine = 3
    again = how(stats)
    before = shown(again) == shown(stats)
    stats.log_request("GET", "/a", 1, 1)
    again.log_error("GET", "/a", "yes")
    return [before, again.mine, again.num_requests, stats.num_requests, len(again.errors), len(stats.errors)]


@each(**COPIES)
def an_entry_copied(how):
    stats = counted()
    entry = how(stats.get("/a", "GET"))
    stats.log_request("GET", "/a", 1, 1)
    return [entry.num_requests, dict(entry.response_times), entry.to_dict()["method"], entry.num_failures]


@each(**COPIES)
def an_entry_of_nobody_copied(how):
    entry = StatsEntry(None, "/a", "GET", use_response_times_cache=True)
    entry.log(15, 3)
    again = how(entry)
    return [again.serialize() == entry.serialize(), again.stats, again.use_response_times_cache]


@each(**COPIES)
def an_error_copied(how):
    (error,) = counted().errors.values()
    again = how(error)
    again.occurred()
    return [error.occurrences, again.occurrences, repr(again.error), again.to_name()]


def request(environment, exception=None):
    environment.events.request.fire(
        request_type="GET", name="/", response_time=5, response_length=7, exception=exception, context={}
    )


class Watched(RequestStats):
    def log_request(self, *arguments):
        self.seen = [*getattr(self, "seen", []), ["request", *arguments]]
        return super().log_request(*arguments)

    def log_error(self, *arguments):
        self.seen = [*getattr(self, "seen", []), ["error", *arguments]]
        return super().log_error(*arguments)


def running_with(stats, is_late):
    environment = Environment(events=Events())
    if not is_late:
        environment.stats = stats
    runner = environment.create_local_runner()
    if is_late:
        request(environment)
        environment.stats = stats
    request(environment)
    request(environment, ValueError("no"))
    runner.quit()
    return [environment.stats is stats, runner.stats is stats, environment.stats]


@each(before=False, after=True)
def statistics_of_ones_own_set(is_late):
    *found, stats = running_with(Watched(), is_late)
    return [*found, stats.seen, stats.num_requests, stats.num_failures]


@each(before=False, after=True)
def other_statistics_set(is_late):
    *found, stats = running_with(RequestStats(), is_late)
    return [*found, stats.num_requests, stats.num_failures]


@case
def patched_statistics():
    with mock.patch.object(RequestStats, "log_request") as requests, mock.patch.object(RequestStats, "log_error"):
        environment = Environment(events=Events())
        environment.create_local_runner()
        request(environment, ValueError("no"))
        return [str(requests.call_args_list), str(RequestStats.log_error.call_args_list)]


def killed(hook):
    def measure():
        with hook.measure("X", "y"):
            gevent.sleep(1)

    greenlet = gevent.spawn(measure)
    gevent.sleep(0.01)
    greenlet.kill()


def timed_out(hook):
    with gevent.Timeout(0.01, False), hook.measure("X", "y"):
        gevent.sleep(1)


def interrupted(hook):
    try:
        with hook.measure("X", "y"):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        return "interrupted"


@each(killed=killed, timed_out=timed_out, interrupted=interrupted)
def measuring_what_is(body):
    hook = EventHook()
    seen = []
    hook.add_listener(lambda **given: seen.append([given["name"], given["exception"], given["response_time"] < 500]))
    return [attempt(body, hook), seen]


@case
def an_empty_parser():
    parser = argument_parser.get_empty_argument_parser(add_help=False, default_config_files=[])
    found = [[action.dest, action.option_strings, action.default] for action in parser._actions]
    argument_parser.setup_parser_arguments(parser)
    options = parser.parse_args(["-f", "x.py", "-u", "3"])
    return [found, options.locustfile, options.num_users, options.config]


class Idle(User):
    @task
    def idle(self):
        gevent.sleep(0.1)


@case
def a_master_without_workers_started():
    master = Environment(events=Events(), user_classes=[Idle]).create_master_runner("127.0.0.1", 0)
    master.start(7, 2)
    found = [master.target_user_count, master.spawn_rate, master.state, master.user_count]
    master.quit()
    return found


if __name__ == "__main__":
    answer_all()
