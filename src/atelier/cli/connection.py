"""The server that a command talks to: the one that was named, or an engine of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
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
    if server is not None:
        from atelier.client import AsyncComfyUIClient

        reporter.event("server", url=server, embedded=False)
        async with AsyncComfyUIClient(server, token=token, timeout=timeout) as client:
            yield client
        return

    import asyncio
    import importlib

    from atelier.providers.embedded import EmbeddedEngine

    async with AsyncExitStack() as stack:
        # The engine takes a second to come up, in which the client can be loaded.
        loading = asyncio.create_task(asyncio.to_thread(importlib.import_module, "atelier.client"))
        engine = await stack.enter_async_context(EmbeddedEngine())
        await loading

        from atelier.client import AsyncComfyUIClient

        reporter.event("server", url=engine.url, embedded=True)
        yield await stack.enter_async_context(AsyncComfyUIClient(engine.url, timeout=timeout))
