"""The load generators: how each is started for a closed loop, and what it reports."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import peers

LOCUSTFILE = Path(__file__).with_name("locustfile.py")


@dataclass(frozen=True)
class Load:
    """A closed loop of users that do not wait (unless their behaviour does).

    Attributes:
        url: what to get, in full.
        users: how many at a time.
        seconds: how long.
        directory: where the generator may leave files.
        behaviour: see `locustfile.py`; the other generators know "plain" only.
    """

    url: str
    users: int
    seconds: float
    directory: Path
    behaviour: str = "plain"


@dataclass(frozen=True)
class Command:
    """What to start."""

    arguments: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reported:
    """Response times as the generator itself says, in milliseconds."""

    p50_ms: float
    p99_ms: float
    p90_ms: float | None = None


@dataclass(frozen=True)
class Generator:
    """One load generator.

    Attributes:
        name: as the tables show it.
        locate: gives its program, or raises MissingError.
        command: makes the command from the program and the load.
        reported: reads its report, from its output and the load's directory.
    """

    name: str
    locate: Callable[[], Path]
    command: Callable[[Path, Load], Command]
    reported: Callable[[str, Path], Reported | None]


def _locust(client: str) -> Callable[[Path, Load], Command]:
    def command(program: Path, load: Load) -> Command:
        scheme, _, rest = load.url.partition("://")
        host, _, path = rest.partition("/")
        environment = {
            "BENCH_CLIENT": client,
            "BENCH_BEHAVIOUR": load.behaviour,
            "BENCH_PATH": f"/{path}",
            "BENCH_REPORT": str(load.directory / "report.json"),
        }
        users = str(load.users)
        arguments = [str(program), "-f", str(LOCUSTFILE), "--headless", "-u", users, "-r", users]
        arguments += ["-t", f"{max(1, round(load.seconds))}s", "-H", f"{scheme}://{host}", "--only-summary"]
        return Command([*arguments, "-L", "WARNING"], environment)

    return command


def _locust_report(_: str, directory: Path) -> Reported | None:
    try:
        report = json.loads((directory / "report.json").read_text())
    except FileNotFoundError:
        return None
    return Reported(report["p50"], report["p99"], report["p90"])


def _wrk(program: Path, load: Load) -> Command:
    return Command([str(program), "-t1", f"-c{load.users}", f"-d{round(load.seconds)}s", "--latency", load.url])


def _wrk_report(output: str, _: Path) -> Reported | None:
    return _from_lines(output, r"^\s+{}%\s+(\S+)$")


def _oha(program: Path, load: Load) -> Command:
    options = ["--no-tui", "--insecure", "--redirect", "0", "--output-format", "json"]
    return Command([str(program), "-c", str(load.users), "-z", f"{load.seconds:.0f}s", *options, load.url])


def _oha_report(output: str, _: Path) -> Reported | None:
    percentiles = json.loads(output[output.index("{") :])["latencyPercentiles"]
    return Reported(percentiles["p50"] * 1e3, percentiles["p99"] * 1e3, percentiles["p90"] * 1e3)


def _hey(program: Path, load: Load) -> Command:
    return Command([str(program), "-c", str(load.users), "-z", f"{load.seconds:.0f}s", load.url])


def _hey_report(output: str, _: Path) -> Reported | None:
    return _from_lines(output, r"^\s+{}%+ in (\S+) secs", unit="s")


def _k6(program: Path, load: Load) -> Command:
    script = str(peers.PEERS_DIRECTORY / "k6.js")
    options = ["--vus", str(load.users), "--duration", f"{load.seconds:.0f}s", "--insecure-skip-tls-verify", "--quiet"]
    options += ["--summary-trend-stats", "p(50),p(90),p(99)", "--no-usage-report"]
    return Command([str(program), "run", *options, script], {"BENCH_URL": load.url, "NO_COLOR": "1"})


def _k6_report(output: str, _: Path) -> Reported | None:
    line = re.search(r"http_req_duration\.*: p\(50\)=(\S+)\s+p\(90\)=(\S+)\s+p\(99\)=(\S+)", output)
    return line and Reported(milliseconds(line[1]), milliseconds(line[3]), milliseconds(line[2]))


def _vegeta(program: Path, load: Load) -> Command:
    attack = f"'{program}' attack -rate=0 -max-workers={load.users} -workers={load.users} -connections={load.users}"
    attack += f" -duration={load.seconds:.0f}s -insecure -redirects=-1"
    return Command(["sh", "-c", f"echo 'GET {load.url}' | {attack} | '{program}' report -type=json"])


def _vegeta_report(output: str, _: Path) -> Reported | None:
    latencies = json.loads(output[output.index("{") :])["latencies"]
    return Reported(latencies["50th"] / 1e6, latencies["99th"] / 1e6, latencies["90th"] / 1e6)


def _goose(program: Path, load: Load) -> Command:
    origin, _, path = load.url.rpartition("/")
    users = str(load.users)
    options = [
        "--host",
        origin,
        "-u",
        users,
        "-r",
        users,
        "-t",
        f"{load.seconds:.0f}s",
        "--no-reset-metrics",
        "-q",
        "--accept-invalid-certs",
    ]
    return Command([str(program), *options], {"BENCH_PATH": f"/{path}"})


def _goose_report(output: str, _: Path) -> Reported | None:
    # Its table has whole milliseconds, and its percentiles are too coarse to be worth a column.
    return None


def _from_lines(output: str, pattern: str, unit: str = "") -> Reported | None:
    found = [re.search(pattern.format(percent), output, re.MULTILINE) for percent in (50, 99, 90)]
    if found[0] is None or found[1] is None:
        return None
    p50, p99, p90 = (None if match is None else milliseconds(match[1] + unit) for match in found)
    assert p50 is not None
    assert p99 is not None
    return Reported(p50, p99, p90)


def milliseconds(text: str) -> float:
    """A duration as Go and wrk write it ("1.5ms", "230us", "1m2.5s") in milliseconds."""
    units = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)(ns|us|µs|μs|ms|s|m|h)", text))


def _ours() -> Path:
    return peers.locate_file(Path(sys.executable).with_name("locust"), "run `make setup`")


GENERATORS = {
    "wrk": Generator("wrk", lambda: peers.locate("wrk"), _wrk, _wrk_report),
    "fast": Generator("FastHttpUser (ours)", _ours, _locust("fast"), _locust_report),
    "http": Generator("HttpUser (ours)", _ours, _locust("http"), _locust_report),
    "oha": Generator("oha", lambda: peers.locate("oha"), _oha, _oha_report),
    "vegeta": Generator("vegeta", lambda: peers.locate("vegeta"), _vegeta, _vegeta_report),
    "hey": Generator("hey", lambda: peers.locate("hey"), _hey, _hey_report),
    "k6": Generator("k6", lambda: peers.locate("k6"), _k6, _k6_report),
    "goose": Generator("goose", lambda: peers.locate("goose"), _goose, _goose_report),
    "upstream-fast": Generator(
        "FastHttpUser (Locust 2.47)", lambda: peers.locate("upstream"), _locust("fast"), _locust_report
    ),
    "upstream-http": Generator(
        "HttpUser (Locust 2.47)", lambda: peers.locate("upstream"), _locust("http"), _locust_report
    ),
}
