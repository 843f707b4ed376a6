"""Looks at the processor and memory use of this process while its runner lives."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NoReturn

import gevent

from locust import runners

if TYPE_CHECKING:
    from locust.runners import Runner

logger = logging.getLogger("locust.runners")

ADVICE = (
    "This may constrain your throughput and may even give inconsistent response time measurements! "
    "Spread the load over more processes (--processes) or machines (--master and --worker)."
)


def watch(runner: Runner) -> NoReturn:
    """Measure every CPU_MONITOR_INTERVAL seconds and tell the listeners; warn once a test when little is left."""
    import psutil

    process = psutil.Process()
    process.cpu_percent()
    environment = runner.environment
    while True:
        gevent.sleep(runners.CPU_MONITOR_INTERVAL)
        runner.current_cpu_usage = process.cpu_percent()
        runner.current_memory_usage = process.memory_info().rss
        if runner.current_cpu_usage > runners.CPU_WARNING_THRESHOLD:
            environment.events.cpu_warning.fire(environment=environment, cpu_usage=runner.current_cpu_usage)
            if not runner.cpu_warning_emitted:
                logger.warning("CPU usage above %s%%! %s", runners.CPU_WARNING_THRESHOLD, ADVICE)
                runner.cpu_warning_emitted = True
        environment.events.usage_monitor.fire(
            environment=environment, cpu_usage=runner.current_cpu_usage, memory_usage=runner.current_memory_usage
        )
