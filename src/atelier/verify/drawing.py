"""Draws a workflow as a user would, and keeps what was heard of it and what came of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from atelier.client import Cached, ConnectionLost, Event
from atelier.errors import ClientError
from atelier.verify.bench import model_sets_in, object_in
from atelier.verify.case import Case
from atelier.verify.evidence import PictureSeen
from atelier.verify.failures import failure_from
from atelier.verify.pictures import look
from atelier.verify.sample import Sample, input_size, pictures_of, sample
from atelier.verify.scenes import landscape, mask
from atelier.workflows import wiring
from atelier.workflows.graph import Workflow
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.model_sets import ModelSet, choose

#: What samples: a picture whose sampler came out of the cache was not drawn.
SAMPLERS = frozenset({"KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"})

_TINTS = ("#3f7d2c", "#1d5f7a", "#8a5a2b")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A job that was done."""

    job_id: str
    pictures: tuple[PictureSeen, ...]
    #: Nodes that the engine says it took from its cache; None where it says nothing of it.
    cached: frozenset[str] | None
    #: How often each event was heard.
    heard: Mapping[str, int]
    #: Whether the WebSocket broke meanwhile.
    interrupted: bool
    seconds: float
    #: The file that the server names first: `filename`, `subfolder`, `type`.
    file: Mapping[str, str]


async def draw(case: Case, workflow: Workflow, *, token: str | None, name: str) -> Drawn:
    """Run a workflow and fetch what it made.

    Raises:
        Failed: it is refused, fails, or makes nothing that can be decoded.
    """
    heard: Counter[str] = Counter()
    told: set[str] | None = None
    lost = False

    def on_event(event: Event) -> None:
        nonlocal told, lost
        heard[event.name] += 1
        if isinstance(event, Cached):
            told = (told or set()) | set(event.nodes)
        lost = lost or isinstance(event, ConnectionLost)

    run = case.bench.client(token).run(workflow)
    try:
        result = await run.result(on_event=on_event)
    except ClientError as error:
        case.note(f"Job {run.job_id}: {error}")
        raise failure_from(error) from error
    case.note(
        f"Job {result.job_id} took {result.seconds:.2f} s; heard: "
        + ", ".join(f"{name} {count}" for name, count in heard.items())
    )
    case.figure(f"time for {name}", result.seconds, "s")
    entry = object_in(case.expect(await case.send("GET", f"/history/{result.job_id}", token=token), 200))
    cached = _cached_in(entry.get(result.job_id), told)
    if not result.images:
        case.fail("job", f"Job {result.job_id} succeeded and names no picture.", "See the engine's log.")
    seen = []
    for image in result.images:
        params = {"filename": image.filename, "subfolder": image.subfolder, "type": image.type}
        answer = case.expect(await case.send("GET", "/view", token=token, params=params), 200)
        picture = look(answer.body, image.filename)
        case.picture(picture)
        seen.append(picture)
    first = result.images[0]
    return Drawn(
        job_id=result.job_id,
        pictures=tuple(seen),
        cached=cached,
        heard=heard,
        interrupted=lost,
        seconds=result.seconds,
        file={"filename": first.filename, "subfolder": first.subfolder, "type": first.type},
    )


async def models_for(case: Case, workflow: LibraryWorkflow) -> ModelSet:
    """Return the model set that draws a workflow here.

    Raises:
        Skipped: the server has none that can, and none is required.
        Failed: one is required.
    """
    found = choose(model_sets_in(await case.known("/object_info")), workflow.name)
    if found is None:
        text = f"No complete model set of the server can do {workflow.name}."
        if workflow.name in case.target.required:
            case.fail("model", text, "Fetch one that can, and restart the engine: atelier models fetch.")
        case.skip(text, f"Where it must: --require {workflow.name}.")
    return found if case.target.side is None else _smaller(found, case.target.side)


def _smaller(models: ModelSet, side: int) -> ModelSet:
    """Return a model set that draws in another size."""
    # ImageScaleToTotalPixels takes no less than a hundredth.
    megapixels = None if models.edit_megapixels is None else max(0.01, side**2 / 2**20)
    return replace(models, width=side, height=side, edit_megapixels=megapixels)


async def prepared(case: Case, workflow: LibraryWorkflow, models: ModelSet) -> dict[str, Any]:
    """Upload the pictures that a workflow takes; return their names by parameter."""
    client = case.bench.client(case.target.token)
    width, height = input_size(workflow, models)
    names: dict[str, Any] = {}
    for parameter, scenes in pictures_of(workflow).items():
        uploaded = []
        for number, scene in enumerate(scenes):
            tint = _TINTS[(number + len(names)) % len(_TINTS)]
            data = mask(width, height) if scene == "mask" else landscape(width, height, tint=tint)
            stored = await client.upload(data, name=f"atelier-verify-{parameter}-{number}-{width}.png")
            uploaded.append(stored.reference)
        several = next(each.kind for each in workflow.parameters if each.name == parameter) == "pictures"
        names[parameter] = tuple(uploaded) if several else uploaded[0]
    return names


async def sampled(case: Case, workflow: LibraryWorkflow, *, seed: int) -> tuple[Sample, ModelSet]:
    """Return a sample of a workflow for this server, its pictures uploaded; raises as `models_for`."""
    models = await models_for(case, workflow)
    case.note(f"Model set: {models.title}.")
    pictures = await prepared(case, workflow, models)
    return sample(workflow, models, pictures=pictures, seed=seed), models


def samplers_in(workflow: Workflow) -> frozenset[str]:
    """Return the ids of the nodes that sample."""
    return frozenset(node_id for node_id, node in workflow.items() if wiring.class_of(node) in SAMPLERS)


def _cached_in(entry: object, told: set[str] | None) -> frozenset[str] | None:
    """Return what the history entry, or else the WebSocket, says was taken from the cache."""
    if isinstance(entry, Mapping):
        status = entry.get("status")
        messages = status.get("messages", []) if isinstance(status, Mapping) else []
        for message in messages if isinstance(messages, list) else []:
            if isinstance(message, list) and len(message) == 2 and message[0] == "execution_cached":
                nodes = message[1].get("nodes") if isinstance(message[1], Mapping) else None
                if isinstance(nodes, list):
                    return frozenset(
                        json.dumps(each) if not isinstance(each, str) else each for each in nodes
                    )
    return None if told is None else frozenset(told)
