"""What the sockets of a page in a browser heard."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page


class Frames:
    """Listens to all sockets that a page opens from now on."""

    def __init__(self, page: Page) -> None:
        #: The messages' types in order; `binary` is a preview.
        self.types: list[str] = []
        self._end = asyncio.Event()
        page.on("websocket", lambda socket: socket.on("framereceived", self._hear))

    def _hear(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self.types.append("binary")
            return
        message = json.loads(payload)
        self.types.append(message["type"])
        if message["type"] == "executing" and message["data"]["node"] is None:
            self._end.set()

    async def end_of_job(self, *, within: float) -> None:
        """Wait until a job was told to have ended: a picture is shown before that.

        Raises:
            TimeoutError: not told within so many seconds.
        """
        await asyncio.wait_for(self._end.wait(), within)
        self._end.clear()
