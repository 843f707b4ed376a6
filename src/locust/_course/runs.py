"""The runs of this session: their course second by second, and what happened in them."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import gevent

from locust import runners
from locust._course.facts import (
    TOTAL,
    endpoint_id,
    is_distributed,
    is_under_way,
    shape_name,
    shown_percentiles,
    worker_nodes,
)
from locust._course.series import LATENCY_BOUNDS_MS, MAX_POINTS, Point, Series, as_columns, point_of_second
from locust.log import greenlet_exception_logger

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.stats import StatsEntry

logger = logging.getLogger("locust.runners")

MAX_RUNS: Final = 8
MAX_FOLLOWED: Final = 50
# Those of former runs are for comparing.
MAX_OLD_POINTS: Final = 600
SHRINK_EVERY_SEC: Final = 3
STAGGER_POINTS: Final = 20
MAX_MARKS: Final = 1000
# Heat maps are the larger part of a report.
MAX_REPORT_POINTS: Final = 900
# What a process catches up with that stood still.
MAX_LATE_SECONDS: Final = 60
MAX_WAIT_SEC: Final = 3.0


@dataclass
class Run:
    """One run, the current or a former one; number 0 is before the first."""

    number: int
    started_at: float | None = None
    stopped_at: float | None = None
    host: str | None = None
    profile: str | None = None
    user_count: int = 0
    requests: int = 0
    failures: int = 0
    marks: list[dict[str, Any]] = field(default_factory=list)
    series: OrderedDict[str, Series] = field(default_factory=OrderedDict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """`RunSummary`."""
        return {
            "run": self.number,
            "started_at": self.started_at,
            "stopped_at": self.stopped_at,
            "host": self.host,
            "profile": self.profile,
            "user_count": self.user_count,
            "requests": self.requests,
            "failures": self.failures,
            "endpoints": [
                {"id": each, "method": self.names[each][0], "name": self.names[each][1]}
                for each in self.series
                if each != TOTAL
            ],
        }


class Runs:
    """Follows the runs of an environment.

    Attributes:
        current: the run that goes on, or the last one.
        on_point: called with (endpoint, point) for each second of each endpoint that is followed.
        on_mark: called with each new mark.
        on_begin: called when a run has begun, or its numbers have been set to zero.
        is_paused: whether the run goes on without load.
        paused_load: users and rate to come back to.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.percentiles = shown_percentiles()
        self.current = Run(0)
        self._former: list[Run] = []
        self.on_point: Callable[[str, Point], None] = _ignore
        self.on_mark: Callable[[dict[str, Any]], None] = _ignore
        self.on_begin: Callable[[], None] = _ignore
        self.is_paused = False
        self.paused_load: tuple[int, float] | None = None
        self.spawn_rate: float | None = None
        self._entries: dict[str, StatsEntry] = {}
        self._seen_entries = 0
        self._seen_generation = -1
        self._last_second = 0
        self._users_at: OrderedDict[int, int] = OrderedDict()
        self._mark_count = 0
        self._target_user_count = 0
        self._start_time = 0.0
        self._workers: dict[str, bool] = {}
        self._has_cpu_warning = False
        self._to_shrink: list[Series] = []
        self._greenlet: gevent.Greenlet[..., Any] | None = None
        events = environment.events
        events.test_start.add_listener(self._begin)
        events.test_stop.add_listener(self._end)
        events.spawning_complete.add_listener(self._note_spawned)

    def start(self) -> None:
        """Looks every second from now on."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._look_for_ever)
            self._greenlet.link_exception(greenlet_exception_logger(logger))

    def stop(self) -> None:
        if self._greenlet is not None:
            self._greenlet.kill(block=False)
            self._greenlet = None

    def all(self) -> list[Run]:
        """Those that can still be looked at, the latest last; without number 0 unless it is the only one."""
        return [*self._former, self.current]

    def find(self, number: int | None) -> Run | None:
        """The run of this number, or the current one."""
        if number is None:
            return self.current
        return next((run for run in self.all() if run.number == number), None)

    def follow(self, endpoint: str) -> bool:
        """Keeps the course of an endpoint from now on, if there is such a name and room; whether it is kept."""
        if endpoint in self.current.series:
            return True
        if len(self.current.series) > 2 * MAX_FOLLOWED or self._environment.runner is None:
            return False
        for entry in self._environment.runner.stats.entries.values():
            if endpoint_id(entry.method or "", entry.name) == endpoint:
                self._follow_entry(endpoint, entry)
                return True
        return False

    def report_values(self) -> dict[str, Any]:
        """The current run as the HTML report has it."""
        series = self.current.series.get(TOTAL)
        step_s, points = series.thinned(MAX_REPORT_POINTS) if series is not None else (1, [])
        course = {
            "percentiles": self.percentiles,
            "latency_bounds_ms": LATENCY_BOUNDS_MS,
            "total": {"step_s": step_s, **as_columns(points, len(self.percentiles), has_heat=True)},
        }
        # Workers that leave at the end aren't lost.
        end = self.current.stopped_at
        marks = [mark for mark in self.current.marks if end is None or mark["time"] <= end]
        return {"series": course if points else None, "marks": marks}

    def mark(self, kind: str, text: str, at: float | None = None) -> None:
        """Notes on the time axis that something happened."""
        self._mark_count += 1
        mark = {
            "id": self._mark_count,
            "run": self.current.number,
            "time": time.time() if at is None else at,
            "kind": kind,
            "text": text,
        }
        self.current.marks.append(mark)
        del self.current.marks[:-MAX_MARKS]
        self.on_mark(mark)

    def wait_for_next(self, before: Run) -> None:
        """Waits for the run after `before`, but not for ever: listeners of `test_start` may take their time."""
        deadline = time.monotonic() + MAX_WAIT_SEC
        while self.current is before and time.monotonic() < deadline:
            gevent.sleep(0.005)

    # --- what happens to the run ---

    def _begin(self, **_: Any) -> None:
        runner = self._environment.runner
        if runner is None:
            return
        now = time.time()
        if self.current.number:
            self._finish(now)
            self._to_shrink += self.current.series.values()
            self._former = [*self._former, self.current][-(MAX_RUNS - 1) :]
        self.current = Run(self.current.number + 1, now, host=self._environment.host, profile=self._environment.profile)
        self.current.series[TOTAL] = self._new_series()
        self.is_paused = False
        self._entries = {}
        self._seen_generation = -1
        self._last_second = int(now) - 1
        self._start_time = runner.stats.total.start_time
        self._target_user_count = -1
        self._has_cpu_warning = False
        self.on_begin()
        self.mark("start", self._load_text(runner.target_user_count), now)

    def _end(self, **_: Any) -> None:
        if self.current.number and self.current.stopped_at is None:
            self._finish(time.time())
            self._count()
            self.is_paused = False
            self.mark("stop", "Run stopped", self.current.stopped_at)

    def _finish(self, now: float) -> None:
        if self.current.stopped_at is None:
            self.current.stopped_at = now

    def _count(self) -> None:
        """Takes the numbers over, which the next run will clear."""
        runner = self._environment.runner
        if runner is not None:
            self.current.requests = runner.stats.total.num_requests
            self.current.failures = runner.stats.total.num_failures

    def _note_spawned(self, user_count: int, **_: Any) -> None:
        runner = self._environment.runner
        if runner is not None and self.current.number and self.current.stopped_at is None and not self.is_paused:
            self._note_load(runner.target_user_count)
            self.mark("spawned", f"All {user_count} users are there")

    def _load_text(self, user_count: int) -> str:
        shape = shape_name(self._environment)
        if shape is not None:
            return f"Shape {shape}"
        rate = self.spawn_rate or getattr(self._environment.parsed_options, "spawn_rate", None)
        return f"{user_count} users" + (f" at {rate:g} per second" if rate else "")

    def note_reset(self) -> None:
        """Notes it when the statistics have been set to zero."""
        runner = self._environment.runner
        if runner is None or not self.current.number or runner.stats.total.start_time == self._start_time:
            return
        self._start_time = runner.stats.total.start_time
        self.mark("reset", "Statistics set to zero")
        self.on_begin()

    # --- every second ---

    def _look_for_ever(self) -> None:
        while True:
            # Just after a second is over.
            gevent.sleep(1.05 - time.time() % 1)
            try:
                self.look(time.time())
            except Exception:
                logger.exception("The run can't be followed")

    def look(self, now: float) -> None:
        """Takes the numbers of the seconds that are over, and notes what has changed since the last look."""
        runner = self._environment.runner
        if runner is None:
            return
        if self._to_shrink and int(now) % SHRINK_EVERY_SEC == 0:
            # One at a time: it takes a while.
            self._to_shrink.pop().shrink(MAX_OLD_POINTS)
        self._note_workers()
        self._users_at[int(now) - 1] = runner.user_count
        while len(self._users_at) > 2 * MAX_LATE_SECONDS:
            self._users_at.popitem(last=False)
        if not self.current.number:
            return
        is_running = is_under_way(runner)
        if is_running:
            self.current.user_count = max(self.current.user_count, runner.user_count)
            self._note_load(runner.target_user_count)
            self._note_cpu(runner.cpu_warning_emitted or runner.worker_cpu_warning_emitted)
        self._count()
        self.note_reset()
        self._follow_new_names()
        # Workers report what they have measured a while later.
        lag = int(runners.WORKER_REPORT_INTERVAL) + 2 if is_distributed(runner) else 0
        self._take_seconds(int(now) - 1 - lag)

    def take_rest(self) -> None:
        """Takes the whole seconds that are still missing of a run that is over: nobody reports any more."""
        if self.current.stopped_at is not None:
            self._take_seconds(int(self.current.stopped_at) - 1)

    def _take_seconds(self, last: int) -> None:
        runner = self._environment.runner
        assert runner is not None
        if self.current.stopped_at is not None:
            last = min(last, int(self.current.stopped_at))
        first = max(self._last_second + 1, last - MAX_LATE_SECONDS)
        if first > last:
            return
        self._last_second = last
        run = self.current
        for endpoint, entry in (*self._entries.items(), (TOTAL, runner.stats.total)):
            if self.current is not run:
                return  # it began while others had their turn
            times = dict(entry.recent_seconds(first - 1))
            series = run.series[endpoint]
            for second in range(first, last + 1):
                totals = entry.sum_between(second, second + 1)
                users = self._users_at.get(second, runner.user_count)
                point = point_of_second(second, totals, times.get(second, ()), self.percentiles, users)
                series.append(point)
                self.on_point(endpoint, point)

    def _follow_new_names(self) -> None:
        runner = self._environment.runner
        assert runner is not None
        recorder = runner.stats.recorder
        if recorder.generation != self._seen_generation:
            self._seen_generation = recorder.generation
            self._seen_entries = 0
            self._entries = {}
        if recorder.entry_count == self._seen_entries or len(self._entries) >= MAX_FOLLOWED:
            return
        self._seen_entries = recorder.entry_count
        for entry in runner.stats.entries.values():
            endpoint = endpoint_id(entry.method or "", entry.name)
            if endpoint not in self._entries:
                self._follow_entry(endpoint, entry)
            if len(self._entries) >= MAX_FOLLOWED:
                break

    def _follow_entry(self, endpoint: str, entry: StatsEntry) -> None:
        entry.remember_recent(MAX_LATE_SECONDS)
        self._entries[endpoint] = entry
        self.current.names[endpoint] = (entry.method or "", entry.name)
        if endpoint not in self.current.series:
            self.current.series[endpoint] = self._new_series()

    def _new_series(self) -> Series:
        # They get too long one after another, not all in the same second.
        max_points = MAX_POINTS - STAGGER_POINTS * len(self.current.series)
        return Series(self.percentiles, max_points, pause=lambda: gevent.sleep(0))

    def _note_load(self, target_user_count: int) -> None:
        before, self._target_user_count = self._target_user_count, target_user_count
        if before in (-1, target_user_count) or self.is_paused:
            return
        kind = "load" if self._environment.shape_class is None else "shape"
        self.mark(kind, f"{target_user_count} users wanted, {before} before")

    def _note_cpu(self, has_warning: bool) -> None:
        if has_warning and not self._has_cpu_warning:
            self.mark("cpu", "Too little processor time: response times may be measured too long from here on")
        self._has_cpu_warning = has_warning

    def _note_workers(self) -> None:
        nodes = worker_nodes(self._environment.runner)
        present = {node.id: node.state != runners.STATE_MISSING for node in nodes}
        for worker, is_there in present.items():
            was_there = self._workers.get(worker, False)
            if is_there != was_there:
                self.mark(*(("worker-joined", f"Worker {worker} joined") if is_there else _lost(worker)))
        for worker, was_there in self._workers.items():
            if was_there and worker not in present:
                self.mark(*_lost(worker))
        self._workers = present


def _lost(worker: str) -> tuple[str, str]:
    return "worker-lost", f"Worker {worker} is lost"


def _ignore(*_: Any) -> None:
    """Nobody listens."""
