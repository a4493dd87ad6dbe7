"""A workflow of the library with values that show within little time whether it works."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atelier.workflows.graph import Workflow
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.model_sets import ModelSet

#: Enough to tell a drawing from none, not to make it good.
STEPS = 4
#: Where the server scales to megapixels: relative difference of a side, and pixels to which it rounds.
_SCALED, _STEP = 0.025, 16


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A workflow ready to be sent, and what must come of it."""

    workflow: Workflow
    #: Pixels; those of the area where the server scales the picture itself.
    width: int
    height: int
    scaled: bool

    def fits(self, width: int, height: int) -> bool:
        """Return whether a picture has the size that was asked for."""
        if self.scaled:
            side = math.sqrt(self.width * self.height)
            return abs(math.sqrt(width * height) - side) <= max(_SCALED * side, _STEP - 1)
        return (width, height) == (self.width, self.height)


def pictures_of(workflow: LibraryWorkflow) -> dict[str, tuple[str, ...]]:
    """Return the pictures that a workflow's example takes: parameter to the names of scenes."""
    found: dict[str, tuple[str, ...]] = {}
    for each in workflow.parameters:
        given = workflow.example.get(each.name)
        if each.kind in ("picture", "mask") and isinstance(given, str):
            found[each.name] = ("mask" if each.kind == "mask" else f"{each.name} {given}",)
        elif each.kind == "pictures" and given is not None:
            found[each.name] = tuple(f"{each.name} {name}" for name in given)
    return found


def input_size(workflow: LibraryWorkflow, models: ModelSet) -> tuple[int, int]:
    """Return width and height in pixels of the pictures that a sample takes."""
    # What is enlarged to the model set's own size was half of it before.
    half = 2 if workflow.name == "upscale" else 1
    return models.width // half, models.height // half


def sample(
    workflow: LibraryWorkflow,
    models: ModelSet,
    *,
    pictures: Mapping[str, Any],
    seed: int = 0,
) -> Sample:
    """Return a workflow for its example.

    Args:
        pictures: By parameter, the uploaded pictures' names, each of `input_size`; where one is left
            out the example's name stands.
        seed: 0 to 2^64 - 1.
    """
    given: dict[str, Any] = {**workflow.example, "seed": seed, "steps": min(models.steps, STEPS), **pictures}
    if any(each.name == "count" for each in workflow.parameters):
        given["count"] = 1
    width, height = models.width, models.height
    if workflow.name == "outpaint":
        width += sum(int(given.get(side, 0)) for side in ("left", "right"))
        height += sum(int(given.get(side, 0)) for side in ("top", "bottom"))
    scaled = models.edit_megapixels is not None and workflow.name in ("image_edit", "style_transfer")
    if scaled and models.edit_megapixels is not None:
        width = height = round((models.edit_megapixels * 2**20) ** 0.5)
    return Sample(
        workflow=workflow.build(given, models),
        width=width,
        height=height,
        scaled=scaled,
    )
