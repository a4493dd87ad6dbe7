"""Measures, prints a table, and writes it down: `python -m benchmarks [--against URL] [--write]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from pathlib import Path

import aiohttp

from benchmarks import checking, commands, drawing, fairness, gateway, installs, prompts, queue
from benchmarks.engine_process import running_engine
from benchmarks.figure import Figure, table

PAGE = Path(__file__).parents[1] / "docs/reference/performance.md"
RESULTS = Path(__file__).parent / "results.json"


def measure(against: str | None) -> list[Figure]:
    figures = [
        Figure(name="`atelier --help`", value=commands.help_seconds(), unit="s", bar=0.3),
        Figure(
            name="`atelier generate`, the whole cold command",
            value=commands.cold_picture_seconds(),
            unit="s",
            bar=3.0,
        ),
    ]
    with running_engine() as engine:
        figures.append(Figure(name="engine start", value=engine.start_seconds, unit="s"))
        idle = engine.resident_megabytes()
        if idle is not None:
            figures.append(Figure(name="engine idle, resident", value=idle, unit="MB", bar=200.0))
        for clients in (1, 8):
            name = f"EmptyImage 64 -> SaveImage, {clients} client{'s' if clients > 1 else ''}"
            figures.append(
                Figure(
                    name=name,
                    value=prompts.median_rate(engine.url, clients=clients),
                    unit="prompts/s",
                    bar=400.0,
                    less_is_better=False,
                    reference=prompts.median_rate(against, clients=clients) if against else None,
                )
            )
        for side, bar in ((128, 0.5), (256, None)):
            figures.append(
                Figure(
                    name=f"{side} px, 20 steps with guidance, warm",
                    value=drawing.picture_seconds(engine.url, side=side),
                    unit="s",
                    bar=bar,
                )
            )
    figures += [
        Figure(
            name="reading `/object_info`, 383 classes",
            value=checking.parse_milliseconds(),
            unit="ms",
            bar=40.0,
        ),
        Figure(
            name="checking a workflow of 20 nodes", value=checking.check_milliseconds(20), unit="ms", bar=2.0
        ),
        Figure(
            name="checking a workflow of 1,000 nodes",
            value=checking.check_milliseconds(1000),
            unit="ms",
            bar=100.0,
        ),
        Figure(
            name="the same with a hundred faults",
            value=checking.check_milliseconds(1000, faulty=True),
            unit="ms",
        ),
        Figure(
            name="processor time of a check a node, 8,000 nodes over 1,000",
            value=checking.growth(),
            unit="times",
            bar=2.0,
        ),
    ]
    figures += queue_figures(queue.measure())
    figures += gateway.figures()
    figures += fairness_figures(fairness.measure())
    figures.append(Figure(name="installed: core", value=installs.megabytes("."), unit="MB", bar=120.0))
    figures.append(
        Figure(name="installed: with `local`", value=installs.megabytes(".[local]"), unit="MB", bar=260.0)
    )
    return figures


def queue_figures(measured: queue.QueueFigures) -> list[Figure]:
    return [
        Figure(name="a commit to this disk, SQLite alone", value=measured.commit, unit="ms"),
        Figure(name="claim, with 1,000 jobs waiting", value=measured.claim_few, unit="ms"),
        Figure(name="claim, with 100,000 jobs waiting", value=measured.claim_many, unit="ms", bar=5.0),
        Figure(
            name="processor time of a claim, 100,000 over 1,000",
            value=measured.claim_cpu_many / measured.claim_cpu_few,
            unit="times",
            bar=2.0,
        ),
        Figure(
            name="jobs stored durably, 16 callers",
            value=measured.submissions,
            unit="jobs/s",
            bar=300.0,
            less_is_better=False,
        ),
    ]


def fairness_figures(measured: fairness.Fairness) -> list[Figure]:
    return [
        Figure(
            name="one engine, a hundred jobs wait: those that start before a newcomer's",
            value=measured.before_newcomer,
            unit="jobs",
            bar=0.0,
        ),
        Figure(
            name="ten equal accounts under load: Jain's index of their engine time",
            value=measured.jain,
            unit="",
            bar=0.95,
            less_is_better=False,
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--against", metavar="URL", help="a real ComfyUI to measure beside the engine")
    parser.add_argument("--write", action="store_true", help=f"write the table to {PAGE.name}")
    options = parser.parse_args()
    # Ends what was started, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        figures = measure(options.against)
    except aiohttp.ClientError as error:
        parser.exit(1, f"A server went away while it was measured: {error}\n")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(table(figures))
    RESULTS.write_text(
        json.dumps({"machine": machine, "figures": [each.to_json() for each in figures]}, indent=2) + "\n",
        encoding="utf-8",
    )
    if options.write:
        PAGE.write_text(
            f"# Performance\n\nMeasured by `python -m benchmarks --write` on one machine ({machine}). "
            "Times and rates are medians of several runs; the engine's start and its memory are of one. "
            "Sizes are without compiled bytecode and model weights. "
            "A prompt's time ends when `executing` with node null arrives.\n\n"
            f"{table(figures)}\n",
            encoding="utf-8",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
