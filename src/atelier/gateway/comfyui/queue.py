"""`/queue`, `/interrupt` and `/free`: the account's own jobs that wait or run, and how to stop them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from atelier.errors import RequestInvalid
from atelier.gateway.bodies import answer, parse, read_body, read_object
from atelier.gateway.comfyui import documents
from atelier.gateway.comfyui.routing import ComfyUIRoute, get, post
from atelier.gateway.identity import Identity
from atelier.gateway.statuses import Statuses
from atelier.storage.contract import Jobs
from atelier.storage.job import Cancellation, Job, JobState

#: Waiting jobs that are shown; more than any account may have.
_MOST = 10_000
#: Bytes of a list of ids.
_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Shows and stops the account's own jobs; everybody else's ids are as unknown as invented ones."""

    jobs: Jobs
    statuses: Statuses
    #: Tells the workers that a running job is to be stopped.
    stopping: Callable[[], None]
    #: Frees memory on every engine: unload models, free memory.
    free_engines: Callable[[bool, bool], Awaitable[None]]

    def routes(self) -> list[ComfyUIRoute]:
        return [
            get("/queue", "jobs:read", self.show),
            post("/queue", "jobs:cancel", self.change),
            post("/interrupt", "jobs:cancel", self.interrupt),
            post("/free", "jobs:read", self.free),
        ]

    async def show(self, request: Request, identity: Identity) -> Response:
        jobs = await self._of(identity, JobState.RUNNING, JobState.QUEUED)
        return answer(
            {
                f"queue_{name}": [documents.prompt(job) for job in reversed(jobs) if job.state is state]
                for name, state in (("running", JobState.RUNNING), ("pending", JobState.QUEUED))
            }
        )

    async def change(self, request: Request, identity: Identity) -> Response:
        """Drop waiting jobs: `{"clear": true}`, `{"delete": [ids]}`; unknown ids are no error."""
        body = await read_object(request, limit=_MAX_BYTES)
        wanted, account_id = ids_to_delete(body), identity.account.id
        dropped = []
        if body.get("clear"):
            dropped += [job.public_id for job in await self.jobs.cancel_waiting(account_id)]
        for public_id in wanted:
            job = await self.jobs.find(account_id, public_id)
            if job is not None and job.state is JobState.QUEUED and await self._cancel(job):
                dropped.append(public_id)
        # As with ComfyUI, a job that was dropped before it ran leaves no trace in the history.
        if dropped:
            await self.jobs.hide(account_id, dropped)
        self.statuses.changed(identity.account.id)
        return Response()

    async def interrupt(self, request: Request, identity: Identity) -> Response:
        """Stop the job named by `{"prompt_id": id}`, or whichever of the account's run when none is named."""
        wanted = _named(await read_body(request, limit=_MAX_BYTES))
        for job in await self._of(identity, JobState.RUNNING):
            if wanted is None or job.public_id == wanted:
                await self._cancel(job)
        return Response()

    async def free(self, request: Request, identity: Identity) -> Response:
        """Free the engines' memory, for those who look after them.

        For others it does nothing: pages of a well-known extension ask for it whenever one is closed, which
        would unload everybody's models.
        """
        body = await read_object(request, limit=_MAX_BYTES)
        if identity.may("engines:write"):
            await self.free_engines(bool(body.get("unload_models")), bool(body.get("free_memory")))
        return Response()

    async def _of(self, identity: Identity, *states: JobState) -> list[Job]:
        return list(await self.jobs.list(identity.account.id, states=frozenset(states), limit=_MOST))

    async def _cancel(self, job: Job) -> bool:
        """Cancel a job; return whether it ended by that, and never ran."""
        outcome = await self.jobs.cancel(job.account_id, job.public_id)
        if outcome is Cancellation.REQUESTED:
            self.stopping()
        return outcome is Cancellation.DONE


def ids_to_delete(body: dict[str, Any]) -> list[str]:
    """Return the ids in `{"delete": [ids]}`; those that are no text name nothing.

    Raises:
        RequestInvalid: `delete` is no list.
    """
    ids = body.get("delete", [])
    if not isinstance(ids, list):
        raise RequestInvalid("'delete' must be a list of prompt ids.")
    return [each for each in ids if isinstance(each, str)]


def _named(body: bytes) -> str | None:
    """Return the job that is named; None where none is, as without a body.

    Raises:
        RequestInvalid: there is a body that is no JSON object. ComfyUI stops everything then.
    """
    document = parse(body) if body.strip() else {}
    if not isinstance(document, dict):
        raise RequestInvalid("The request body must be a JSON object, or empty.")
    prompt_id = document.get("prompt_id")
    return None if prompt_id is None else str(prompt_id)
