"""Plugins from PyPI do the same on both: locust-plugins above all, and others that build on Locust."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from beside import Comparison, Outcome, Run, probe
from beside.programs import FOLDER, PLUGINS, plugins
from test_locustfiles import looks

Alike = Callable[..., None]

FILES = {path.name: path.read_text() for path in sorted((FOLDER / "plugged").iterdir()) if path.is_file()}
WITH_PLUGINS = {"PYTHONPATH": str(PLUGINS)}
USUAL = "--headless -u 2 -r 20 -t 2 --only-summary"


def plugged(case: str, arguments: str, **more: Any) -> Run:
    return Run(case, arguments, FILES, **{"environment": WITH_PLUGINS, "loose": True, **more})


RUNS = [
    plugged("transactions", f"-f transactions.py -H {{target}} {USUAL}"),
    plugged("transactions in a file", f"-f transactions.py -H {{target}} {USUAL} --log-transactions-in-file --csv out"),
    plugged("results for jmeter", f"-f jmeter.py -H {{target}} {USUAL}"),
    plugged("checks that hold", f"-f plain.py -H {{target}} {USUAL} --check-rps 1 --check-fail-ratio 0.9"),
    plugged("a rate that is missed", f"-f plain.py -H {{target}} {USUAL} --check-rps 1000000"),
    plugged("a fail ratio that is exceeded", f"-f plain.py -H {{target}} {USUAL} --check-fail-ratio 0.01"),
    plugged("a time that is exceeded", f"-f plain.py -H {{target}} {USUAL} --check-avg-response-time 0.0001"),
    # By one user: of several that end at the same moment, 2.47 may not notice the last.
    plugged("a limit of iterations", f"-f plain.py -H {{target}} {USUAL} -i 10 -u 1 -t 20"),
    plugged("a limit of iterations of one", f"-f plain.py -H {{target}} {USUAL} -i 1 -u 1 -t 20"),
    plugged("iterations a second", f"-f plain.py -H {{target}} {USUAL} --ips 10"),
    plugged("an interval of the console", f"-f plain.py -H {{target}} {USUAL} --console-stats-interval 1"),
    plugged("pools of connections", f"-f pools.py -H {{target}} {USUAL} --pool_size 2"),
    plugged(
        "embedded resources", f"-f resources.py {USUAL}", environment={**WITH_PLUGINS, "PAGE": "{file:embedding.html}"}
    ),
    plugged("distributed data", f"-f distributed_data.py -H {{target}} {USUAL}"),
    plugged("the list of users", "-f transactions.py,jmeter.py,resources.py --list"),
    plugged("one user", "debugged.py {target}", is_script=True),
    plugged("locust-jtl-logger", f"-f jtl.py -H {{target}} {USUAL}"),
    plugged("locust-plugin-result", f"-f result.py -H {{target}} {USUAL}"),
    plugged("locust-telemetry", f"-f telemetry.py -H {{target}} {USUAL}"),
    plugged("invokust", "invoked.py {target}", is_script=True),
]


def without_figures(theirs: Outcome, ours: Outcome) -> tuple[dict[str, object], dict[str, object]]:
    """As of any locustfile, but what plugins log and print has figures."""
    seen = looks(theirs, ours)
    for one in seen:
        for stream in ("stdout", "stderr"):
            # invokust's figures come in the order of the first requests.
            text = re.sub(r'\{"requests": .*', "{}", str(one[stream]))
            one[stream] = sorted(set(re.sub(r"\d[\d.]*", "N", text).splitlines()))
    return seen


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_a_plugin_does_the_same(run: Run, alike: Alike) -> None:
    alike(run, without_figures)


MODULES = (
    "grasshopper.lib.configuration", "har2locust", "har2locust.plugin", "invokust", "locust_influxdb_listener",
    "locust_jtl_logger", "locust_plugin_result", "locust_plugin_result.web", "locust_plugins",
    "locust_plugins.connection_pools", "locust_plugins.csvreader", "locust_plugins.distributor",
    "locust_plugins.listeners", "locust_plugins.listeners.jmeter", "locust_plugins.transaction_manager",
    "locust_plugins.users", "locust_plugins.users.ftp", "locust_plugins.users.resource", "locust_plugins.utils",
    "locust_plugins.wait_time", "locust_swarm", "locust_telemetry", "locust_telemetry.entrypoint",
    "locust_telemetry.core.coordinator", "locust_telemetry.recorders.json.plugin", "locust_victoria_metrics.pusher",
)  # fmt: skip


@pytest.fixture(scope="module")
def imported() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return probe("importing", {"folder": str(plugins()), "modules": MODULES})


@pytest.mark.parametrize("module", MODULES)
def test_a_plugin_is_imported_alike(module: str, imported: tuple[Mapping[str, Any], ...], same: Comparison) -> None:
    theirs, ours = imported
    assert "raises" not in theirs[module]
    same(theirs[module], ours[module])
