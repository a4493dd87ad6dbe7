"""A tiny server, and clients that know its address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from atelier.client import AsyncComfyUIClient, Event, Run
from atelier.providers.embedded import embedded_engine
from tests.integration.client.tiny_server import TinyServer, tiny_server

MakeClient = Callable[..., AsyncComfyUIClient]

#: A workflow that the tiny server need not understand.
WORKFLOW: dict[str, dict[str, Any]] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}},
}

#: Uses the client in some way.
Call = Callable[[AsyncComfyUIClient], Awaitable[object]]

#: A request that may be repeated, and one that may not.
CALLS: list[tuple[str, Call]] = [
    ("GET /system_stats", lambda client: client.system_stats()),
    ("POST /prompt", lambda client: client.run(WORKFLOW).result()),
]


@pytest.fixture
async def server() -> AsyncIterator[TinyServer]:
    async with tiny_server() as running:
        yield running


@pytest.fixture
async def make_client(server: TinyServer) -> AsyncIterator[MakeClient]:
    """Make clients of the tiny server that look often; all are closed at the end."""
    made = []

    def make(**settings: Any) -> AsyncComfyUIClient:
        defaults: dict[str, Any] = {"timeout": 60.0, "poll_interval": 0.02, "request_timeout": 30.0}
        client = AsyncComfyUIClient(server.url, **(defaults | settings))
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
async def client(make_client: MakeClient) -> AsyncComfyUIClient:
    return make_client()


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one embedded engine for all tests, a process of its own."""
    directory: Path = tmp_path_factory.mktemp("engine")
    with embedded_engine(directory) as engine:
        yield engine.url


async def first(run: Run, kind: type[Event]) -> Event:
    """Read a run up to the first event of a kind."""
    async for event in run:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"no {kind.__name__}")


def pass_deadline(run: Run, *, but: float = 0.0) -> None:
    """Let a run that has begun believe that its time is over, but for some seconds."""
    assert run._begun is not None
    run._begun -= run._pace.timeout - but
