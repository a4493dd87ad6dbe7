"""What an engine must have to run a workflow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What an engine must have to run a workflow."""

    node_classes: frozenset[str]
    #: Pairs of folder and file, such as ("diffusion_models", "a.safetensors").
    models: frozenset[tuple[str, str]]
    #: The largest of the models, which an engine would rather not load twice; None where it names none.
    model: str | None
    #: Digest of the above: equal for workflows that need the same.
    kind: str
