"""`/system_stats`, `/features` and `/object_info`: what the engine is and can."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from atelier import __version__
from atelier.engine.catalogue import Catalogue
from atelier.engine.folders import Folders
from atelier.engine.server.bodies import answer
from atelier.engine.server.memory import read_memory

#: The release of ComfyUI whose protocol the engine speaks. Clients compare it to know what they may ask.
COMFYUI_VERSION = "0.3.64"

#: The command line that is shown; the true one may have secrets in it. The engine has no nodes that call
#: api.comfy.org, and it is from this option that the stock page learns not to call it either.
ARGV = ("atelier", "engine", "--disable-api-nodes")


@dataclass(frozen=True, kw_only=True)
class System:
    """Tells clients whom they talk to."""

    catalogue: Catalogue
    folders: Folders
    features: dict[str, Any]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/system_stats", self.stats),
            web.get("/features", self.show_features),
            web.get("/object_info", self.object_info),
            web.get("/object_info/{name}", self.object_info_of_one),
        ]

    async def stats(self, request: web.Request) -> web.Response:
        """Return ComfyUI's document, without command line and paths, and with `atelier` beside it."""
        memory = read_memory()
        device = {
            "name": "cpu",
            "type": "cpu",
            "index": None,
            "vram_total": memory.total,
            "vram_free": memory.free,
            "torch_vram_total": memory.total,
            "torch_vram_free": memory.free,
        }
        system = {
            "os": os.name,
            "ram_total": memory.total,
            "ram_free": memory.free,
            "comfyui_version": COMFYUI_VERSION,
            "required_frontend_version": "1.27.10",
            "installed_templates_version": None,
            "required_templates_version": None,
            "python_version": sys.version,
            "pytorch_version": "none",
            "embedded_python": False,
            "argv": list(ARGV),
        }
        atelier = {
            "name": "Atelier's embedded engine",
            "version": __version__,
            "protocol": f"ComfyUI {COMFYUI_VERSION}",
        }
        return answer({"system": system, "devices": [device], "atelier": atelier})

    async def show_features(self, request: web.Request) -> web.Response:
        return answer(self.features)

    async def object_info(self, request: web.Request) -> web.Response:
        return answer(self.catalogue.object_info(self.folders))

    async def object_info_of_one(self, request: web.Request) -> web.Response:
        """Return one class by its name; nothing for an unknown one."""
        node = self.catalogue.get(request.match_info["name"])
        return answer({} if node is None else {node.name: node.object_info(self.folders)})


def server_features(max_upload_size: int) -> dict[str, Any]:
    """Return what `GET /features` and the WebSocket's greeting promise."""
    return {"supports_preview_metadata": True, "max_upload_size": max_upload_size}
