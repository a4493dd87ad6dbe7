"""Inpaint: a prompt fills the masked part of a picture; every other pixel stays."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parameters, parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.library_workflow import NOT_FITTED, UNKNOWN_WORDS, LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.nodes.images import LoadImage
from atelier.workflows.nodes.latents import SetLatentNoiseMask, VAEEncode
from atelier.workflows.nodes.masks import GrowMask, LoadImageMask
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Sampling


@dataclass(frozen=True, kw_only=True)
class Inpaint:
    """The picture, the mask, and what shall stand in the masked part."""

    prompt: str
    #: Name of an uploaded picture, as the upload answered it.
    image: str
    #: Name of an uploaded mask, white where to paint; None: where the picture itself is transparent.
    mask: str | None = None
    #: Pixels by which the mask is made wider on every side.
    grow: int = 0
    negative_prompt: str = ""
    count: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def inpaint(request: Inpaint, models: ModelSet) -> Workflow:
    """Return the workflow that fills the masked part of a picture with a model set.

    The source is pasted back outside the mask, since a VAE changes even what it keeps.

    Raises:
        UsageError: the request names a guidance, and the model set reads none.
    """
    graph = Graph()
    loaded = parts.load(graph, models)
    prompts = parts.encode(
        graph, models, loaded.clip, request.prompt, request.negative_prompt, request.sampling
    )
    source, mask = graph.add(LoadImage(image=request.image))
    if request.mask is not None:
        mask = graph.add(LoadImageMask(image=request.mask, channel="red"))
    if request.grow:
        mask = graph.add(GrowMask(mask=mask, expand=request.grow))
    encoded = graph.add(VAEEncode(pixels=source, vae=loaded.vae))
    latent = graph.add(SetLatentNoiseMask(samples=encoded, mask=mask))
    painted = parts.sample(
        graph,
        models,
        loaded,
        request.sampling,
        prompts,
        parts.repeated(graph, latent, request.count),
    )
    image = parts.kept_outside(graph, painted, source, mask)
    parts.save(graph, image, request.prefix)
    return graph.workflow()


INPAINT = LibraryWorkflow(
    name="inpaint",
    title="Inpaint",
    purpose="Fills the masked part of a picture after a description; every other pixel stays.",
    wiring="The mask travels with the latent (SetLatentNoiseMask), so that the sampler changes only what "
    "lies under it and still sees the rest. What lies outside is pasted back from the picture, since the VAE "
    "changes even what it keeps.",
    request=Inpaint,
    builder=inpaint,
    parameters=(
        Parameter(
            name="prompt",
            kind="text",
            purpose="What shall stand in the masked part.",
            required=True,
            advice="Describe the whole picture as it shall be, the new part first.",
        ),
        Parameter(name="image", kind="picture", purpose="The picture.", required=True),
        Parameter(
            name="mask",
            kind="mask",
            purpose="White where to paint.",
            default_note="where the picture is transparent",
            advice="As large as the picture.",
        ),
        Parameter(
            name="grow",
            kind="integer",
            purpose="Pixels by which the mask is made wider.",
            default=0,
            minimum=0,
            maximum=256,
            advice="A few pixels hide the seam.",
        ),
        parameters.NEGATIVE_PROMPT,
        parameters.denoise(1.0, "Below 1 the old content shows through."),
        parameters.COUNT,
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="Nothing changes.",
            cause="The mask is black, or the picture has no transparent part.",
            remedy="Paint the mask white where to paint, or erase that part of the picture.",
        ),
        Trouble(
            symptom="The new part does not fit its surroundings.",
            cause="The prompt describes the part alone.",
            remedy="Describe the whole picture, and make the mask wider with grow.",
        ),
        Trouble(
            symptom="A seam can be seen.",
            cause="The mask ends at an edge of the picture's content.",
            remedy="Set grow to 8 or more.",
        ),
        NOT_FITTED,
        UNKNOWN_WORDS,
    ),
    example={
        "prompt": "green hills under a night sky with stars",
        "image": "hills.png",
        "mask": "mask.png",
        "seed": 2,
    },
)
