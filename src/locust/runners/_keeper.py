"""A master's run, kept in a journal and taken up again when the master was killed (`--journal`)."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, NoReturn

import gevent

from locust._native import Snapshot
from locust.runners._journal import Accepted, Journal, UnfinishedRun
from locust.runners._messages import check_report, number_of
from locust.runners._reports import REPORT_ACCEPTED, RUN, Ledger
from locust.runners._state import STATE_RUNNING

if TYPE_CHECKING:
    from locust.runners._master import MasterRunner

COMMIT_SECONDS = 0.5
"""Reports wait so long at most until they are on disk and their workers hear that they are accepted."""
CHECKPOINT_SECONDS = 30.0
RETURN_SECONDS = 10.0
"""How long a master that was started again waits for the workers of its run."""
UNNUMBERED = 0
"""The number of a report of a worker that doesn't count them."""

logger = logging.getLogger("locust.runners")


class Keeper:
    """Writes what a master accepts into its journal, and brings it back.

    Args:
        runner: the master.
        journal: its file.
        identity: what a master with `--secure` must know to be the one that its workers know.
    """

    def __init__(self, runner: MasterRunner, journal: Journal, identity: dict[str, bytes] | None = None) -> None:
        self.identity = identity
        self._runner = runner
        self._journal = journal
        self._heard_again: list[tuple[str, int]] = []
        self._expected: set[str] = set()
        self._began_at = 0.0
        self._is_open = False
        self._checkpoint_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is a run to keep."""
        return self._is_open

    @property
    def is_taking_up(self) -> bool:
        """Whether the run is one that another master began, and its workers are still waited for."""
        return bool(self._expected)

    @property
    def elapsed_seconds(self) -> float:
        """Since the run began, under whichever master."""
        return time.time() - self._began_at if self._is_open else 0.0

    # --- keeping -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A test begins."""
        self._is_open = True
        self._began_at = time.time()

    def note(self, client_id: str, number: int | None, data: dict[str, Any]) -> None:
        """A report was accepted; its worker hears so when it is on disk."""
        content = dict(data)
        if isinstance(content.get("snapshot"), Snapshot):
            content["snapshot"] = content["snapshot"].encode()
        self._journal.accept(Accepted(client_id, UNNUMBERED if number is None else number, content))

    def note_again(self, client_id: str, number: int) -> None:
        """A report came that was accepted before: its worker didn't hear so."""
        self._heard_again.append((client_id, number))

    def checkpoint(self) -> None:
        """Writes the whole run anew, if there is one."""
        if self._is_open:
            self._journal.commit()
            self._journal.checkpoint(self._state())
            self._checkpoint_at = time.monotonic()

    def end(self) -> None:
        """The test ends: nothing is to be taken up any more."""
        if self._is_open:
            self.commit()
            self._is_open = False
            self._journal.finish()

    def keep(self) -> NoReturn:
        """Writes from time to time."""
        while True:
            gevent.sleep(COMMIT_SECONDS)
            self.commit()
            if self._journal.wants_checkpoint or time.monotonic() - self._checkpoint_at > CHECKPOINT_SECONDS:
                self.checkpoint()

    def commit(self) -> None:
        """Writes the reports that came, and tells their workers."""
        again, self._heard_again = self._heard_again, []
        on_disk = [(report.worker, report.number) for report in self._journal.commit()]
        for client_id, number in [*on_disk, *again]:
            if number != UNNUMBERED:
                self._runner._send_quietly(client_id, REPORT_ACCEPTED, number)

    def _state(self) -> dict[str, Any]:
        runner = self._runner
        return {
            "began_at": self._began_at,
            RUN: runner._run,
            "target_user_count": runner.target_user_count,
            "spawn_rate": runner.spawn_rate,
            "host": runner.environment.host,
            "worker_indexes": runner.worker_indexes,
            "ledgers": {client_id: ledger.state() for client_id, ledger in runner._ledgers.items()},
            "last_spawn_at": runner._last_spawn_at,
            "statistics": runner.stats.recorder.snapshot().encode(),
            "history": runner.stats.history,
            "exceptions": {key: {**row, "nodes": sorted(row["nodes"])} for key, row in runner.exceptions.items()},
            "identity": self.identity,
        }

    # --- taking up -----------------------------------------------------------------------------------------------

    def take_up(self, run: UnfinishedRun) -> None:
        """Brings back what the master knew that began this run. Its workers haven't noticed much."""
        runner, state = self._runner, run.state
        self._is_open = True
        self._began_at = state["began_at"]
        runner._run = state[RUN]
        runner.target_user_count = state["target_user_count"]
        runner.spawn_rate = state["spawn_rate"]
        runner.environment.host = state["host"]
        runner.worker_indexes = state["worker_indexes"]
        runner.worker_index_max = max(runner.worker_indexes.values(), default=-1) + 1
        runner._last_spawn_at = state["last_spawn_at"]
        for client_id, entered in state["ledgers"].items():
            runner._ledgers[client_id] = Ledger.of(entered)
        runner.stats.recorder.merge(Snapshot.decode(state["statistics"]))
        runner.stats.history = state["history"]
        for key, row in state["exceptions"].items():
            row["nodes"] = set(row["nodes"])
            runner.exceptions[key] = row
        for report in run.reports:
            self._count_again(report)
        self._expected = set(runner.worker_indexes)
        runner.environment._filter_tasks_by_tags()
        runner.update_state(STATE_RUNNING)
        self.checkpoint()
        logger.info(
            "Taking up the run that began %.0f s ago: %d requests were counted, %d users on %d workers are expected",
            self.elapsed_seconds,
            runner.stats.total.num_requests,
            runner.target_user_count,
            len(self._expected),
        )

    def may_return(self, client_id: str) -> bool:
        """Whether a node that isn't known is one of the run's workers."""
        return client_id in self._expected

    def await_return(self) -> None:
        """Waits for the run's workers, until all are back or it has been too long."""
        deadline = time.monotonic() + RETURN_SECONDS
        while time.monotonic() < deadline and not self._are_all_back():
            gevent.sleep(0.1)
        lost = self._expected - set(self._runner.clients)
        self._expected = set()
        if lost:
            logger.warning("%d workers of the run didn't come back: their users go to the others", len(lost))

    def _are_all_back(self) -> bool:
        clients = self._runner.clients
        return all(client_id in clients and clients[client_id]._last_report_at for client_id in self._expected)

    def _count_again(self, report: Accepted) -> None:
        runner = self._runner
        check_report(report.content)
        number = number_of(report.content)
        if (number is None or runner._ledgers[report.worker].enter(number)) and report.content.get(
            RUN, runner._run
        ) in (None, runner._run):
            # To our own numbers only: other listeners were told by the master that is gone.
            runner.stats.count_report(report.content)
