"""How an engine is, and what it has: looked at when it answers again, and from time to time."""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum

from atelier.errors import ClientError
from atelier.providers.comfyui import ComfyUI
from atelier.worker.bell import Bell
from atelier.worker.pace import Pace
from atelier.workflows.object_info import NodeCatalogue

logger = logging.getLogger(__name__)

#: Seconds until an engine that does not answer is asked again; doubled each time up to the second.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0


class EngineState(StrEnum):
    """What the registry says of an engine."""

    #: Nobody has heard of it yet.
    STARTING = "starting"
    LIVE = "live"
    #: It finishes what runs and takes no more.
    DRAINING = "draining"
    DOWN = "down"


class Health:
    """Knows whether one engine answers, and which node classes and model files it has."""

    def __init__(self, engine: ComfyUI, *, pace: Pace) -> None:
        self._engine = engine
        self._pace = pace
        self._document: dict[str, object] = {}
        self._doubted = asyncio.Event()
        self.state = EngineState.STARTING
        #: Why it is down; what it is while it lives.
        self.detail = ""
        #: What the engine declares, as it last said.
        self.catalogue = NodeCatalogue()
        #: Counts how often it came up or was reached anew; jobs of before may be lost or still there.
        self.comings = 0
        #: Rings when any of this changed.
        self.changed = Bell()

    @property
    def live(self) -> bool:
        return self.state is EngineState.LIVE

    @property
    def document(self) -> dict[str, object]:
        """The engine's answer to `GET /object_info`, as it last was."""
        return self._document

    def doubt(self) -> None:
        """Call the engine down until it has answered again."""
        self._set(EngineState.DOWN, "A job failed for want of its answers.")
        self._doubted.set()

    async def run(self) -> None:
        """Look after the engine until cancelled."""
        pause = _FIRST_PAUSE
        while True:
            try:
                document = await self._engine.object_info()
            except ClientError as error:
                self._set(EngineState.DOWN, str(error))
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            if document != self._document:
                self._document = document
                self.catalogue = await asyncio.to_thread(NodeCatalogue.parse, document)
                self.changed.ring()
            if not self.live:
                self.comings += 1
                self._engine.socket.hurry()
                self._set(EngineState.LIVE, "")
            await self._rest()

    async def _rest(self) -> None:
        """Wait until there is a reason to look again."""
        self._doubted.clear()
        reopened = asyncio.ensure_future(self._engine.socket.opened())
        try:
            doubted = asyncio.ensure_future(self._doubted.wait())
            await asyncio.wait(
                {reopened, doubted}, timeout=self._pace.refresh, return_when=asyncio.FIRST_COMPLETED
            )
            doubted.cancel()
            if reopened.done():
                # It may be another process by now.
                self.comings += 1
                self.changed.ring()
        finally:
            reopened.cancel()

    def _set(self, state: EngineState, detail: str) -> None:
        if (state, detail) != (self.state, self.detail):
            if state is not self.state:
                logger.info("engine %s is %s %s", self._engine.base_url, state, detail)
            self.state, self.detail = state, detail
            self.changed.ring()
