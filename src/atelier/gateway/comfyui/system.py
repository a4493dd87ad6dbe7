"""`/system_stats` and `/features`: what the service is and takes; no command line and no path of any host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from atelier import __version__
from atelier.gateway.bodies import answer
from atelier.gateway.comfyui.routing import ComfyUIRoute, get
from atelier.gateway.identity import Identity
from atelier.gateway.notices import SEEN, pictures_seen
from atelier.gateway.upstream import Upstream
from atelier.storage.contract import Accounts

#: What of an engine's system is shown.
_SYSTEM = (
    "os",
    "ram_total",
    "ram_free",
    "comfyui_version",
    "required_frontend_version",
    "installed_templates_version",
    "required_templates_version",
    "python_version",
    "pytorch_version",
    "embedded_python",
)
_DEVICE = (
    "name",
    "type",
    "index",
    "vram_total",
    "vram_free",
    "torch_vram_total",
    "torch_vram_free",
)
#: From this option the stock page learns not to call api.comfy.org.
_ARGV = ("atelier", "serve", "--disable-api-nodes")


@dataclass(frozen=True, kw_only=True)
class System:
    """Tells clients whom they talk to."""

    upstream: Upstream
    accounts: Accounts
    max_upload_bytes: int

    def routes(self) -> list[ComfyUIRoute]:
        return [
            get("/system_stats", "nodes:read", self.stats),
            get("/features", "nodes:read", self.show_features),
        ]

    async def stats(self, request: Request, identity: Identity) -> Response:
        """Return an engine's own document, as far as it concerns the account."""
        found = await self.upstream.document("/system_stats")
        document = found if isinstance(found, Mapping) else {}
        devices = document.get("devices")
        ours = {"name": "Atelier's gateway", "version": __version__}
        if await pictures_seen(self.accounts, identity.account):
            ours["notice"] = SEEN
        return answer(
            {
                "system": {**_shown(document.get("system"), _SYSTEM), "argv": list(_ARGV)},
                "devices": [_shown(each, _DEVICE) for each in devices] if isinstance(devices, list) else [],
                "atelier": ours,
            }
        )

    async def show_features(self, request: Request, identity: Identity) -> Response:
        return answer(features(self.max_upload_bytes))


def features(max_upload_bytes: int) -> dict[str, Any]:
    """Return what `GET /features` and the WebSocket's greeting promise."""
    return {"supports_preview_metadata": True, "max_upload_size": max_upload_bytes}


def _shown(document: object, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: document[key] for key in keys if key in document} if isinstance(document, Mapping) else {}
