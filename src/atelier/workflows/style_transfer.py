"""Style transfer: one picture drawn in the style of another."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parameters, parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.image_edit import encode_edit, pictures_seen
from atelier.workflows.library_workflow import NOT_FITTED, UNKNOWN_WORDS, LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.nodes.images import LoadImage
from atelier.workflows.nodes.latents import VAEEncode
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Sampling

#: Said before the prompt where the model sees both pictures.
INSTRUCTION = "Redraw the first picture in the style of the second picture."

#: Where the encoder sees the style alone: keeps the content's layout and takes the style's colours.
_DENOISE = 0.65


@dataclass(frozen=True, kw_only=True)
class StyleTransfer:
    """What to draw, and how it shall look."""

    #: Names of uploaded pictures, as the uploads answered them.
    image: str
    style_image: str
    #: More about the result, such as the name of the style.
    prompt: str = ""
    negative_prompt: str = ""
    count: int = 1
    #: `denoise`: 0.65 is taken where the model sees the style alone, 1 where it sees both pictures.
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def style_transfer(request: StyleTransfer, models: ModelSet) -> Workflow:
    """Return the workflow that draws a picture in the style of another with a model set.

    Where the encoder sees several pictures, it sees both, with an instruction (the wiring of the official
    template image_qwen_image_edit_2509). Where it sees one, it sees the style, and the content is what the
    sampler starts from.

    Raises:
        UsageError: the model set has no edit encoder.
    """
    graph = Graph()
    loaded = parts.load(graph, models, for_edit=True)
    loader, _ = graph.add(LoadImage(image=request.image), title="Content")
    content = parts.scaled_for_edit(graph, models, loader)
    style, _ = graph.add(LoadImage(image=request.style_image), title="Style")
    sees_both = pictures_seen(models) > 1
    prompts = encode_edit(
        graph,
        models,
        loaded,
        f"{INSTRUCTION} {request.prompt}".rstrip() if sees_both else request.prompt,
        request.negative_prompt,
        [content, style] if sees_both else [style],
    )
    latent = graph.add(VAEEncode(pixels=content, vae=loaded.vae))
    image = parts.sample(
        graph,
        models,
        loaded,
        request.sampling,
        prompts,
        parts.repeated(graph, latent, request.count),
        cfg=models.edit_cfg,
        denoise=1.0 if sees_both else _DENOISE,
    )
    parts.save(graph, image, request.prefix)
    return graph.workflow()


STYLE_TRANSFER = LibraryWorkflow(
    name="style_transfer",
    title="Style transfer",
    purpose="Draws one picture in the style of another.",
    wiring=f'Qwen-Image-Edit-2509 sees both pictures in its encoder, with the instruction "{INSTRUCTION}" '
    "before the prompt. The embedded model sees one: the style; the content is the latent that the sampler "
    "starts from, as far as denoise leaves it.",
    request=StyleTransfer,
    builder=style_transfer,
    parameters=(
        Parameter(name="image", kind="picture", purpose="What to draw.", required=True),
        Parameter(name="style_image", kind="picture", purpose="How it shall look.", required=True),
        Parameter(
            name="prompt",
            kind="text",
            purpose="More about the result.",
            default="",
            advice='The name of the style helps: "a watercolor".',
        ),
        parameters.NEGATIVE_PROMPT,
        parameters.denoise(
            None,
            "With the embedded model 0.6 to 0.7: lower keeps the content, higher takes more of the style.",
            note="0.65 where the model sees the style alone, 1 where it sees both",
        ),
        parameters.COUNT,
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="The content of the style picture appears in the result.",
            cause="denoise leaves too little of the content, or the two pictures are alike.",
            remedy="Lower denoise by 0.1, or take a style picture with another subject.",
        ),
        Trouble(
            symptom="The style does not take.",
            cause="denoise is too low, or the style is weak in the picture.",
            remedy="Raise denoise by 0.1, and name the style in the prompt.",
        ),
        NOT_FITTED,
        UNKNOWN_WORDS,
    ),
    example={"image": "hills.png", "style_image": "sea.png", "prompt": "an oil painting", "seed": 4},
)
