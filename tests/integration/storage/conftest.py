"""Every back end, behind the one contract."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from atelier.storage.account import WhenFull
from atelier.storage.contract import Storage
from atelier.storage.sqlite import SqliteStorage
from tests.integration.storage.makers import Clock

#: In memory where the system has such a place: what these tests hold does not depend on the disk.
MEMORY = Path("/dev/shm")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as directory:
        yield Path(directory)


@pytest.fixture(params=["sqlite"])
def opened(request: pytest.FixtureRequest, directory: Path, clock: Clock) -> Callable[[], Storage]:
    """Opens the same database each time it is called."""
    assert request.param == "sqlite"
    return lambda: SqliteStorage(directory / "atelier.db", clock=clock, grace=60.0)


@pytest_asyncio.fixture
async def making_room(directory: Path, clock: Clock) -> AsyncIterator[Storage]:
    """A storage in which the oldest pictures make room."""
    storage = SqliteStorage(directory / "b.db", clock=clock, when_full=WhenFull.REMOVE_OLDEST)
    yield storage
    await storage.close()


@pytest_asyncio.fixture
async def storage(opened: Callable[[], Storage]) -> AsyncIterator[Storage]:
    storage = opened()
    yield storage
    await storage.close()
