"""Variations: several pictures that differ from a given one no more than asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from atelier.workflows import parameters
from atelier.workflows.graph import Workflow
from atelier.workflows.image_to_image import ImageToImage, image_to_image
from atelier.workflows.library_workflow import NOT_FITTED, LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Sampling

_COUNT = 4
_DENOISE = 0.5


@dataclass(frozen=True, kw_only=True)
class Variations:
    """The picture to vary, and how often."""

    #: Name of an uploaded picture, as the upload answered it.
    image: str
    #: What the picture shows; empty leaves it to the model.
    prompt: str = ""
    negative_prompt: str = ""
    count: int = _COUNT
    #: `denoise` is how far the pictures may go from the given one; 0.5 is taken without one.
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def variations(request: Variations, models: ModelSet) -> Workflow:
    """Return the workflow that draws several variations of a picture in one batch.

    Raises:
        UsageError: the request names a guidance, and the model set reads none.
    """
    how = request.sampling
    return image_to_image(
        ImageToImage(
            prompt=request.prompt,
            image=request.image,
            negative_prompt=request.negative_prompt,
            count=request.count,
            sampling=how if how.denoise is not None else replace(how, denoise=_DENOISE),
            prefix=request.prefix,
        ),
        models,
    )


VARIATIONS = LibraryWorkflow(
    name="variations",
    title="Variations",
    purpose="Draws a batch of pictures that stay near a given one.",
    wiring="The workflow image_to_image with the latent repeated: each copy gets noise of its own, so one "
    "seed gives as many pictures as the batch has.",
    request=Variations,
    builder=variations,
    parameters=(
        Parameter(name="image", kind="picture", purpose="The picture to vary.", required=True),
        Parameter(
            name="prompt",
            kind="text",
            purpose="What the picture shows.",
            default="",
            advice="A few words keep the variations on the subject.",
        ),
        parameters.NEGATIVE_PROMPT,
        replace(parameters.COUNT, default=_COUNT),
        parameters.denoise(_DENOISE, "0.3 varies details, 0.5 shapes, 0.7 the layout."),
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="All pictures look alike.",
            cause="denoise leaves too little room.",
            remedy="Raise denoise in steps of 0.1.",
        ),
        Trouble(
            symptom="The server runs out of memory.",
            cause="The batch is drawn at once.",
            remedy="Lower count, and run the workflow again with another seed.",
        ),
        NOT_FITTED,
    ),
    example={"image": "hills.png", "prompt": "green hills at sunset", "denoise": 0.7, "seed": 5},
)
