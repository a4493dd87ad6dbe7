"""`/models` and relatives: which model files the engines have, and never where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from atelier.gateway.bodies import answer
from atelier.gateway.comfyui.routing import ComfyUIRoute, get
from atelier.gateway.identity import Identity
from atelier.gateway.upstream import Upstream

#: What an engine tells of a model file; its other keys may be paths.
_SHOWN = ("name", "pathIndex", "modified", "created", "size")


@dataclass(frozen=True, kw_only=True)
class Models:
    """Lists model files of all engines together."""

    upstream: Upstream

    def routes(self) -> list[ComfyUIRoute]:
        return [
            get("/models", "nodes:read", self.folders),
            get("/models/{folder}", "nodes:read", self.names),
            get("/embeddings", "nodes:read", self.embeddings),
            get("/experiment/models", "nodes:read", self.experiment_folders),
            get("/experiment/models/{folder}", "nodes:read", self.experiment_files),
            get("/view_metadata/{folder}", "nodes:read", self.metadata),
        ]

    async def folders(self, request: Request, identity: Identity) -> Response:
        return answer(await self._names("/models"))

    async def names(self, request: Request, identity: Identity) -> Response:
        return answer(await self._names(f"/models/{await self._folder(request)}"))

    async def embeddings(self, request: Request, identity: Identity) -> Response:
        return answer(await self._names("/embeddings"))

    async def experiment_folders(self, request: Request, identity: Identity) -> Response:
        """List the folders; where they lie is told as ComfyUI's own layout has it, not as it is."""
        names = await self._names("/models")
        return answer([{"name": each, "folders": [f"models/{each}"]} for each in names])

    async def experiment_files(self, request: Request, identity: Identity) -> Response:
        path = f"/experiment/models/{await self._folder(request)}"
        files: dict[str, dict[str, Any]] = {}
        for document in (await self.upstream.documents(path)).values():
            for each in document if isinstance(document, list) else ():
                if isinstance(each, dict) and isinstance(each.get("name"), str):
                    files.setdefault(each["name"], {key: each[key] for key in _SHOWN if key in each})
        return answer(list(files.values()))

    async def metadata(self, request: Request, identity: Identity) -> Response:
        """Return what a model file says of itself; 404 for one that is in no list."""
        folder, filename = await self._folder(request), request.query_params.get("filename", "")
        # Only names that the engines list are passed on, so that none leads out of their folders.
        if filename not in await self._names(f"/models/{folder}"):
            raise HTTPException(404)
        found = await self.upstream.document(f"/view_metadata/{folder}", {"filename": filename})
        if found is None:
            raise HTTPException(404)
        return answer(found)

    async def _folder(self, request: Request) -> str:
        folder: str = request.path_params["folder"]
        if folder not in await self._names("/models"):
            raise HTTPException(404)
        return folder

    async def _names(self, path: str) -> list[str]:
        found = await self.upstream.documents(path)
        names = (each for names in found.values() if isinstance(names, list) for each in names)
        return list(dict.fromkeys(each for each in names if isinstance(each, str)))
