"""One engine on a free port in a temporary directory, with a client session that knows its address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from atelier.engine.config import EngineConfig
from atelier.engine.folders import Folders
from atelier.engine.server.serve import running

#: Seconds after which a test that waits for a message has failed.
DEADLINE = 30.0

EngineStarter = Callable[..., AbstractAsyncContextManager["RunningEngine"]]


@dataclass(frozen=True, kw_only=True)
class RunningEngine:
    """An engine, where its files are, and a session to ask it with."""

    url: str
    folders: Folders
    session: aiohttp.ClientSession

    async def submit(self, prompt: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Queue a workflow that is expected to pass, and return the answer."""
        async with self.session.post("/prompt", json={"prompt": prompt, **fields}) as answer:
            document: dict[str, Any] = await answer.json()
            assert answer.status == 200, document
            return document


@pytest.fixture
def start_engine(tmp_path: Path) -> EngineStarter:
    """Start engines with a configuration of one's own."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[RunningEngine]:
        defaults: dict[str, Any] = {"directory": tmp_path / "engine", "port": 0, "page": False}
        config = EngineConfig(**(defaults | settings))
        timeout = aiohttp.ClientTimeout(total=DEADLINE)
        async with running(config) as url, aiohttp.ClientSession(url, timeout=timeout) as session:
            yield RunningEngine(url=url, folders=Folders(base=config.directory), session=session)

    return start


@pytest.fixture
async def engine(start_engine: EngineStarter) -> AsyncIterator[RunningEngine]:
    async with start_engine() as running_engine:
        yield running_engine
