"""Sends a workflow so that it is queued once, whatever happens to the answer."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atelier.client._cancellation import cancel_job
from atelier.client._lookup import look_up
from atelier.client._refusals import Answer, pause_after
from atelier.client._rejections import explain
from atelier.client._transport import Transport
from atelier.errors import (
    AnswerUnusable,
    ClientError,
    DeadlineExceeded,
    PromptRejected,
    RequestRefused,
    ServerFault,
    ServerUnreachable,
    TooManyRequests,
    UsageError,
)
from atelier.findings import Finding
from atelier.workflows.graph import Workflow

_JOB_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")

#: Pauses in seconds between attempts at a server that refuses the connection.
_REFUSED = (0.2, 0.5)

#: Pauses in seconds between looks for a job whose answer was lost; the server may still be reading it.
_LOST = (0.0, 0.2, 0.5)

#: Seconds to wait after a 429 that names no time.
_BUSY = 1.0


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A workflow on its way to a server."""

    workflow: Workflow
    job_id: str
    extra_data: Mapping[str, Any] = field(default_factory=dict)
    #: Whether outputs that the server finds invalid may be left out while others run.
    allow_partial: bool = False
    #: Output nodes to execute; all where there is none.
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The server's answer to a submission."""

    number: float
    #: Faults of the outputs that are left out.
    findings: tuple[Finding, ...] = ()


def new_job_id() -> str:
    return str(uuid.uuid4())


def checked_job_id(job_id: str) -> str:
    """Return the id.

    Raises:
        UsageError: it cannot stand in an address.
    """
    if not _JOB_ID.fullmatch(job_id):
        raise UsageError(
            f"'{job_id}' cannot name a job: use up to 200 letters, digits, hyphens, underscores and dots, "
            "not beginning with a dot."
        )
    return job_id


async def submit(transport: Transport, submission: Submission, *, client_id: str, deadline: float) -> Receipt:
    """Queue a workflow and return the server's receipt.

    A refused connection and a 429 queue nothing, so they are tried again. After a lost answer or a 5xx the
    job is looked for first: ComfyUI answers a repeated id 500 and queues it all the same. Of a job that is
    found so, nobody can say any more whether the server left out a part.

    Args:
        transport: The server.
        submission: The workflow.
        client_id: Whose socket gets the messages.
        deadline: The event loop's time at which to give up.

    Raises:
        PromptRejected: the server refused the workflow, or would leave out an output.
        ServerUnreachable, DeadlineExceeded, TooManyRequests, ServerFault, NotSignedIn and the like.
    """
    resent = False
    refused = iter(_REFUSED)
    loop = asyncio.get_running_loop()
    while True:
        try:
            answer = await _send(transport, submission, client_id)
            document = transport.json_of(answer)
        except TooManyRequests as error:
            pause = pause_after(error, _BUSY)
            if loop.time() + pause >= deadline:
                raise
            await asyncio.sleep(pause)
        except ServerUnreachable as error:
            if error.sent:
                if await _was_queued(transport, submission.job_id):
                    return Receipt(number=0)
                if resent:
                    raise
                resent = True
                continue
            wait = next(refused, None)
            if wait is None or loop.time() + wait >= deadline:
                raise
            await asyncio.sleep(wait)
        except (DeadlineExceeded, ServerFault, AnswerUnusable):
            # The server may yet queue it, so it is not sent a second time.
            if await _was_queued(transport, submission.job_id):
                return Receipt(number=0)
            raise
        else:
            return await _receipt(transport, answer, document, submission)


async def _send(transport: Transport, submission: Submission, client_id: str) -> Answer:
    document: dict[str, Any] = {
        "prompt": submission.workflow,
        "prompt_id": submission.job_id,
        "client_id": client_id,
    }
    if submission.extra_data:
        document["extra_data"] = dict(submission.extra_data)
    if submission.targets:
        document["partial_execution_targets"] = list(submission.targets)
    return await transport.request("POST", "/prompt", document=document, accept=frozenset({400}))


async def _receipt(transport: Transport, answer: Answer, document: Any, submission: Submission) -> Receipt:
    if answer.status == 400:
        findings = await explain(transport, document, submission.workflow)
        if not findings:
            raise RequestRefused(
                f"{answer.where} answered 400 without ComfyUI's reasons. Is this a ComfyUI server?"
            )
        raise PromptRejected(_rejection(findings), findings=findings)
    given = document.get("prompt_id") if isinstance(document, dict) else None
    if given != submission.job_id:
        renamed = AnswerUnusable(
            f"{answer.where} did not accept the job under the id that was sent. "
            "Use ComfyUI 0.3.45 or newer, and check that nothing rewrites the request."
        )
        if isinstance(given, str):
            await _take_back(transport, given, renamed)
        raise renamed
    number = document.get("number")
    findings = await explain(transport, document, submission.workflow)
    if findings and not submission.allow_partial:
        rejected = PromptRejected(
            f"The server would leave out a part of the workflow. {_rejection(findings)} "
            "Pass allow_partial=True to run the rest.",
            findings=findings,
        )
        await _take_back(transport, submission.job_id, rejected)
        raise rejected
    return Receipt(number=float(number) if isinstance(number, (int, float)) else 0, findings=findings)


async def _take_back(transport: Transport, job_id: str, reason: ClientError) -> None:
    """Cancel a job that is queued and not wanted; where that fails, the reason gets a note of it."""
    try:
        await cancel_job(transport, job_id)
    except ClientError as trouble:
        reason.add_note(f"The server could not be asked to stop job {job_id}, which may run: {trouble}")


def _rejection(findings: tuple[Finding, ...]) -> str:
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"The server refuses the workflow: {findings[0]}{more}"


async def _was_queued(transport: Transport, job_id: str) -> bool:
    """Look for a job a few times; where the server does not answer that either, it counts as not found."""
    for pause in _LOST:
        await asyncio.sleep(pause)
        try:
            if await look_up(transport, job_id) is not None:
                return True
        except (ServerUnreachable, ServerFault, TooManyRequests):
            continue
        except (DeadlineExceeded, AnswerUnusable):
            return False
    return False
