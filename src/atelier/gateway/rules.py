"""What the accounts of one role may have in a workflow, as data; `policy` judges by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from atelier.storage.account import Role


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much one workflow may ask for; None sets no bound."""

    #: Nodes, whether or not they run.
    nodes: int | None = None
    #: Width times height of any picture on the way.
    pixels: int | None = None
    #: Width times height of a picture that is drawn: what samplers work on.
    drawn_pixels: int | None = None
    #: Sampling steps of all samplers together.
    steps: int | None = None
    #: Pictures that go through one node at once.
    batch: int | None = None
    #: Pictures that the workflow gives, previews included.
    images: int | None = None


#: Bounds where the configuration has no other. For students: twice the width and height for which SDXL and
#: Qwen-Image were made, enlarged to twice that again; four runs of as many steps as Qwen-Image wants.
BOUNDS: Mapping[Role, Bounds] = {
    Role.STUDENT: Bounds(
        nodes=200, pixels=4096 * 4096, drawn_pixels=2048 * 2048, steps=200, batch=4, images=16
    ),
    Role.TEACHER: Bounds(
        nodes=500, pixels=8192 * 8192, drawn_pixels=4096 * 4096, steps=1000, batch=16, images=64
    ),
    Role.ADMIN: Bounds(
        nodes=1000, pixels=16_384 * 16_384, drawn_pixels=8192 * 8192, steps=10_000, batch=64, images=256
    ),
}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a role may have in a workflow."""

    role: Role
    #: Classes that are allowed besides those of the table: custom nodes, and native ones left out of it.
    allow: frozenset[str] = frozenset()
    #: Classes of the table that are refused all the same; goes before `allow`.
    refuse: frozenset[str] = frozenset()
    bounds: Bounds = field(default_factory=Bounds)
