"""An engine to measure: a process of its own in a temporary directory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class RunningEngine:
    url: str
    pid: int
    #: Seconds from the start of the process until it accepted connections.
    start_seconds: float

    def resident_megabytes(self) -> float | None:
        """Return the process's resident memory in MB, or None where the system does not tell it."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            return None
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) * 1024 / 1e6


@contextmanager
def running_engine() -> Iterator[RunningEngine]:
    """Start an engine, and stop it at the end."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "atelier", "engine", "--json", "--exit-with-parent"]
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--port", "0", "--directory", directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            yield RunningEngine(url=ready["url"], pid=ready["pid"], start_seconds=time.perf_counter() - began)
        finally:
            process.terminate()
            process.communicate(timeout=20)
