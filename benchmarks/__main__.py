"""`python -m benchmarks`: measure, print, and write docs/reference/performance.md and build/benchmarks/results.json."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from dataclasses import asdict

from benchmarks import peers, processes, report
from benchmarks.scenarios import MANY_IDLE_USERS, SCENARIOS, Plan, machine, versions

DIRECTORY = peers.ROOT / "build" / "benchmarks"
RESULTS = DIRECTORY / "results.json"
DOCUMENT = peers.ROOT / "docs" / "reference" / "performance.md"
SMOKE_SCENARIOS = ["http", "tls", "startup", "calls"]


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", help=f"some of: {','.join(SCENARIOS)}; the others keep their last results")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="time measured in each run (at most 8)")
    parser.add_argument("--users", type=int, default=MANY_IDLE_USERS, help="idle users in the experiment `users`")
    parser.add_argument(
        "--smoke", action="store_true", help="one minute: ours and wrk; writes nothing, and fails when one is missing"
    )
    parser.add_argument("--no-install", action="store_true", help="take the peers that are here already")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else SMOKE_SCENARIOS if options.smoke else list(SCENARIOS)
    unknown = [name for name in chosen if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such experiment: {', '.join(unknown)}")
    if not processes.can_pin():
        print("Generator and target share their cores: there is only one, or no way to pin. Mind the ratios.")
    if not (options.smoke or options.no_install):
        peers.install_missing()
    plan = Plan(
        rounds=2 if options.smoke else options.rounds,
        seconds=2.0 if options.smoke else min(options.seconds, 8.0),
        directory=DIRECTORY,
        is_smoke=options.smoke,
        users=options.users,
    )
    measured = measure(chosen, plan, "python -m benchmarks " + " ".join(sys.argv[1:]))
    print("\n".join(["", *report.bars(measured)]))
    if options.smoke:
        sys.exit(any(result["missing"] or result["failed"] for result in measured.values()))
    results = {**load_results(), **measured}
    RESULTS.write_text(json.dumps(results, indent=1))
    DOCUMENT.write_text(report.document(results))
    print(f"\nWritten: {DOCUMENT.relative_to(peers.ROOT)}, {RESULTS.relative_to(peers.ROOT)}")


def measure(chosen: list[str], plan: Plan, command: str) -> report.Results:
    """Run the chosen experiments."""
    results: report.Results = {}
    circumstances = {
        "date": f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}",
        "machine": machine(),
        "command": command.strip(),
        "versions": versions(),
    }
    for name in chosen:
        print(f"\n{SCENARIOS[name].title}: {SCENARIOS[name].description}", flush=True)
        found = SCENARIOS[name].run(plan)
        results[name] = {**asdict(found), **circumstances}
        print("\n".join(report.table(name, results[name])), flush=True)
    return results


def load_results() -> report.Results:
    """What earlier runs found."""
    try:
        results: report.Results = json.loads(RESULTS.read_text())
    except FileNotFoundError:
        return {}
    return {name: result for name, result in results.items() if name in SCENARIOS}


if __name__ == "__main__":
    main()
