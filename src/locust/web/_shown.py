"""What all viewers have been shown, as JSON: the base from which only changes have to be sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import gevent

from locust import log, runners
from locust._course import facts
from locust._course.series import LATENCY_BOUNDS_MS
from locust._version import __version__
from locust.web import _rows
from locust.web._rows import encode

if TYPE_CHECKING:
    from locust._course.runs import Runs
    from locust.stats import StatsEntry
    from locust.web import WebUI

Event = tuple[str, str]
"""Name and JSON."""

# What may change in one second without taking too much time from the users; more names take turns.
MAX_ROWS: Final = 1000
# The rates of late go on changing after the last request.
STAYS_HOT_SEC: Final = 13.0
MAX_LOG_LINES: Final = 500
EXTENDED_INTERVAL_SEC: Final = 2.0
# So many rows are made before others get their turn.
ROWS_AT_ONCE: Final = 100
MASTER: Final = "master"


class _Row:
    """One name's row as it was shown."""

    __slots__ = ("entry", "failures", "hot_until", "id", "made_at", "requests", "text")

    def __init__(self, entry: StatsEntry) -> None:
        self.entry = entry
        self.id = facts.endpoint_id(entry.method or "", entry.name)
        self.requests = -1
        self.failures = -1
        self.hot_until = 0.0
        self.made_at = 0.0
        self.text = ""


class Shown:
    """Finds out what has changed since it was last asked.

    Attributes:
        epoch: goes up when all is to be shown anew.
    """

    def __init__(self, web_ui: WebUI, runs: Runs) -> None:
        self._web_ui = web_ui
        self._environment = web_ui.environment
        self._runs = runs
        self._extended_at = 0.0
        self._logs: dict[str, list[str]] = {}
        self.epoch = 0
        self.forget()

    def forget(self) -> None:
        """Everything but the logs is to be shown anew."""
        self.epoch += 1
        self._rows: list[_Row] = []
        self._generation = -1
        self._total = ""
        self._errors: dict[str, tuple[int, str]] = {}
        self._exceptions: dict[str, tuple[int, str]] = {}
        self._workers = ""
        self._state: dict[str, Any] = {}
        self._extended = "[]"

    def changes(self, max_rows: int | None = MAX_ROWS) -> list[Event]:
        """What has changed, as events; of many names, only some.

        Args:
            max_rows: rows of statistics at most; None for all.
        """
        now = time.time()
        events: list[Event] = []
        self._change_state(events)
        self._change_stats(events, now, max_rows)
        self._change_errors(events)
        self._change_exceptions(events)
        workers = encode(_rows.worker_rows(self._environment.runner))
        if workers != self._workers:
            self._workers = workers
            events.append(("workers", workers))
        self._change_logs(events)
        self._change_extended(events, now)
        return events

    def has_lost_rows(self) -> bool:
        """Whether rows that were shown are there no more, which no event can say."""
        runner = self._environment.runner
        return (
            runner is not None
            and self._generation != -1
            and (
                runner.stats.recorder.generation != self._generation
                or len(runner.errors) < min(len(self._errors), _rows.MAX_ERRORS)
                or len(runner.exceptions) < min(len(self._exceptions), _rows.MAX_EXCEPTIONS)
            )
        )

    def snapshot(self) -> str:
        """All of it, as it was last shown: a `Snapshot` as JSON."""
        parts = {
            "version": encode(__version__),
            "locustfile": encode(self._environment.locustfile),
            "is_distributed": encode(facts.is_distributed(self._environment.runner)),
            "percentiles": encode(self._runs.percentiles),
            "latency_bounds_ms": encode(LATENCY_BOUNDS_MS),
            "state": encode(self.run_state()),
            "statistics": self.statistics(),
            "errors": self.errors(),
            "exceptions": self.exceptions(),
            "workers": self._workers or "[]",
            "logs": self.logs(),
            "marks": encode(self._runs.current.marks),
            "extended_stats": self._extended,
        }
        return "{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}"

    def statistics(self) -> str:
        rows = ",".join(row.text for row in self._rows if row.text)
        return f'{{"rows":[{rows}],"total":{self._total or self._empty_total()}}}'

    def errors(self) -> str:
        return "[" + ",".join(text for _, text in self._errors.values()) + "]"

    def exceptions(self) -> str:
        return "[" + ",".join(text for _, text in self._exceptions.values()) + "]"

    def workers(self) -> str:
        return self._workers or "[]"

    def logs(self) -> str:
        return encode([{"node": node, "lines": lines} for node, lines in self._logs.items()])

    def run_state(self) -> dict[str, Any]:
        """`RunState`, as of now."""
        runner, run = self._environment.runner, self._runs.current
        options = self._environment.parsed_options
        by_class = facts.users_by_class(runner)
        return {
            "state": runners.STATE_MISSING if runner is None else runner.state,
            "is_paused": self._runs.is_paused,
            "run": run.number,
            "started_at": run.started_at,
            "stopped_at": run.stopped_at,
            "time": time.time(),
            "user_count": 0 if runner is None else runner.user_count,
            "target_user_count": 0 if runner is None else runner.target_user_count,
            "spawn_rate": self._runs.spawn_rate or getattr(options, "spawn_rate", None),
            "users_by_class": by_class,
            "host": self._environment.host,
            "profile": self._environment.profile,
            "run_time_s": self._web_ui.run_timer.seconds,
            "shape_class": facts.shape_name(self._environment),
            "worker_count": facts.worker_count(self._environment) if facts.is_distributed(runner) else None,
            "cpu_percent": 0 if runner is None else runner.current_cpu_usage,
            "memory_bytes": 0 if runner is None else runner.current_memory_usage,
            "warnings": [] if runner is None else _rows.warnings(runner),
        }

    # --- what has changed ---

    def _change_state(self, events: list[Event]) -> None:
        state = self.run_state()
        at = state.pop("time")
        if state != self._state:
            self._state = state
            events.append(("state", encode({**state, "time": at})))

    def _change_stats(self, events: list[Event], now: float, max_rows: int | None) -> None:
        runner = self._environment.runner
        if runner is None:
            return
        self._find_new_rows()
        hot = []
        for row in self._rows:
            requests, failures = row.entry.num_requests, row.entry.num_failures
            if requests != row.requests or failures != row.failures:
                row.requests, row.failures = requests, failures
                row.hot_until = now + STAYS_HOT_SEC
                hot.append(row)
            elif row.hot_until > now or row.made_at < row.hot_until:
                hot.append(row)
        if max_rows is not None and len(hot) > max_rows:
            hot.sort(key=lambda row: row.made_at)
        made = hot[:max_rows]
        texts = []
        for index, row in enumerate(made):
            if index % ROWS_AT_ONCE == ROWS_AT_ONCE - 1:
                gevent.sleep(0)
            text = encode(_rows.stats_row(row.entry, row.id, self._runs.percentiles))
            row.made_at = now
            if text != row.text:
                row.text = text
                texts.append(text)
        total = encode(_rows.total_row(runner.stats, self._runs.percentiles))
        if texts or total != self._total:
            self._total = total
            pending = len(hot) - len(made)
            events.append(("stats", f'{{"rows":[{",".join(texts)}],"total":{total},"pending":{pending}}}'))

    def _find_new_rows(self) -> None:
        runner = self._environment.runner
        assert runner is not None
        recorder = runner.stats.recorder
        if recorder.generation != self._generation:
            self._generation = recorder.generation
            self._rows = []
        if recorder.entry_count != len(self._rows):
            known = len(self._rows)
            self._rows += [_Row(entry) for entry in list(runner.stats.entries.values())[known:]]

    def _change_errors(self, events: list[Event]) -> None:
        runner = self._environment.runner
        changed = []
        for key, error in list(runner.errors.items())[: _rows.MAX_ERRORS] if runner is not None else ():
            shown = self._errors.get(key)
            if shown is None or shown[0] != error.occurrences:
                text = encode(_rows.error_row(key, error))
                self._errors[key] = (error.occurrences, text)
                changed.append(text)
        if changed:
            events.append(("errors", f"[{','.join(changed)}]"))

    def _change_exceptions(self, events: list[Event]) -> None:
        runner = self._environment.runner
        changed = []
        for key, row in list(runner.exceptions.items())[: _rows.MAX_EXCEPTIONS] if runner is not None else ():
            shown = self._exceptions.get(str(key))
            if shown is None or shown[0] != row["count"]:
                text = encode(_rows.exception_row(key, row))
                self._exceptions[str(key)] = (row["count"], text)
                changed.append(text)
        if changed:
            events.append(("exceptions", f"[{','.join(changed)}]"))

    def _change_logs(self, events: list[Event]) -> None:
        for node, lines in {MASTER: log.get_logs(), **self._environment.worker_logs}.items():
            latest = list(lines)[-MAX_LOG_LINES:]
            news = new_lines(self._logs.get(node, []), latest)
            self._logs[node] = latest
            if news:
                events.append(("log", encode({"node": node, "lines": news})))

    def _change_extended(self, events: list[Event], now: float) -> None:
        """Asks plugins for the rows of their tables: they add them to the answers of `/stats/requests`."""
        if not self._web_ui.template_args.get("extended_tables") or now - self._extended_at < EXTENDED_INTERVAL_SEC:
            return
        self._extended_at = now
        rows = self._web_ui.extended_stats()
        text = encode(rows)
        if text != self._extended:
            self._extended = text
            events.append(("extended_stats", text))

    def _empty_total(self) -> str:
        from locust.stats import RequestStats

        return encode(_rows.total_row(RequestStats(), self._runs.percentiles))


def new_lines(before: list[str], after: list[str]) -> list[str]:
    """The lines that came to the end, when both are the last ones of one log."""
    if not before:
        return after
    # The old end is searched for from the new end on; three lines tell it from a repeated one.
    end = before[-3:]
    for index in range(len(after), 0, -1):
        if after[index - 1] == end[-1] and after[max(0, index - len(end)) : index] == end[-min(index, len(end)) :]:
            return after[index:]
    return after
