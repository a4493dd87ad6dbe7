"""`/settings` and `/users`: what the page remembers about itself, for each account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from atelier.errors import RequestInvalid
from atelier.gateway.bodies import answer, encode, read_json, read_object
from atelier.gateway.comfyui.routing import ComfyUIRoute, get, post
from atelier.gateway.identity import Identity
from atelier.storage import contract

#: What a page that was never used finds. It would else greet everybody with a choice of templates whose
#: models the engines may not have.
INITIAL = MappingProxyType({"Comfy.TutorialCompleted": True})

#: Bytes of all settings of an account, and of one key.
_MAX_BYTES = 1024 * 1024
_LONGEST_KEY = 256


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Keeps the page's settings."""

    settings: contract.Settings

    def routes(self) -> list[ComfyUIRoute]:
        return [
            get("/users", "page:use", self.users),
            post("/users", "page:use", self.add_user),
            get("/settings", "page:use", self.all),
            post("/settings", "page:use", self.change),
            get("/settings/{id:path}", "page:use", self.one),
            post("/settings/{id:path}", "page:use", self.change_one),
        ]

    async def users(self, request: Request, identity: Identity) -> Response:
        """Say that there is one user: the page then asks for no name, and has none to send."""
        return answer({"storage": "server", "migrated": True})

    async def add_user(self, request: Request, identity: Identity) -> Response:
        raise RequestInvalid("Accounts are added by whoever runs the service, not by the page.")

    async def all(self, request: Request, identity: Identity) -> Response:
        return answer(await self._all(identity))

    async def one(self, request: Request, identity: Identity) -> Response:
        """Return one setting; null where it was never set."""
        return answer((await self._all(identity)).get(request.path_params["id"]))

    async def change(self, request: Request, identity: Identity) -> Response:
        await self._put(identity, await read_object(request, limit=_MAX_BYTES))
        return Response()

    async def change_one(self, request: Request, identity: Identity) -> Response:
        value = await read_json(request, limit=_MAX_BYTES)
        await self._put(identity, {request.path_params["id"]: value})
        return Response()

    async def _all(self, identity: Identity) -> dict[str, Any]:
        return {**INITIAL, **await self.settings.all(identity.account.id)}

    async def _put(self, identity: Identity, values: Mapping[str, Any]) -> None:
        kept = {**await self.settings.all(identity.account.id), **values}
        if any(len(key) > _LONGEST_KEY for key in values) or len(encode(kept)) > _MAX_BYTES:
            raise RequestInvalid(f"All settings together may have {_MAX_BYTES} bytes.")
        await self.settings.put(identity.account.id, values)
