"""`/settings`: what the page remembers about itself."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aiohttp import web

from atelier.engine.folders import Folders
from atelier.engine.server.bodies import MalformedJson, answer, read_json, read_object
from atelier.engine.server.userdata import user_root
from atelier.engine.server.whole_files import write_whole

logger = logging.getLogger(__name__)

#: What a page that was never used finds. It would else greet with a choice of templates, of which the engine
#: has none.
INITIAL_SETTINGS = MappingProxyType({"Comfy.TutorialCompleted": True})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Keeps the page's settings in `comfy.settings.json` among the user's files."""

    folders: Folders
    #: Reading, changing and writing back is one step.
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/settings", self.all),
            web.post("/settings", self.change),
            web.get("/settings/{id}", self.one),
            web.post("/settings/{id}", self.change_one),
        ]

    async def all(self, request: web.Request) -> web.Response:
        return answer(self._read())

    async def one(self, request: web.Request) -> web.Response:
        """Return one setting; null where it was never set."""
        return answer(self._read().get(request.match_info["id"]))

    async def change(self, request: web.Request) -> web.Response:
        await self._merge(await read_object(request))
        return web.Response()

    async def change_one(self, request: web.Request) -> web.Response:
        try:
            value = await read_json(request)
        except MalformedJson as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        await self._merge({request.match_info["id"]: value})
        return web.Response()

    @property
    def _path(self) -> Path:
        return user_root(self.folders) / "comfy.settings.json"

    def _read(self) -> dict[str, Any]:
        try:
            settings = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return dict(INITIAL_SETTINGS)
        except (ValueError, RecursionError):
            settings = None
        if not isinstance(settings, dict):
            logger.warning("The page's settings in %s are damaged; the defaults are used.", self._path.name)
            return {}
        return settings

    async def _merge(self, changes: dict[str, Any]) -> None:
        async with self._changing:
            text = json.dumps(self._read() | changes, indent=4)
            await asyncio.to_thread(write_whole, self._path, text.encode())
