"""Image to image: a prompt redraws a picture, as far as `denoise` lets it."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parameters, parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.library_workflow import NOT_FITTED, UNKNOWN_WORDS, LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.nodes.images import LoadImage
from atelier.workflows.nodes.latents import VAEEncode
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Sampling

#: Keeps the layout and takes the prompt's look.
_DENOISE = 0.6


@dataclass(frozen=True, kw_only=True)
class ImageToImage:
    """The picture to start from, and what it shall become."""

    prompt: str
    #: Name of an uploaded picture, as the upload answered it.
    image: str
    negative_prompt: str = ""
    count: int = 1
    #: `denoise`: 0.3 keeps the layout, 0.6 (taken without one) mixes, 0.9 follows the prompt.
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def image_to_image(request: ImageToImage, models: ModelSet) -> Workflow:
    """Return the workflow that redraws a picture with a model set.

    Raises:
        UsageError: the request names a guidance, and the model set reads none.
    """
    graph = Graph()
    loaded = parts.load(graph, models)
    prompts = parts.encode(
        graph, models, loaded.clip, request.prompt, request.negative_prompt, request.sampling
    )
    source, _ = graph.add(LoadImage(image=request.image))
    latent = graph.add(VAEEncode(pixels=source, vae=loaded.vae))
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


IMAGE_TO_IMAGE = LibraryWorkflow(
    name="image_to_image",
    title="Image to image",
    purpose="Redraws a picture after a description, as far as denoise lets it.",
    wiring="The picture becomes a latent, which is noised as far as denoise says and then sampled with the "
    "prompt. What little noise leaves of it stays: the layout before the colours, the colours before the "
    "details.",
    request=ImageToImage,
    builder=image_to_image,
    parameters=(
        Parameter(
            name="prompt",
            kind="text",
            purpose="What the picture shall become.",
            required=True,
            advice="Describe the whole result, not the change.",
        ),
        Parameter(name="image", kind="picture", purpose="The picture to start from.", required=True),
        parameters.NEGATIVE_PROMPT,
        parameters.denoise(_DENOISE, "0.3 keeps the layout, 0.6 mixes, 0.9 follows the prompt."),
        parameters.COUNT,
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="The result is the picture again.",
            cause="denoise is too low for the change that the prompt asks for.",
            remedy="Raise denoise in steps of 0.1; for a change by instruction use image_edit.",
        ),
        Trouble(
            symptom="Nothing of the picture is left.",
            cause="denoise is near 1.",
            remedy="Lower denoise in steps of 0.1.",
        ),
        NOT_FITTED,
        UNKNOWN_WORDS,
    ),
    example={"prompt": "snowy hills at night", "image": "hills.png", "denoise": 0.7, "seed": 3},
)
