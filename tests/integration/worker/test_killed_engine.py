"""A real engine that is killed at work: started again, its jobs end once."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from atelier.client import AsyncComfyUIClient
from atelier.providers.kept_engine import KeptEngine
from atelier.storage.job import JobState
from atelier.worker.bell import wait_for_any
from tests.integration.worker.house import House, workflow


def kill(engine: KeptEngine) -> None:
    assert engine.pid is not None
    os.kill(engine.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


async def test_an_engine_that_is_killed_is_back_at_its_address(tmp_path: Path) -> None:
    async with KeptEngine(tmp_path / "engine") as engine:
        first, url = engine.pid, engine.url
        kill(engine)
        async with asyncio.timeout(60):
            async with AsyncComfyUIClient(url) as client:
                while engine.pid in (first, None):
                    await wait_for_any(asyncio.sleep(0.05), timeout=1)
                assert (await client.system_stats())["devices"]
        assert engine.url == url


@pytest.mark.parametrize("moment", ["execution_start", "executed"])
async def test_a_job_survives_the_death_of_its_engine(house: House, tmp_path: Path, moment: str) -> None:
    killed = asyncio.Event()
    async with KeptEngine(tmp_path / "engine") as engine:
        note = house.notes.announce

        def kill_once(job: object, announcement: object) -> None:
            note(job, announcement)  # type: ignore[arg-type]
            if getattr(announcement, "type", None) == moment and not killed.is_set():
                killed.set()
                kill(engine)

        house.notes.announce = kill_once  # type: ignore[method-assign]
        house.hurry(unreachable=30.0)
        async with house.worker(engine.url):
            job = await house.submit(workflow(batch=2))
            ended = await house.ended(job)
    assert killed.is_set()
    assert ended.state is JobState.SUCCEEDED
    assert ended.attempt in (1, 2)
    assert await house.names() == ["fox_00001_.png", "fox_00002_.png"]
    assert house.notes.types(job).count("execution_success") == 1
