"""How a job ended, in ComfyUI's messages, as pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atelier.findings import Finding
from atelier.providers.messages import Message
from atelier.storage.job import Job, JobState

_ENDINGS = {
    JobState.SUCCEEDED: "execution_success",
    JobState.FAILED: "execution_error",
    JobState.CANCELLED: "execution_interrupted",
}


def ending(job: Job) -> tuple[Message, Message]:
    """Return the two messages with which ComfyUI ends a job: how it ended, and that nothing runs any more.

    Where the job has no such message of an engine's, one is made of what is known.
    """
    type_ = _ENDINGS[job.state]
    said = next((data for kind, data in reversed(job.messages) if kind == type_), None)
    if said is None:
        said = _made(job)
    nothing_runs = {"node": None, "display_node": None, "prompt_id": job.public_id}
    return Message(type=type_, data={**said, "prompt_id": job.public_id}), Message(
        type="executing", data=nothing_runs
    )


def error_message(
    text: str,
    *,
    kind: str,
    at: float,
    node_id: str | None = None,
    node_type: str | None = None,
) -> tuple[str, Mapping[str, Any]]:
    """Return the `execution_error` of a fault that no engine reported, for a job's messages.

    Args:
        text: What went wrong, for the account.
        kind: What ComfyUI calls the exception's type.
        at: Seconds since 1970, UTC.
        node_id: The node at fault.
        node_type: Its class.
    """
    return "execution_error", {
        "node_id": node_id,
        "node_type": node_type,
        "executed": [],
        "exception_message": text,
        "exception_type": kind,
        "traceback": [],
        "current_inputs": {},
        "current_outputs": [],
        "timestamp": int(at * 1000),
    }


def node_errors(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return findings in the form of ComfyUI's `node_errors`; those of no node are left out."""
    errors: dict[str, Any] = {}
    for each in findings:
        if each.node_id is None:
            continue
        node = errors.setdefault(
            each.node_id, {"errors": [], "dependent_outputs": [], "class_type": each.class_type or ""}
        )
        extra = {"input_name": each.input_name, "received_value": each.received}
        node["errors"].append(
            {"type": each.kind, "message": each.message, "details": each.fix, "extra_info": extra}
        )
    return errors


def engine_seconds(messages: Sequence[tuple[str, Mapping[str, Any]]]) -> float | None:
    """Return how long an engine worked, by its own clock; None where it does not say."""
    times = [data.get("timestamp") for _, data in messages]
    stated = [each for each in times if isinstance(each, (int, float)) and not isinstance(each, bool)]
    started = messages and messages[0][0] == "execution_start" and len(stated) == len(messages) >= 2
    if not started or stated[-1] < stated[0]:
        return None
    return (stated[-1] - stated[0]) / 1000


def _made(job: Job) -> Mapping[str, Any]:
    at = job.ended_at or 0.0
    if job.state is JobState.FAILED:
        return error_message(job.failure or "The job failed.", kind="JobFailed", at=at)[1]
    if job.state is JobState.CANCELLED:
        return {"node_id": None, "node_type": None, "executed": [], "timestamp": int(at * 1000)}
    return {"timestamp": int(at * 1000)}
