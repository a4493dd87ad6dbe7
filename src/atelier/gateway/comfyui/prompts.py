"""`/prompt`: workflows come in here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from atelier.gateway.bodies import answer, read_json
from atelier.gateway.comfyui.routing import ComfyUIRoute, get, post
from atelier.gateway.identity import Identity
from atelier.gateway.statuses import Statuses
from atelier.storage.job import Job

#: Checks and stores a workflow; raises PromptRefused and the refusals of the queue.
Admit = Callable[[Identity, Mapping[str, Any]], Awaitable[Job]]


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """Takes workflows, and says how many of the account's jobs wait or run."""

    admit: Admit
    statuses: Statuses
    #: Wakes the workers.
    stored: Callable[[], None]

    def routes(self) -> list[ComfyUIRoute]:
        return [get("/prompt", "jobs:read", self.status), post("/prompt", "jobs:submit", self.submit)]

    async def status(self, request: Request, identity: Identity) -> Response:
        return answer(await self.statuses.of(identity.account.id))

    async def submit(self, request: Request, identity: Identity) -> Response:
        """Store a job; the answer leaves after it is durable."""
        body = await read_json(request)
        job = await self.admit(identity, body if isinstance(body, dict) else {})
        self.stored()
        self.statuses.changed(identity.account.id)
        return answer({"prompt_id": job.public_id, "number": job.number, "node_errors": {}})
