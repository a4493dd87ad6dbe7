"""Takes a job off the server without touching anybody else's."""

from __future__ import annotations

from atelier.client._lookup import read_queue
from atelier.client._transport import Transport


async def cancel_job(transport: Transport, job_id: str) -> None:
    """Remove a waiting job, or interrupt it if it runs; of a job that has ended, do nothing.

    The interrupt is sent only if the queue shows this very job running, since servers that predate
    interrupts by id would stop whatever runs.

    """
    await transport.post("/queue", {"delete": [job_id]})
    if job_id in (await read_queue(transport)).running:
        await transport.post("/interrupt", {"prompt_id": job_id})
