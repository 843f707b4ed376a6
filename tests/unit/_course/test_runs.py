"""The course of runs, and what is marked on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fakes.web import make_web_ui

from locust._course.facts import TOTAL, endpoint_id
from locust._course.runs import MAX_FOLLOWED, MAX_RUNS, Runs
from locust.web import WebUI


@pytest.fixture
def web_ui() -> Iterator[WebUI]:
    web_ui = make_web_ui()
    yield web_ui
    web_ui.environment.runner.quit()


def begin(web_ui: WebUI) -> None:
    web_ui.environment.runner.state = "running"
    web_ui.environment.events.test_start.fire(environment=web_ui.environment)


def end(web_ui: WebUI) -> None:
    web_ui.environment.runner.state = "stopped"
    web_ui.environment.events.test_stop.fire(environment=web_ui.environment)


def kinds(runs: Runs) -> list[str]:
    return [mark["kind"] for mark in runs.current.marks]


def test_nothing_is_kept_before_the_first_run(web_ui: WebUI) -> None:
    web_ui.runs.look(time.time())

    assert [run.number for run in web_ui.runs.all()] == [0]
    assert not web_ui.runs.current.series


def test_every_second_that_is_over_is_a_point(web_ui: WebUI) -> None:
    begin(web_ui)
    began = int(time.time())
    recorder = web_ui.environment.stats.recorder
    recorder.count("GET", "/a", 10.0, 1, began)
    recorder.count("GET", "/a", 30.0, 1, began + 1)
    recorder.count_failure("GET", "/a", "broken", began + 1)
    told: list[tuple[str, float]] = []
    web_ui.runs.on_point = lambda endpoint, point: told.append((endpoint, point.time))

    web_ui.runs.look(began + 2.1)

    points = web_ui.runs.current.series[TOTAL].points()
    assert [(point.time, point.rps, point.failures_per_s) for point in points] == [(began, 1, 0), (began + 1, 1, 1)]
    assert [point.average_ms for point in points] == pytest.approx([10, 30], rel=0.01)
    assert {endpoint for endpoint, _ in told} == {TOTAL, endpoint_id("GET", "/a")}


def test_a_second_is_told_once(web_ui: WebUI) -> None:
    begin(web_ui)
    now = time.time() + 3
    web_ui.runs.look(now)
    web_ui.runs.look(now)

    times = [point.time for point in web_ui.runs.current.series[TOTAL].points()]
    assert len(times) == len(set(times))


def test_the_first_names_are_followed_and_others_when_they_are_asked_for(web_ui: WebUI) -> None:
    begin(web_ui)
    for number in range(MAX_FOLLOWED + 5):
        web_ui.environment.stats.log_request("GET", f"/{number}", 10.0, 1)
    web_ui.runs.look(time.time() + 1)
    last = endpoint_id("GET", f"/{MAX_FOLLOWED + 4}")

    assert len(web_ui.runs.current.series) == MAX_FOLLOWED + 1
    assert last not in web_ui.runs.current.series
    assert web_ui.runs.follow(last)
    assert not web_ui.runs.follow(endpoint_id("GET", "/none"))
    assert last in web_ui.runs.current.series


def test_a_new_run_leaves_the_former_ones_to_compare_with(web_ui: WebUI) -> None:
    for number in range(MAX_RUNS + 3):
        begin(web_ui)
        web_ui.environment.stats.log_request("GET", "/a", 10.0, number)
        web_ui.runs.look(time.time() + 1)
        end(web_ui)
        web_ui.environment.stats.clear_all()

    runs = web_ui.runs.all()
    assert [run.number for run in runs] == list(range(4, MAX_RUNS + 4))
    assert web_ui.runs.find(3) is None
    assert web_ui.runs.find(5) is runs[1]
    assert all(run.requests == 1 and run.stopped_at is not None for run in runs)


def test_what_happens_is_marked(web_ui: WebUI) -> None:
    runner = web_ui.environment.runner
    runner.target_user_count = 5
    begin(web_ui)
    web_ui.runs.look(time.time())
    runner.target_user_count = 8
    web_ui.runs.look(time.time())
    web_ui.environment.events.spawning_complete.fire(user_count=8)
    runner.cpu_warning_emitted = True
    web_ui.runs.look(time.time())
    web_ui.runs.look(time.time())
    web_ui.environment.stats.reset_all()
    web_ui.runs.look(time.time())
    end(web_ui)

    assert kinds(web_ui.runs) == ["start", "load", "spawned", "cpu", "reset", "stop"]
    assert web_ui.runs.current.marks[1]["text"] == "8 users wanted, 5 before"


def test_workers_that_come_and_go_are_marked(web_ui: WebUI) -> None:
    runner: Any = web_ui.environment.runner
    runner.clients = {}
    begin(web_ui)
    node = SimpleNamespace(id="one", state="ready", user_count=0)
    runner.clients = {"one": node}
    web_ui.runs.look(time.time())
    node.state = "missing"
    web_ui.runs.look(time.time())
    node.state = "running"
    web_ui.runs.look(time.time())
    runner.clients = {}
    web_ui.runs.look(time.time())

    assert kinds(web_ui.runs) == ["start", "worker-joined", "worker-lost", "worker-joined", "worker-lost"]


def test_a_report_has_all_seconds_of_a_masters_run_and_nothing_after_it(web_ui: WebUI) -> None:
    runner: Any = web_ui.environment.runner
    runner.clients = {"one": SimpleNamespace(id="one", state="running", user_count=1)}
    begin(web_ui)
    began = int(time.time())
    for second in range(4):
        web_ui.environment.stats.recorder.count("GET", "/a", 10.0, 1, began + second)
        web_ui.runs.look(began + second + 1.1)
    web_ui.runs.current.stopped_at = began + 4.5
    web_ui.runs.mark("stop", "Run stopped", began + 4.5)
    web_ui.runs.mark("worker-lost", "Worker one is lost", began + 4.7)

    web_ui.runs.take_rest()

    values = web_ui.runs.report_values()
    assert values["series"]["total"]["time"] == [began, began + 1, began + 2, began + 3]
    assert values["series"]["total"]["rps"] == [1, 1, 1, 1]
    assert [mark["kind"] for mark in values["marks"]] == ["start", "worker-joined", "stop"]


def test_a_process_that_stood_still_catches_up_with_a_minute_at_most(web_ui: WebUI) -> None:
    begin(web_ui)

    web_ui.runs.look(time.time() + 3600)

    assert len(web_ui.runs.current.series[TOTAL].points()) == 61


def test_method_and_name_are_told_apart_in_the_id() -> None:
    assert len(endpoint_id("GET", "/a")) == 16
    assert endpoint_id("GET", "/a") != endpoint_id("GET/", "a")
