"""Jobs as ComfyUI's documents, under the names that their account knows."""

from __future__ import annotations

from typing import Any

from atelier.storage.job import Job, JobState


def prompt(job: Job) -> list[Any]:
    """Return what ComfyUI calls a prompt: number, id, workflow, extra data, outputs to execute."""
    extra = dict(job.extra_data)
    if job.client_id is not None:
        extra["client_id"] = job.client_id
    return [job.number, job.public_id, job.workflow, extra, list(job.targets)]


def history_entry(job: Job) -> dict[str, Any]:
    """Return the entry of a job that ended."""
    succeeded = job.state is JobState.SUCCEEDED
    messages = [[type_, data] for type_, data in job.messages]
    if not succeeded and not any(type_ in _ENDS for type_, _ in messages):
        messages.append(_end(job))
    return {
        **job.extra,
        "prompt": prompt(job),
        "outputs": job.outputs,
        "status": {
            "status_str": "success" if succeeded else "error",
            "completed": succeeded,
            "messages": messages,
        },
        "meta": job.extra.get("meta", {}),
    }


_ENDS = frozenset({"execution_error", "execution_interrupted"})


def _end(job: Job) -> list[Any]:
    """Return the message of an end that no engine said anything about."""
    data: dict[str, Any] = {
        "prompt_id": job.public_id,
        "node_id": None,
        "node_type": None,
        "executed": [],
        "timestamp": int((job.ended_at or job.created_at) * 1000),
    }
    if job.state is JobState.CANCELLED:
        return ["execution_interrupted", data]
    data |= {
        "exception_message": job.failure or "It failed without a reason.",
        "exception_type": "JobFailed",
        "traceback": [],
        "current_inputs": {},
        "current_outputs": [],
    }
    return ["execution_error", data]
