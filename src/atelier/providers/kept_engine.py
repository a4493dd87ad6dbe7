"""An embedded engine that is started again whenever it ends."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from atelier.errors import EngineStartFailed
from atelier.providers.embedded import EmbeddedEngine

logger = logging.getLogger(__name__)

#: Seconds between two looks whether the process still lives.
_LOOK = 0.5

#: Seconds before it is started again; doubled each time up to the second.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0

#: Below those that systems hand out to connections that go out. From among them a connection may get the very
#: port that it wants to reach while nobody listens there; it then talks to itself and keeps the listener out.
_LASTING_PORTS = range(20_000, 30_000)


def lasting_port() -> int:
    """Return a free port of this machine that stays free for a listener that comes back.

    Raises:
        EngineStartFailed: none was found.
    """
    for port in random.sample(_LASTING_PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise EngineStartFailed("No free port was found between 20000 and 30000.")


class KeptEngine:
    """The embedded engine for as long as the context lasts, at one address whatever happens to the process.

    Raises:
        EngineStartFailed: on entering, when it does not come up the first time.
    """

    def __init__(self, directory: Path, *, arguments: tuple[str, ...] = ()) -> None:
        self._directory = directory
        self._arguments = arguments
        self._port = lasting_port()
        self._engine = EmbeddedEngine(directory, port=self._port, arguments=arguments)
        self._task: asyncio.Task[None] | None = None
        #: The engine's address; the same after each start.
        self.url = ""

    @property
    def pid(self) -> int | None:
        """Process id; None while there is none."""
        return self._engine.process.pid if self._engine.url else None

    async def __aenter__(self) -> Self:
        await self._engine.__aenter__()
        self.url = self._engine.url
        self._task = asyncio.create_task(self._keep(), name="kept-engine")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._engine.__aexit__(kind, error, trace)

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            await asyncio.sleep(_LOOK)
            if self._engine.url and self._engine.process.running:
                pause = _FIRST_PAUSE
                continue
            logger.warning("The embedded engine at %s ended; it is started again", self.url)
            await asyncio.shield(asyncio.create_task(asyncio.to_thread(self._engine.stop)))
            self._engine = EmbeddedEngine(self._directory, arguments=self._arguments, port=self._port)
            try:
                await self._engine.__aenter__()
            except EngineStartFailed as error:
                logger.error("%s Next attempt in %g s", error, pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
