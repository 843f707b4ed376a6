"""What simulated users do: their classes, their tasks and how long they wait in between."""

from locust.user import wait_time
from locust.user.task import TaskSet, tag, task
from locust.user.users import HttpUser, User

__all__ = ("HttpUser", "TaskSet", "User", "tag", "task", "wait_time")
