"""Runs every scenario with several seeds, prints the table, and writes it down with `--write`."""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from benchmarks.chaos.run import JOBS_EACH, Count, Lane
from benchmarks.chaos.scenarios import SCENARIOS, Scenario
from benchmarks.chaos.small_disk import can_mount

PAGE = Path(__file__).parents[2] / "docs/reference/chaos.md"

_HEAD = """\
| what happens | runs | jobs | lost | doubled | wrongly succeeded | failed | drawn again |
|---|--:|--:|--:|--:|--:|--:|--:|"""


def row(name: str, count: Count) -> str:
    values = (count.runs, count.jobs, count.lost, count.doubled, count.wrong, count.failed, count.again)
    return f"| {name} | " + " | ".join(str(each) for each in values) + " |"


def run_all(seeds: range, lanes: int) -> dict[Scenario, Count]:
    """Run every scenario with every seed, several at a time."""
    counts = dict.fromkeys(SCENARIOS, Count())
    free: SimpleQueue[Lane] = SimpleQueue()
    made = [Lane() for _ in range(lanes)]
    for lane in made:
        free.put(lane)

    def one(scenario: Scenario, seed: int) -> tuple[Scenario, int, Count]:
        lane = free.get()
        try:
            return scenario, seed, lane.run(scenario, seed)
        except Exception as error:
            print(f"seed {seed}, {scenario.name}: {error!r}", file=sys.stderr, flush=True)
            raise
        finally:
            free.put(lane)

    try:
        with ThreadPoolExecutor(lanes) as pool:
            # By seed, so that an early look has seen every scenario.
            runs = [pool.submit(one, scenario, seed) for seed in seeds for scenario in SCENARIOS]
            for run in runs:
                scenario, seed, count = run.result()
                counts[scenario] += count
                if not count.flawless:
                    print(f"seed {seed}, {scenario.name}: {count}", file=sys.stderr, flush=True)
    finally:
        for lane in made:
            lane.__exit__(None, None, None)
    return counts


def page(counts: dict[Scenario, Count], command: str, seconds: float) -> str:
    total = sum(counts.values(), Count())
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    rows = "\n".join([row(each.name, count) for each, count in counts.items()])
    return f"""# What a crash does to jobs

Written by `{command}` in {seconds / 60:.0f} minutes ({machine}).

Each run starts the service (storage, artifact store and one worker, in a process of its own) with an empty
database, hands in {2 * JOBS_EACH} jobs of two accounts, and breaks something before they have all ended, once
or several times; then the service and the engine are started again as often as it takes. The jobs run on the
embedded engine, each with a colour of its own, so that a picture tells whose it is. The seed draws the moment
and the job that is hit. In the last two rows it is all of `atelier serve` that is killed, and the accounts
hand their jobs in over HTTP, with their tokens, and look at their pictures there.

{_HEAD}
{rows}
{row("**all**", total)}

- **lost**: an accepted job that is gone, has not ended, or is called a success without its picture.
- **doubled**: a job with two sets of outputs, or an account that is charged for more than it got.
- **wrongly succeeded**: a success whose picture is not the one that was asked for.
- **failed**: ended as failed after three lost attempts, with their reasons.
- **drawn again**: the engine drew a picture a second time, since the first could no longer be had, or the
  engine no longer knew of it. The account gets one of them and is charged once.

In every run a second service that wants the same database is refused. "No file may grow" is a limit of the
process, for a second, the database's files included; the small disk is one of 16 MB in memory (tmpfs), filled
to its last byte for a second.
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=14, help="runs of each scenario (14)")
    parser.add_argument("--lanes", type=int, default=3, help="runs at a time, each with an engine (3)")
    parser.add_argument("--write", action="store_true", help=f"write the table to {PAGE.name}")
    options = parser.parse_args()
    logging.getLogger("atelier").setLevel(logging.ERROR)
    if not can_mount():
        parser.exit(2, "One of the scenarios makes a small disk, which Linux lets root do: run it as root.\n")
    begun = time.monotonic()
    counts = run_all(range(options.seeds), options.lanes)
    text = page(counts, "make chaos", time.monotonic() - begun)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    return 0 if all(count.flawless for count in counts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
