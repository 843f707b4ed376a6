import logging
from locust import HttpUser, constant, events, task
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

log = logging.getLogger("mine")


@events.init.add_listener
def on_locust_init(environment, runner, web_ui, **kwargs):
    log.info("init %s %s %s", type(runner).__name__, web_ui, sorted(kwargs))
    if isinstance(environment.runner, MasterRunner):
        log.info("I'm on master node")
    elif isinstance(environment.runner, WorkerRunner):
        log.info("I'm on a worker")
    else:
        log.info("I'm on a standalone node %s", isinstance(environment.runner, LocalRunner))


@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    log.info("A new test is starting %s %s", environment.host is not None, environment.parsed_options.num_users)


@events.spawning_complete.add_listener
def on_spawning_complete(user_count, **kwargs):
    log.info("spawned %s", user_count)


@events.test_stopping.add_listener
def on_test_stopping(environment, **kwargs):
    log.info("stopping %s", environment.runner.user_count)


@events.test_stop.add_listener
def on_test_stop(environment, **kwargs):
    log.info("A new test is ending")


@events.reset_stats.add_listener
def on_reset():
    log.info("reset")


@events.user_error.add_listener
def on_error(user_instance, exception, tb, **kwargs):
    log.info("user error %s %r", type(user_instance).__name__, exception)


@events.quitting.add_listener
def on_quitting(environment, **kwargs):
    log.info("quitting %s", sorted(kwargs))


@events.quit.add_listener
def on_quit(exit_code, **kwargs):
    print("quit", exit_code)


class Raising(HttpUser):
    wait_time = constant(1.2)

    @task
    def ok(self):
        self.client.get("/")
        raise RuntimeError("on purpose")
