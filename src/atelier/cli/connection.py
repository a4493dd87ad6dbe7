"""The server that a command talks to: the one that was named, or an engine of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter
    from atelier.client import AsyncComfyUIClient


@asynccontextmanager
async def connected(
    server: str | None, token: str | None, *, timeout: float, reporter: Reporter
) -> AsyncIterator[AsyncComfyUIClient]:
    """Give a client of the server; without one, start the embedded engine and stop it at the end.

    Raises:
        EngineStartFailed: the embedded engine did not come up.
        UsageError: the address or the token cannot be used.
    """
    from atelier.client import AsyncComfyUIClient

    if server is not None:
        reporter.event("server", url=server, embedded=False)
        async with AsyncComfyUIClient(server, token=token, timeout=timeout) as client:
            yield client
        return

    from atelier.providers.embedded import EmbeddedEngine

    async with EmbeddedEngine() as engine:
        reporter.event("server", url=engine.url, embedded=True)
        async with AsyncComfyUIClient(engine.url, timeout=timeout) as client:
            yield client
