"""Upscale: a picture becomes larger, and gets the details that enlarging cannot give."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parameters, parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.library_workflow import LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.nodes.images import ImageScaleBy, LoadImage
from atelier.workflows.nodes.latents import VAEEncode
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Sampling

#: Sharpens without changing what is to be seen. The templates hiresfix_* have 0.5, for pictures that the same
#: prompt drew.
_DENOISE = 0.3


@dataclass(frozen=True, kw_only=True)
class Upscale:
    """The picture to enlarge, and how far."""

    #: Name of an uploaded picture, as the upload answered it.
    image: str
    #: Each side is multiplied by it.
    factor: float = 2.0
    #: What the picture shows; empty leaves it to the model.
    prompt: str = ""
    negative_prompt: str = ""
    count: int = 1
    #: `denoise`: how much may be drawn anew; 0.3 is taken without one.
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def upscale(request: Upscale, models: ModelSet) -> Workflow:
    """Return the workflow that enlarges a picture and refines it with a model set.

    Raises:
        UsageError: the request names a guidance, and the model set reads none.
    """
    graph = Graph()
    loaded = parts.load(graph, models)
    prompts = parts.encode(
        graph, models, loaded.clip, request.prompt, request.negative_prompt, request.sampling
    )
    source, _ = graph.add(LoadImage(image=request.image))
    larger = graph.add(ImageScaleBy(image=source, upscale_method="lanczos", scale_by=request.factor))
    latent = graph.add(VAEEncode(pixels=larger, vae=loaded.vae))
    image = parts.sample(
        graph,
        models,
        loaded,
        request.sampling,
        prompts,
        parts.repeated(graph, latent, request.count),
        denoise=_DENOISE,
    )
    parts.save(graph, image, request.prefix)
    return graph.workflow()


UPSCALE = LibraryWorkflow(
    name="upscale",
    title="Upscale",
    purpose="Enlarges a picture, and draws the details that enlarging cannot give.",
    wiring="The pixels are enlarged with Lanczos, and the result goes through image_to_image at a low "
    "denoise: the shapes stay, the textures are new.",
    request=Upscale,
    builder=upscale,
    parameters=(
        Parameter(name="image", kind="picture", purpose="The picture to enlarge.", required=True),
        Parameter(
            name="factor",
            kind="number",
            purpose="Each side is multiplied by it.",
            default=2.0,
            minimum=1,
            maximum=8,
            advice="The enlarged sides must be within the model set's limit: 2 takes the embedded model from "
            "128 to 256 pixels.",
        ),
        Parameter(
            name="prompt",
            kind="text",
            purpose="What the picture shows.",
            default="",
            advice="Name the materials that shall get details.",
        ),
        parameters.NEGATIVE_PROMPT,
        parameters.denoise(_DENOISE, "0.2 sharpens, 0.4 invents textures, 0.5 changes shapes."),
        parameters.COUNT,
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="The server refuses the size.",
            cause="The picture times factor is beyond the model set's limit.",
            remedy="Lower factor; the embedded model draws at most 256 pixels a side.",
        ),
        Trouble(
            symptom="Faces or objects change.",
            cause="denoise is too high.",
            remedy="Lower denoise to 0.2.",
        ),
        Trouble(
            symptom="The result is soft.",
            cause="denoise leaves no step to draw in.",
            remedy="Raise denoise to 0.4, or steps.",
        ),
    ),
    example={"image": "hills.png", "factor": 2, "prompt": "green hills at sunset", "seed": 2},
)
