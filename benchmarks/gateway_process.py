"""A gateway to measure, before a stand-in for ComfyUI: processes of their own in a temporary directory."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from atelier.storage.account import Account, Role
from atelier.storage.sqlite import SqliteStorage
from atelier.storage.token import NewToken, digest, hint, new_secret

#: What would stop a load that no person makes: a student's limits.
_CONFIG = """
directory = "."
[listen]
port = 0
[[engines]]
name = "stand-in"
address = "{engine}"
[limits.student]
images_per_day = "none"
engine_seconds_per_day = "none"
storage_bytes = "none"
queued = "none"
running = "none"
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A running process."""

    url: str
    pid: int

    def cpu_seconds(self) -> float | None:
        """Return the processor time that it used so far; None where the system does not tell it."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return None
        # After the name, which may have anything in it, the 12th and the 13th field, in ticks.
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_megabytes(self) -> float | None:
        """Return its resident memory in MB; None where the system does not tell it."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            return None
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmRSS"))
        return int(line.split()[1]) * 1024 / 1e6


@dataclass(frozen=True, kw_only=True)
class House:
    """A gateway, the engine behind it, and another such engine that is asked directly."""

    gateway: Measured
    engine: Measured
    twin: Measured
    #: One for each account.
    tokens: tuple[str, ...]


@contextmanager
def running_house(*, accounts: int, step_seconds: float = 0.0) -> Iterator[House]:
    """Start two engines and a gateway before the first, and stop all at the end.

    Args:
        accounts: Students, each with a token.
        step_seconds: Seconds of the engine's for each sampling step of a job.
    """
    with tempfile.TemporaryDirectory() as home:
        directory = Path(home)
        stand_in = [sys.executable, "-m", "benchmarks.stand_in", "--step-seconds", str(step_seconds)]
        with (
            _started(stand_in, directory / "engine.log") as engine,
            _started(stand_in, directory / "twin.log") as twin,
        ):
            tokens = asyncio.run(_enrolled(directory / "atelier.sqlite3", accounts))
            config = directory / "atelier.toml"
            config.write_text(_CONFIG.format(engine=engine.url), encoding="utf-8")
            serve = [sys.executable, "-m", "atelier", "serve", "--json", "--config", str(config)]
            with _started(serve, directory / "gateway.log") as gateway:
                yield House(gateway=gateway, engine=engine, twin=twin, tokens=tokens)


@contextmanager
def _started(command: list[str], log: Path) -> Iterator[Measured]:
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            ready = json.loads(line) if line else {}
            if "url" not in ready:
                said = line or log.read_text(encoding="utf-8")[-2000:]
                raise RuntimeError(f"{' '.join(command)} did not start: {said}")
            yield Measured(url=ready["url"], pid=ready["pid"])
        finally:
            process.terminate()
            process.communicate(timeout=60)


async def _enrolled(database: Path, accounts: int) -> tuple[str, ...]:
    storage = SqliteStorage(database)
    secrets = tuple(new_secret() for _ in range(accounts))
    for number, secret in enumerate(secrets):
        name = f"student-{number:03}"
        await storage.accounts.add(Account(id=name, name=name, role=Role.STUDENT, created_at=time.time()))
        await storage.tokens.issue(
            NewToken(id=name, account_id=name, digest=digest(secret), hint=hint(secret))
        )
    await storage.close()
    return secrets
