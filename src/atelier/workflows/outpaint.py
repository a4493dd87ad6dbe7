"""Outpaint: a picture goes on beyond its edges."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.errors import UsageError
from atelier.workflows import parameters, parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.library_workflow import UNKNOWN_WORDS, LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.nodes.images import ImagePadForOutpaint, LoadImage
from atelier.workflows.nodes.latents import SetLatentNoiseMask, VAEEncode
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Sampling


@dataclass(frozen=True, kw_only=True)
class Outpaint:
    """The picture, what is around it, and how far."""

    prompt: str
    #: Name of an uploaded picture, as the upload answered it.
    image: str
    #: Pixels to add, multiples of 16; not all four may be 0.
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    #: Pixels of the picture's edge that are blended with what is added.
    feathering: int = 16
    negative_prompt: str = ""
    count: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def outpaint(request: Outpaint, models: ModelSet) -> Workflow:
    """Return the workflow that goes on with a picture beyond its edges with a model set.

    The picture is padded and the padding painted as `inpaint` does; what the feathering leaves of the picture
    is pasted back.

    Raises:
        UsageError: nothing is to be added, or the request names a guidance and the model set reads none.
    """
    if not any((request.left, request.top, request.right, request.bottom)):
        raise UsageError("Nothing is to be added: set left, top, right or bottom to some pixels.")
    graph = Graph()
    loaded = parts.load(graph, models)
    prompts = parts.encode(
        graph, models, loaded.clip, request.prompt, request.negative_prompt, request.sampling
    )
    source, _ = graph.add(LoadImage(image=request.image))
    padded, mask = graph.add(
        ImagePadForOutpaint(
            image=source,
            left=request.left,
            top=request.top,
            right=request.right,
            bottom=request.bottom,
            feathering=request.feathering,
        )
    )
    encoded = graph.add(VAEEncode(pixels=padded, vae=loaded.vae))
    latent = graph.add(SetLatentNoiseMask(samples=encoded, mask=mask))
    painted = parts.sample(
        graph,
        models,
        loaded,
        request.sampling,
        prompts,
        parts.repeated(graph, latent, request.count),
    )
    image = parts.kept_outside(graph, painted, padded, mask)
    parts.save(graph, image, request.prefix)
    return graph.workflow()


def _side(name: str) -> Parameter:
    return Parameter(
        name=name,
        kind="integer",
        purpose=f"Pixels to add, {name}.",
        default=0,
        minimum=0,
        maximum=1024,
        multiple=16,
        advice="At least one side has to grow, by at most half of the picture." if name == "left" else "",
    )


OUTPAINT = LibraryWorkflow(
    name="outpaint",
    title="Outpaint",
    purpose="Goes on with a picture beyond its edges.",
    wiring="ImagePadForOutpaint makes the picture larger and gives the mask of what is new. From there it is "
    "the workflow inpaint; the feathering blends the picture's edge with what is added.",
    request=Outpaint,
    builder=outpaint,
    parameters=(
        Parameter(
            name="prompt",
            kind="text",
            purpose="What the whole picture shows.",
            required=True,
            advice="Describe picture and surroundings together.",
        ),
        Parameter(name="image", kind="picture", purpose="The picture.", required=True),
        *map(_side, ("left", "top", "right", "bottom")),
        Parameter(
            name="feathering",
            kind="integer",
            purpose="Pixels of the picture's edge that are blended.",
            default=16,
            minimum=0,
            maximum=256,
            advice="More hides the seam, and redraws more of the picture.",
        ),
        parameters.NEGATIVE_PROMPT,
        parameters.denoise(1.0, "Leave it at 1: there is nothing to keep in what is added."),
        parameters.COUNT,
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="The seam can be seen.",
            cause="The feathering is too narrow for the change of light or colour.",
            remedy="Double the feathering.",
        ),
        Trouble(
            symptom="The added part is a picture of its own.",
            cause="Too much is added at once.",
            remedy="Add a quarter of the picture, and go on from the result.",
        ),
        Trouble(
            symptom="The server refuses the size.",
            cause="Picture and padding together are beyond the model set's limit.",
            remedy="Make the picture smaller first; the embedded model draws at most 256 pixels a side.",
        ),
        UNKNOWN_WORDS,
    ),
    example={"prompt": "green hills at sunset, with clouds", "image": "hills.png", "right": 64, "seed": 2},
)
