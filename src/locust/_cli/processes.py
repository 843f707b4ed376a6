"""`--processes`: one locust on several cores. Forks after the locustfile was loaded, so that its memory is shared."""

from __future__ import annotations

import argparse
import atexit
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Final

import gevent

from locust._cli import cluster
from locust.exception import LocustError

logger = logging.getLogger("locust.main")

GRACE_SECONDS: Final = 3.0
"""What children get to end by themselves when their parent ends."""
POLL_SECONDS: Final = 0.05
PARENT_CHECK_SECONDS: Final = 1.0
# What is the master's alone.
_NOT_FOR_CHILDREN: Final = {
    "run_time": None,
    "autostart": False,
    "csv_prefix": None,
    "html_file": None,
    "json": False,
    "json_file": None,
    "print_stats": False,
}

_parent_pid: int | None = None


def split(options: argparse.Namespace) -> int | None:
    """Becomes as many processes as asked for, and sets the options of each; None when there's a run to go on with.

    Gives an exit code in the parent of mere workers, when all have ended.

    Raises:
        LocustError: it can't be done.
    """
    if not options.processes:
        return None
    count = _count_of(options)
    if not options.worker:
        if options.master_bind_host == "*" and not (options.secure or options.cluster_tls):
            # Nobody else is expected; who wants others too, without encryption, names an address.
            options.master_bind_host = "127.0.0.1"
        cluster.prepare_for_children(options)
    children = _fork(count)
    if children is None:
        _become_worker(options)
        return None
    if options.worker:
        return _await(children)
    options.master = True
    options.expect_workers = count
    atexit.register(_end, children)
    return None


def watch_parent(on_gone: Callable[[], None]) -> gevent.Greenlet[..., None] | None:
    """Calls `on_gone` when this process's parent has ended, if it is one of `--processes` with a master."""
    return gevent.spawn(_watch, _parent_pid, on_gone) if _parent_pid is not None else None


def is_led_by_parent() -> bool:
    """Whether the parent is this worker's master, which ends it: CTRL+C goes to both."""
    return _parent_pid is not None


def _count_of(options: argparse.Namespace) -> int:
    if options.master:
        raise LocustError(
            "--master cannot be combined with --processes. Remove --master, as it is implicit as long as --worker is "
            "not set."
        )
    if options.processes < -1:
        raise LocustError(f"Invalid --processes count {options.processes}")
    if not hasattr(os, "fork"):
        raise LocustError("--processes needs fork(), which this system doesn't have: start a --master and --workers")
    return _core_count() if options.processes == -1 else int(options.processes)


def _core_count() -> int:
    """The cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _fork(count: int) -> list[int] | None:
    """Gives the children's process ids, and None in each of them."""
    gc.collect()
    # What is there now isn't looked at again, so that its pages stay shared.
    gc.freeze()
    children = []
    for _ in range(count):
        pid = os.fork()
        if not pid:
            return None
        logging.debug("Started child worker with pid #%s", pid)
        children.append(pid)
    return children


def _become_worker(options: argparse.Namespace) -> None:
    global _parent_pid
    if not options.worker:
        _parent_pid = os.getppid()
        options.worker = True
        cluster.join_parent(options)
        # Where the parent listens.
        options.master_port = options.master_bind_port
        if options.master_bind_host not in ("*", "0.0.0.0", "::"):
            options.master_host = options.master_bind_host
    for dest, value in _NOT_FOR_CHILDREN.items():
        setattr(options, dest, value)


def _await(children: list[int]) -> int:
    """Waits for workers and gives the worst of their exit codes. SIGTERM goes on to them."""
    interrupts = 0

    def on_interrupt(*_: object) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            _signal(children, signal.SIGKILL)

    # A terminal interrupts the children too.
    signal.signal(signal.SIGINT, on_interrupt)
    signal.signal(signal.SIGTERM, lambda *_: _signal(children, signal.SIGTERM))
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    # Ended by a signal: as a shell says it.
    return max(128 - code if code < 0 else code for code in codes)


def _end(children: list[int]) -> None:
    """Lets no child outlive its parent."""
    for number, seconds in ((None, GRACE_SECONDS), (signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, GRACE_SECONDS)):
        if number is not None:
            _signal(children, number)
        deadline = time.monotonic() + seconds
        while (left := [pid for pid in children if _is_alive(pid)]) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        children = left
        if not children:
            return


def _signal(children: list[int], number: int) -> None:
    for pid in children:
        if _is_alive(pid):
            os.kill(pid, number)


def _is_alive(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False


def _watch(parent_pid: int, on_gone: Callable[[], None]) -> None:
    while os.getppid() == parent_pid:
        gevent.sleep(PARENT_CHECK_SECONDS)
    logger.warning("The master, which started this worker, is gone")
    on_gone()
