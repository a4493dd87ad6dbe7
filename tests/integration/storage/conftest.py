"""Every back end, behind the one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from atelier.storage.contract import Storage
from atelier.storage.sqlite import SqliteStorage
from tests.integration.storage.makers import Clock

Reopen = Callable[[], Awaitable[Storage]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Callable[[], Storage]:
    """Opens the same database each time it is called."""
    assert request.param == "sqlite"
    return lambda: SqliteStorage(tmp_path / "atelier.db", clock=clock, grace=60.0)


@pytest_asyncio.fixture
async def storage(opened: Callable[[], Storage]) -> AsyncIterator[Storage]:
    storage = opened()
    yield storage
    await storage.close()
