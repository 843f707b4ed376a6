"""LoadTestShape alone; how a runner plays it is in runners/test_shape.py."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from locust.shape import LoadTestShape


class Constant(LoadTestShape):
    def tick(self):
        return (1, 1)


def test_a_shape_needs_a_tick():
    with pytest.raises(TypeError, match="tick"):
        LoadTestShape()


def test_abstract_is_a_word_about_one_class():
    class Base(Constant):
        abstract = True

    class Child(Base):
        pass

    assert (LoadTestShape.abstract, Constant.abstract, Base.abstract, Child.abstract) == (True, False, True, False)


def test_common_options_have_no_effect_unless_asked_for():
    assert Constant.use_common_options is False


def test_the_run_time_begins_when_it_is_reset(monkeypatch):
    now = 100.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    shape = Constant()
    now = 107.5
    before = shape.get_run_time()

    shape.reset_time()

    assert (before, shape.get_run_time()) == (7.5, 0.0)


def test_a_shape_sees_the_users_of_its_runner():
    shape = Constant()
    without_runner = shape.get_current_user_count()

    shape.runner = SimpleNamespace(user_count=3)

    assert (without_runner, shape.get_current_user_count()) == (0, 3)
