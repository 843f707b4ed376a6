import logging
import sys

logger = logging.getLogger("load.test")
logger.setLevel(logging.DEBUG)
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
logger.addHandler(handler)
logger.propagate = False

from locust import HttpUser, constant, task, events


@events.test_start.add_listener
def start(**_):
    logger.debug("starting")
    logging.debug("not shown")
    logging.getLogger("locust.mine").warning("of locust")


class Logged(HttpUser):
    wait_time = constant(0.2)

    @task
    def t(self):
        logger.info("task of %s", type(self).__name__)
        self.client.get("/")
