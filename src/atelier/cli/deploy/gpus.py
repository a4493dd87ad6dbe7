"""`atelier deploy gpus`: the GPUs of this machine, and their numbers."""

from __future__ import annotations

from atelier.cli import options
from atelier.cli.deploy.arguments import run_deploying
from atelier.cli.reporter import Reporter


def gpus(json_lines: options.Json = False) -> None:
    """Show this machine's GPUs with their UUIDs, and why nvidia-smi's numbers may not be CUDA's."""

    async def work(reporter: Reporter) -> None:
        import os
        from dataclasses import asdict

        from atelier.cli.service.table import table
        from atelier.deploy.gpus import order_findings, seen_gpus

        found = seen_gpus()
        said = order_findings(found, os.environ)
        rows = [
            {**asdict(each), "capability": f"{each.capability[0]}.{each.capability[1]}"} for each in found
        ]
        columns = {
            "index": "NVIDIA-SMI",
            "uuid": "UUID",
            "name": "NAME",
            "bus_id": "BUS",
            "memory": "MIB",
            "memory_used": "USED",
            "driver": "DRIVER",
            "capability": "CAPABILITY",
        }
        text = "\n".join([table(rows, columns, empty=""), "", *said])
        reporter.result("gpus", text, gpus=rows, order=list(said))

    run_deploying(work, json_lines=json_lines)
