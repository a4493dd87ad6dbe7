"""`/models` and relatives: which model files there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from atelier.engine.folders import Folders
from atelier.engine.server.bodies import answer
from atelier.engine.server.userdata import created


@dataclass(frozen=True, kw_only=True)
class Models:
    """Lists model files by kind, and never says where on the machine they are."""

    folders: Folders

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/models", self.kinds),
            web.get("/models/{folder}", self.names),
            web.get("/embeddings", self.embeddings),
            web.get("/experiment/models", self.folders_of_kinds),
            web.get("/experiment/models/{folder}", self.files),
            web.get("/experiment/models/preview/{folder}/{index}/{filename:.*}", self.preview),
            web.get("/view_metadata/{folder}", self.metadata),
        ]

    async def kinds(self, request: web.Request) -> web.Response:
        return answer(list(self.folders.model_kinds()))

    async def names(self, request: web.Request) -> web.Response:
        return answer(list(self.folders.model_names(self._kind(request))))

    async def embeddings(self, request: web.Request) -> web.Response:
        """Return no names: the engine's text encoder takes no embeddings."""
        return answer([])

    async def folders_of_kinds(self, request: web.Request) -> web.Response:
        return answer([{"name": kind, "folders": [f"models/{kind}"]} for kind in self.folders.model_kinds()])

    async def files(self, request: web.Request) -> web.Response:
        kind = self._kind(request)
        return answer([self._file(kind, name) for name in self.folders.model_names(kind)])

    async def preview(self, request: web.Request) -> web.Response:
        """Answer 404: the models have no pictures beside them."""
        raise web.HTTPNotFound

    async def metadata(self, request: web.Request) -> web.Response:
        """Answer 404, as for every file that is no safetensors file."""
        raise web.HTTPNotFound

    def _kind(self, request: web.Request) -> str:
        kind = request.match_info["folder"]
        if kind not in self.folders.model_kinds():
            raise web.HTTPNotFound
        return kind

    def _file(self, kind: str, name: str) -> dict[str, Any]:
        stat = self.folders.model_path(kind, name).stat()
        return {
            "name": name,
            "pathIndex": 0,
            "modified": stat.st_mtime,
            "created": created(stat),
            "size": stat.st_size,
        }
