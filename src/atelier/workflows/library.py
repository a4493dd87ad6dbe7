"""The library: every workflow that Atelier can build by name."""

from __future__ import annotations

from atelier.errors import UsageError
from atelier.workflows.composition import COMPOSITION
from atelier.workflows.image_edit import IMAGE_EDIT
from atelier.workflows.image_to_image import IMAGE_TO_IMAGE
from atelier.workflows.inpaint import INPAINT
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.nearest import nearest
from atelier.workflows.outpaint import OUTPAINT
from atelier.workflows.style_transfer import STYLE_TRANSFER
from atelier.workflows.text_to_image import TEXT_TO_IMAGE
from atelier.workflows.upscale import UPSCALE
from atelier.workflows.variations import VARIATIONS

LIBRARY: tuple[LibraryWorkflow, ...] = (
    TEXT_TO_IMAGE,
    IMAGE_TO_IMAGE,
    IMAGE_EDIT,
    COMPOSITION,
    STYLE_TRANSFER,
    INPAINT,
    OUTPAINT,
    UPSCALE,
    VARIATIONS,
)


def find(name: str) -> LibraryWorkflow:
    """Return the workflow of that name; `-` is as good as `_`.

    Raises:
        UsageError: there is none; the message has the nearest.
    """
    known = {each.name: each for each in LIBRARY}
    wanted = name.replace("-", "_")
    for each in LIBRARY:
        if each.name == wanted:
            return each
    near = nearest(wanted, known)
    hint = "" if near is None else f" Did you mean {near!r}?"
    raise UsageError(f"The library has no workflow {name!r}.{hint} It has: {', '.join(known)}.")
