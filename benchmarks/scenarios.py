"""The experiments. Each gives a table: rows of numbers by generator, and what is missing with its reason."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import peers, processes
from benchmarks.generators import GENERATORS, Load
from benchmarks.load import LoadError, Observation, observe, tail
from benchmarks.targets import BundledTarget, MissingError, Nginx
from benchmarks.wire import WireCapture

LOOP_USERS = 50
WAITING_USERS = 1_000
BUSY_USERS = 10
FEW_IDLE_USERS = 100
MANY_IDLE_USERS = 10_000
SPAWN_SECONDS = 90.0
OURS = ["fast", "http"]
UPSTREAM = ["upstream-fast", "upstream-http"]
PEERS = ["oha", "vegeta", "hey", "k6", "goose"]
START_UP_RUNS = 9


@dataclass(frozen=True)
class Plan:
    """How much to do."""

    rounds: int
    seconds: float
    directory: Path
    is_smoke: bool = False
    users: int = MANY_IDLE_USERS


@dataclass
class Table:
    """What an experiment found.

    Attributes:
        rows: by the name in the table, numbers by column. A list holds one number a round.
        missing: by name, why it is not here.
        failed: by name, why a round of it is not in its row; others may be.
    """

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=dict)

    def note(self, name: str, error: Exception) -> None:
        """Keep why a run came to nothing; what is missing is not asked for again."""
        print(f"  {name}: {error}", flush=True)
        if isinstance(error, MissingError):
            self.missing[name] = str(error)
        else:
            self.failed.setdefault(name, []).append(str(error))


@dataclass(frozen=True)
class Scenario:
    """An experiment: its title, what is done, how."""

    title: str
    description: str
    run: Callable[[Plan], Table]
    columns: tuple[str, ...]


def compare(
    plan: Plan, generators: Sequence[tuple[str, str]], path: str = "/", *, is_tls: bool = False, users: int = LOOP_USERS
) -> Table:
    """Rounds of runs: A B C, A B C ... Each rate is also given as a ratio to wrk's of the same round.

    Args:
        plan: how much.
        generators: keys of `GENERATORS` with a behaviour each.
        path: what to get.
        is_tls: over TLS 1.3.
        users: how many at a time.
    """
    table = Table()
    with Nginx(plan.directory / "nginx") as target:
        url = (target.tls_url if is_tls else target.url) + path
        for number in range(plan.rounds):
            wrk: Observation | None = None
            for key, behaviour in generators:
                generator = GENERATORS[key]
                name = generator.name if behaviour == "plain" else f"{generator.name}, {behaviour}"
                if name in table.missing:
                    continue
                try:
                    seen = observe(
                        generator,
                        target,
                        url,
                        plan.directory / "run",
                        users=users,
                        seconds=plan.seconds,
                        behaviour=behaviour,
                    )
                except (MissingError, LoadError) as error:
                    table.note(name, error)
                    continue
                wrk = seen if key == "wrk" else wrk
                _add(table, name, seen, wrk)
                ratio = "" if wrk is None else f", {seen.rate / wrk.rate:.2f} of wrk"
                print(
                    f"  round {number + 1}: {name}: {seen.rate:,.0f}/s{ratio}, {seen.cpu_us:.1f} us,"
                    f" target {seen.target_busy:.0%} busy",
                    flush=True,
                )
    return table


def _add(table: Table, name: str, seen: Observation, wrk: Observation | None) -> None:
    columns = ("rate", "ratio", "cpu_us", "cpu_ratio", "generator_busy", "target_busy", "p50_ms", "p99_ms")
    row = table.rows.setdefault(name, {column: [] for column in columns})
    row["rate"].append(seen.rate)
    if wrk is not None:
        row["ratio"].append(seen.rate / wrk.rate)
        row["cpu_ratio"].append(wrk.cpu_us / seen.cpu_us)
    row["cpu_us"].append(seen.cpu_us)
    row["generator_busy"].append(seen.generator_busy)
    row["target_busy"].append(seen.target_busy)
    if seen.reported is not None:
        row["p50_ms"].append(seen.reported.p50_ms)
        row["p99_ms"].append(seen.reported.p99_ms)


def _plain(plan: Plan) -> list[tuple[str, str]]:
    keys = ["wrk", *OURS] if plan.is_smoke else ["wrk", *OURS, *PEERS, *UPSTREAM]
    return [(key, "plain") for key in keys]


def loop_http(plan: Plan) -> Table:
    """The closed loop over HTTP."""
    return compare(plan, _plain(plan))


def loop_tls(plan: Plan) -> Table:
    """The closed loop over TLS 1.3."""
    return compare(plan, _plain(plan), is_tls=True)


def loop_10k(plan: Plan) -> Table:
    """The closed loop with bodies of 10 KB."""
    return compare(plan, _plain(plan), "/10k")


def variants(plan: Plan) -> Table:
    """Tasks that do more than get."""
    runs = [(key, behaviour) for behaviour in ("read", "listener", "catch") for key in OURS]
    return compare(plan, [("wrk", "plain"), *runs])


def waiting(plan: Plan) -> Table:
    """Many users that wait: 10,000 requests a second are asked for."""
    return compare(plan, [(key, "waiting") for key in OURS], users=WAITING_USERS)


def truth(plan: Plan) -> Table:
    """What is reported in a closed loop, beside the packets."""
    keys = ["wrk", *OURS, "oha", "vegeta", "hey", "k6", *UPSTREAM]
    with Nginx(plan.directory / "nginx") as target:
        return _beside_the_wire(plan, target, target.url + "/", [(key, "plain") for key in keys], LOOP_USERS)


def busy(plan: Plan) -> Table:
    """The same while Python is busy for 50 of every 52 ms, and the target answers after 5 ms."""
    runs = [(key, "busy") for key in (*OURS, *UPSTREAM)]
    with BundledTarget(plan.directory / "target", sys.executable) as target:
        return _beside_the_wire(plan, target, target.url + "/delay/5", runs, BUSY_USERS)


def _beside_the_wire(
    plan: Plan, target: Nginx | BundledTarget, url: str, runs: Sequence[tuple[str, str]], users: int
) -> Table:
    table = Table()
    for key, behaviour in list(runs) * plan.rounds:
        generator = GENERATORS[key]
        if generator.name in table.missing:
            continue
        try:
            with WireCapture(target.port) as wire:
                seen = observe(
                    generator,
                    target,
                    url,
                    plan.directory / "run",
                    users=users,
                    seconds=min(plan.seconds, 2.0),
                    behaviour=behaviour,
                    warm_up_seconds=0.0,
                )
            if seen.reported is None:
                raise LoadError(f"{generator.name} reports no percentiles")
        except (MissingError, LoadError) as error:
            table.note(generator.name, error)
            continue
        row = table.rows.setdefault(generator.name, {})
        reported = {"p50": seen.reported.p50_ms, "p90": seen.reported.p90_ms, "p99": seen.reported.p99_ms}
        for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            if reported[name] is not None:
                row.setdefault(f"{name}_ms", []).append(reported[name])
            row.setdefault(f"true_{name}_ms", []).append(wire.percentile_ms(share))
        row.setdefault("dropped_packets", []).append(wire.dropped)
        print(
            f"  {generator.name}: p50 {seen.reported.p50_ms:.3f} ms said, {wire.percentile_ms(0.5):.3f} true;"
            f" p99 {seen.reported.p99_ms:.3f} said, {wire.percentile_ms(0.99):.3f} true"
            f" ({len(wire.response_times_ms):,} seen, {wire.dropped:,} lost)",
            flush=True,
        )
    return table


def idle_users(plan: Plan) -> Table:
    """Memory of users that wait with a connection open, and what it takes to start them."""
    table = Table()
    with Nginx(plan.directory / "nginx") as target:
        for key in [*OURS, *UPSTREAM] * plan.rounds:
            generator = GENERATORS[key]
            if generator.name in table.missing:
                continue
            try:
                few = _spawn(key, target, plan.directory / "run", FEW_IDLE_USERS)
                many = _spawn(key, target, plan.directory / "run", plan.users)
            except (MissingError, LoadError) as error:
                table.note(generator.name, error)
                continue
            more = plan.users - FEW_IDLE_USERS
            found = {
                "kib_per_user": (many.memory_bytes - few.memory_bytes) / more / 1024,
                "spawn_cpu_s": (many.cpu_seconds - few.cpu_seconds) * plan.users / more,
                "spawn_s": many.elapsed_seconds,
            }
            row = table.rows.setdefault(generator.name, {})
            for column, number in found.items():
                row.setdefault(column, []).append(number)
            print(
                f"  {generator.name}: " + ", ".join(f"{name} {value:.2f}" for name, value in found.items()), flush=True
            )
    return table


@dataclass(frozen=True)
class _Spawned:
    memory_bytes: int
    cpu_seconds: float
    elapsed_seconds: float


def _spawn(key: str, target: Nginx, directory: Path, users: int) -> _Spawned:
    """Start users that send one request and then wait; look at them when all are there."""
    generator = GENERATORS[key]
    directory.mkdir(parents=True, exist_ok=True)
    load = Load(target.url + "/", users, SPAWN_SECONDS, directory, "idle")
    command = generator.command(generator.locate(), load)
    output = directory / "output.txt"
    before = target.request_count()
    process = processes.start(
        command.arguments, core=processes.GENERATOR_CORE, output=output, environment=command.environment
    )
    began_at = ended_at = None
    polls = 1
    try:
        give_up_at = time.monotonic() + SPAWN_SECONDS
        while ended_at is None:
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise LoadError(f"{generator.name} does not start {users} users: {tail(output)}")
            answered = target.request_count() - before - polls
            polls += 1
            if answered > 0 and began_at is None:
                began_at = time.monotonic()
            if answered >= users:
                ended_at = time.monotonic()
            else:
                time.sleep(0.01)
        cpu = processes.cpu_seconds(process.pid)
        # Until garbage and buffers of the spawning are gone.
        time.sleep(1.0)
        if target.connection_count() < users:
            raise LoadError(f"{generator.name} keeps {target.connection_count()} of {users} connections open")
        memory = processes.memory_bytes(process.pid)
    finally:
        process.kill()
        process.wait()
    assert began_at is not None
    return _Spawned(memory, cpu, ended_at - began_at)


def start_up(plan: Plan) -> Table:
    """How long it takes until something happens."""
    table = Table()
    commands = {"locust -V": ["-V"], "import locust": []}
    installations = {"ours": "fast"} if plan.is_smoke else {"ours": "fast", "Locust 2.47": "upstream-fast"}
    for name, key in installations.items():
        try:
            program = GENERATORS[key].locate()
        except MissingError as error:
            table.missing[name] = str(error)
            continue
        for what, arguments in commands.items():
            python = str(program.with_name("python"))
            command = [str(program), *arguments] if arguments else [python, "-c", "import locust"]
            row: dict[str, list[float]] = {"wall_s": [], "cpu_s": []}
            for _ in range(START_UP_RUNS):
                began_at, cpu = time.perf_counter(), _children_cpu_seconds()
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                row["wall_s"].append(time.perf_counter() - began_at)
                row["cpu_s"].append(_children_cpu_seconds() - cpu)
            if done.returncode != 0:
                table.note(f"{what}, {name}", LoadError((done.stderr.strip().splitlines() or ["failed"])[-1]))
                continue
            table.rows[f"{what}, {name}"] = row
            print(f"  {what}, {name}: {statistics.median(row['wall_s']):.3f} s", flush=True)
    return table


def _children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def calls(plan: Plan) -> Table:
    """Python and C calls of one request, as sys.setprofile sees them in the user's greenlet."""
    table = Table()
    with Nginx(plan.directory / "nginx") as target:
        for key in OURS if plan.is_smoke else [*OURS, *UPSTREAM]:
            generator = GENERATORS[key]
            directory = plan.directory / "run"
            directory.mkdir(parents=True, exist_ok=True)
            report = directory / "report.json"
            report.unlink(missing_ok=True)
            output = directory / "output.txt"
            try:
                load = Load(target.url + "/", 1, 10.0, directory, "calls")
                command = generator.command(generator.locate(), load)
                process = processes.start(
                    command.arguments, core=processes.GENERATOR_CORE, output=output, environment=command.environment
                )
                try:
                    process.wait(timeout=30)
                finally:
                    processes.stop(process)
                if not report.exists():
                    raise LoadError(f"{generator.name} did not count: {tail(output)}")
            except (MissingError, LoadError, subprocess.TimeoutExpired) as error:
                table.note(generator.name, error)
                continue
            table.rows[generator.name] = json.loads(report.read_text())
            print(f"  {generator.name}: {table.rows[generator.name]}", flush=True)
    return table


def versions() -> dict[str, str]:
    """What was measured, and on what."""
    # Locust says where it is installed, too: that's of this machine.
    found = {name: re.sub(r" from \S+", "", peers.version(name)) for name in peers.PEERS}
    found["nginx"] = Nginx(Path("unused")).version
    found["Python"] = sys.version.split()[0]
    return found


def machine() -> str:
    """One line about this machine."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, IndexError):
        model = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[0]
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


_RATES = ("rate", "ratio", "cpu_us", "cpu_ratio", "generator_busy", "target_busy", "p50_ms", "p99_ms")

SCENARIOS = {
    "http": Scenario("Closed loop, 100 B", "50 users without wait get 100 B over kept connections.", loop_http, _RATES),
    "tls": Scenario("Closed loop, 100 B, TLS 1.3", "The same over TLS 1.3; nobody verifies.", loop_tls, _RATES),
    "10k": Scenario("Closed loop, 10 KB", "The same with bodies of 10 KB.", loop_10k, _RATES),
    "variants": Scenario(
        "Closed loop, more work in the task",
        "*read*: status, text and one header of every response; *listener*: a Python listener of `events.request`; "
        "*catch*: `catch_response=True`. wrk does none of it.",
        variants,
        _RATES,
    ),
    "waiting": Scenario(
        "10,000 requests/s from 1,000 users with wait times",
        "`constant_throughput(10)`. The generator's core is idle in between.",
        waiting,
        ("rate", "cpu_us", "generator_busy", "p50_ms", "p99_ms"),
    ),
    "truth": Scenario(
        "Reported response times against the wire",
        "50 users in a closed loop. True is the time from the request's packet to the response's last one on the "
        "loopback interface, by the kernel's stamps.",
        truth,
        ("p50_ms", "true_p50_ms", "p90_ms", "true_p90_ms", "p99_ms", "true_p99_ms"),
    ),
    "busy": Scenario(
        "Reported response times while Python is busy",
        "Another greenlet burns 50 of every 52 ms; the target answers after 5 ms; 10 users.",
        busy,
        ("p50_ms", "true_p50_ms", "p90_ms", "true_p90_ms", "p99_ms", "true_p99_ms"),
    ),
    "users": Scenario(
        "10,000 users",
        "Each sends one request and then waits with its connection open. Memory is the difference between 10,000 and "
        "100 users (PSS), all machinery included; CPU is from the first to the last user's response.",
        idle_users,
        ("kib_per_user", "spawn_cpu_s", "spawn_s"),
    ),
    "startup": Scenario("Start-up", f"Median of {START_UP_RUNS} runs.", start_up, ("wall_s", "cpu_s")),
    "calls": Scenario(
        "Calls of one request",
        "Seen by `sys.setprofile` in the user's greenlet; deepest: Python frames from `client.get` down.",
        calls,
        ("python_calls", "c_calls", "deepest"),
    ),
}
