"""A service, an embedded engine, and a server that misbehaves as it is told."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from atelier.providers.embedded import embedded_engine
from tests.integration.client.tiny_server import TinyServer, tiny_server
from tests.integration.worker.house import House

URL = os.environ.get("ATELIER_TEST_COMFYUI_URL", "")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.add_account()
    yield house
    await house.storage.close()


@pytest.fixture
async def server() -> AsyncIterator[TinyServer]:
    async with tiny_server() as running:
        yield running


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one embedded engine for all tests, or of the ComfyUI at ATELIER_TEST_COMFYUI_URL."""
    if URL:
        yield URL
        return
    directory: Path = tmp_path_factory.mktemp("engine")
    with embedded_engine(directory) as engine:
        yield engine.url
