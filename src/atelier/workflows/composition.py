"""Composition: two or three pictures become one."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parameters, parts
from atelier.workflows.graph import Graph, Link, Workflow
from atelier.workflows.image_edit import MOST_PICTURES, encode_edit, pictures_seen
from atelier.workflows.library_workflow import NOT_FITTED, UNKNOWN_WORDS, LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.nodes.images import EmptyImage, ImageCompositeMasked, ImageScale, LoadImage
from atelier.workflows.nodes.latents import VAEEncode
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Sampling
from atelier.workflows.sockets import Image
from atelier.workflows.text_to_image import HEIGHT, WIDTH

#: Melts the seams of a collage and keeps what is in it.
_COLLAGE_DENOISE = 0.7


@dataclass(frozen=True, kw_only=True)
class Composition:
    """The pictures, and what they shall become together."""

    prompt: str
    #: Names of two or three uploaded pictures, as the uploads answered them.
    images: tuple[str, ...]
    negative_prompt: str = ""
    #: Pixels; None: the model set's.
    width: int | None = None
    height: int | None = None
    count: int = 1
    #: `denoise`: 0.7 is taken for a collage, 1 where the model sees the pictures.
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def composition(request: Composition, models: ModelSet) -> Workflow:
    """Return the workflow that makes one picture of several with a model set.

    A model set whose encoder sees several pictures gets them there, and draws into an empty latent, as the
    note of the official template image_qwen_image_edit_2509 has it for free sizes. Any other gets them pasted
    side by side, and redraws the collage.

    Raises:
        UsageError: the request names a guidance, and the model set reads none.
    """
    width = models.width if request.width is None else request.width
    height = models.height if request.height is None else request.height
    graph = Graph()
    if pictures_seen(models) >= len(request.images):
        loaded = parts.load(graph, models, for_edit=True)
        pictures = [graph.add(LoadImage(image=each))[0] for each in request.images]
        prompts = encode_edit(graph, models, loaded, request.prompt, request.negative_prompt, pictures)
        latent = parts.empty_latent(graph, models, width=width, height=height, count=request.count)
        image = parts.sample(graph, models, loaded, request.sampling, prompts, latent, cfg=models.edit_cfg)
    else:
        loaded = parts.load(graph, models)
        prompts = parts.encode(
            graph, models, loaded.clip, request.prompt, request.negative_prompt, request.sampling
        )
        pictures = [graph.add(LoadImage(image=each))[0] for each in request.images]
        pasted = _collage(graph, pictures, width=width, height=height)
        latent = parts.repeated(graph, graph.add(VAEEncode(pixels=pasted, vae=loaded.vae)), request.count)
        image = parts.sample(
            graph, models, loaded, request.sampling, prompts, latent, denoise=_COLLAGE_DENOISE
        )
    parts.save(graph, image, request.prefix)
    return graph.workflow()


def _collage(graph: Graph, pictures: list[Link[Image]], *, width: int, height: int) -> Link[Image]:
    """Paste the middles of pictures into columns of equal width, from left to right."""
    pasted = graph.add(EmptyImage(width=width, height=height), title="Canvas")
    edges = [round(width * each / len(pictures)) for each in range(len(pictures) + 1)]
    for picture, left, right in zip(pictures, edges[:-1], edges[1:], strict=True):
        column = graph.add(
            ImageScale(
                image=picture, upscale_method="lanczos", width=right - left, height=height, crop="center"
            )
        )
        pasted = graph.add(ImageCompositeMasked(destination=pasted, source=column, x=left, y=0))
    return pasted


COMPOSITION = LibraryWorkflow(
    name="composition",
    title="Composition",
    purpose="Makes one picture of two or three.",
    wiring="Qwen-Image-Edit-2509 sees all pictures in its encoder and draws into an empty latent of the size "
    "that is asked for. Any other model set gets the pictures pasted side by side, and redraws the collage "
    "as image_to_image does.",
    request=Composition,
    builder=composition,
    parameters=(
        Parameter(
            name="prompt",
            kind="text",
            purpose="What the pictures become together.",
            required=True,
            advice='With Qwen-Image-Edit-2509 an instruction: "the dog of the first picture on the beach of '
            'the second"; else a description of the whole.',
        ),
        Parameter(
            name="images",
            kind="pictures",
            purpose="The pictures, from left to right.",
            required=True,
            minimum=2,
            maximum=MOST_PICTURES,
        ),
        parameters.NEGATIVE_PROMPT,
        WIDTH,
        HEIGHT,
        parameters.denoise(
            None,
            "Of a collage: 0.5 keeps the pictures apart, 0.8 melts them.",
            note="0.7 for a collage, 1 where the model sees the pictures",
        ),
        parameters.COUNT,
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="The seams of the collage can be seen.",
            cause="denoise is too low to redraw them.",
            remedy="Raise denoise to 0.8, and describe one scene that holds everything.",
        ),
        Trouble(
            symptom="A picture is ignored.",
            cause="The prompt does not speak of it.",
            remedy='Name each: "the first picture", "the second picture".',
        ),
        NOT_FITTED,
        UNKNOWN_WORDS,
    ),
    example={
        "prompt": "the sea behind green hills at sunset",
        "images": ("hills.png", "sea.png"),
        "seed": 2,
    },
)
