"""Text to image: a prompt becomes a picture."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parameters, parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.library_workflow import UNKNOWN_WORDS, LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Sampling


@dataclass(frozen=True, kw_only=True)
class TextToImage:
    """What to draw; what is None follows the model set."""

    prompt: str
    negative_prompt: str = ""
    #: Pixels.
    width: int | None = None
    height: int | None = None
    #: Pictures in one batch.
    count: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    #: Begins the file names on the server.
    prefix: str = "atelier"


def text_to_image(request: TextToImage, models: ModelSet) -> Workflow:
    """Return the workflow that draws a prompt with a model set.

    Raises:
        UsageError: the request names a guidance, and the model set reads none.
    """
    graph = Graph()
    loaded = parts.load(graph, models)
    prompts = parts.encode(
        graph, models, loaded.clip, request.prompt, request.negative_prompt, request.sampling
    )
    latent = parts.empty_latent(
        graph,
        models,
        width=models.width if request.width is None else request.width,
        height=models.height if request.height is None else request.height,
        count=request.count,
    )
    image = parts.sample(graph, models, loaded, request.sampling, prompts, latent)
    parts.save(graph, image, request.prefix)
    return graph.workflow()


PROMPT = Parameter(
    name="prompt",
    kind="text",
    purpose="What to draw.",
    required=True,
    advice="Subject first, then place, light and style.",
)

WIDTH, HEIGHT = (
    Parameter(
        name=name,
        kind="side",
        purpose=f"{name.capitalize()} in pixels.",
        default_note="the model set's",
        advice="Far from the native size, subjects double or fall apart.",
    )
    for name in ("width", "height")
)

TEXT_TO_IMAGE = LibraryWorkflow(
    name="text_to_image",
    title="Text to image",
    purpose="Draws a picture from a description.",
    wiring="The prompt and an empty latent go to the sampler, and the VAE turns what it gives into pixels. "
    "Each model set adds what its official template has: a shift, a guidance, its own sampler.",
    request=TextToImage,
    builder=text_to_image,
    parameters=(
        PROMPT,
        parameters.NEGATIVE_PROMPT,
        WIDTH,
        HEIGHT,
        parameters.COUNT,
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="The picture is blurred, or the subject appears twice.",
            cause="The size is far from the one for which the model was made.",
            remedy="Draw at the native size, and enlarge with the workflow upscale.",
        ),
        Trouble(
            symptom="Colours are hard and edges burnt.",
            cause="cfg is too high for the model set, or a distilled one runs at its parent's cfg.",
            remedy="Leave cfg out, so that the model set's is taken.",
        ),
        UNKNOWN_WORDS,
    ),
    example={"prompt": "a watercolor of green hills at sunset, with clouds", "seed": 7},
)
