"""`/history`: what ran of the account's own, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from atelier.errors import RequestInvalid
from atelier.gateway.bodies import answer, read_object
from atelier.gateway.comfyui import documents
from atelier.gateway.comfyui.queue import ids_to_delete
from atelier.gateway.comfyui.routing import ComfyUIRoute, get, post
from atelier.gateway.identity import Identity
from atelier.storage.contract import Jobs
from atelier.storage.job import Job, JobState

_ENDED = frozenset(state for state in JobState if state.final)
#: Entries that one answer has at most; ComfyUI forgets beyond 10,000.
_MOST = 1_000
_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class History:
    """Shows and trims the account's own history."""

    jobs: Jobs

    def routes(self) -> list[ComfyUIRoute]:
        return [
            get("/history", "jobs:read", self.page),
            get("/history/{prompt_id}", "jobs:read", self.entry),
            post("/history", "jobs:cancel", self.change),
        ]

    async def page(self, request: Request, identity: Identity) -> Response:
        """Return entries by prompt id, oldest first; `max_items` alone means the last ones."""
        max_items, offset = _integer(request, "max_items"), _integer(request, "offset")
        count = _MOST if max_items is None else max(0, min(max_items, _MOST))
        account_id = identity.account.id
        if offset is None or offset < 0:
            latest = await self.jobs.list(account_id, states=_ENDED, limit=count) if count else ()
            return answer(_entries(reversed(latest)))
        # The offset counts from the oldest.
        oldest_first = list(reversed(await self.jobs.list(account_id, states=_ENDED, limit=10_000)))
        return answer(_entries(oldest_first[offset : offset + count]))

    async def entry(self, request: Request, identity: Identity) -> Response:
        """Return one entry by its id; nothing for jobs that are not done, cleared, unknown or another's."""
        job = await self.jobs.find(identity.account.id, request.path_params["prompt_id"])
        return answer(_entries([job] if job is not None and job.state.final else []))

    async def change(self, request: Request, identity: Identity) -> Response:
        """Forget entries: `{"clear": true}`, `{"delete": [ids]}`; unknown ids are no error."""
        body = await read_object(request, limit=_MAX_BYTES)
        ids = ids_to_delete(body)
        if body.get("clear"):
            await self.jobs.hide(identity.account.id, None)
        elif ids:
            await self.jobs.hide(identity.account.id, ids)
        return Response()


def _entries(jobs: Iterable[Job]) -> dict[str, Any]:
    return {job.public_id: documents.history_entry(job) for job in jobs}


def _integer(request: Request, name: str) -> int | None:
    """Return a whole number of the query; ComfyUI answers 500 where it is none."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise RequestInvalid(f"'{name}' must be a whole number.") from error
