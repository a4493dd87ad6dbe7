"""Image edit: an instruction changes a picture and leaves the rest as it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.errors import UsageError
from atelier.workflows import parameters, parts
from atelier.workflows.graph import Graph, Link, Workflow
from atelier.workflows.library_workflow import UNKNOWN_WORDS, LibraryWorkflow, Trouble
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.nodes.conditioning import TextEncodeQwenImageEdit, TextEncodeQwenImageEditPlus
from atelier.workflows.nodes.images import LoadImage
from atelier.workflows.nodes.latents import VAEEncode
from atelier.workflows.parameters import Parameter
from atelier.workflows.parts import Loaded, Prompts, Sampling
from atelier.workflows.sockets import Conditioning, Image

#: Pictures that TextEncodeQwenImageEditPlus takes.
MOST_PICTURES = 3


@dataclass(frozen=True, kw_only=True)
class ImageEdit:
    """The picture to edit, and what shall change."""

    instruction: str
    #: Name of an uploaded picture, as the upload answered it.
    image: str
    #: Up to two more uploaded pictures that the instruction speaks of.
    references: tuple[str, ...] = ()
    negative_prompt: str = ""
    count: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def image_edit(request: ImageEdit, models: ModelSet) -> Workflow:
    """Return the workflow that edits a picture with a model set.

    The wiring is that of the official templates image_qwen_image_edit and image_qwen_image_edit_2509: the
    pictures go to both encoders, and the first through the VAE to the sampler, which starts from noise.

    Raises:
        UsageError: the model set cannot edit, or sees fewer pictures than there are.
    """
    graph = Graph()
    loaded = parts.load(graph, models, for_edit=True)
    loader, _ = graph.add(LoadImage(image=request.image))
    source = parts.scaled_for_edit(graph, models, loader)
    references = [graph.add(LoadImage(image=each))[0] for each in request.references]
    prompts = encode_edit(
        graph, models, loaded, request.instruction, request.negative_prompt, [source, *references]
    )
    latent = graph.add(VAEEncode(pixels=source, vae=loaded.vae))
    image = parts.sample(
        graph,
        models,
        loaded,
        request.sampling,
        prompts,
        parts.repeated(graph, latent, request.count),
        cfg=models.edit_cfg,
    )
    parts.save(graph, image, request.prefix)
    return graph.workflow()


def encode_edit(
    graph: Graph,
    models: ModelSet,
    loaded: Loaded,
    instruction: str,
    negative_prompt: str,
    pictures: list[Link[Image]],
) -> Prompts:
    """Add both prompts, each encoded together with the pictures.

    Raises:
        UsageError: the model set cannot edit, or sees fewer pictures than there are.
    """
    seen = pictures_seen(models)
    if not seen:
        raise UsageError(f"{models.title} cannot edit pictures by instruction.")
    if len(pictures) > seen:
        raise UsageError(
            f"{models.title} sees {seen} picture{'s' if seen > 1 else ''} at once, got {len(pictures)}. "
            "Leave some out, or use the workflow composition."
        )

    def encoded(text: str, title: str) -> Link[Conditioning]:
        if models.edit_encoder == "TextEncodeQwenImageEdit":
            single = TextEncodeQwenImageEdit(clip=loaded.clip, vae=loaded.vae, image=pictures[0], prompt=text)
            return graph.add(single, title=title)
        first, second, third = (*pictures, None, None)[:MOST_PICTURES]
        plus = TextEncodeQwenImageEditPlus(
            clip=loaded.clip, vae=loaded.vae, image1=first, image2=second, image3=third, prompt=text
        )
        return graph.add(plus, title=title)

    return Prompts(
        positive=encoded(instruction, "Instruction"), negative=encoded(negative_prompt, "Negative prompt")
    )


def pictures_seen(models: ModelSet) -> int:
    """Return how many pictures a model set's edit encoder takes; 0 where it has none."""
    if models.edit_encoder is None:
        return 0
    return MOST_PICTURES if models.edit_encoder == "TextEncodeQwenImageEditPlus" else 1


IMAGE_EDIT = LibraryWorkflow(
    name="image_edit",
    title="Image edit",
    purpose="Changes a picture as an instruction says, and leaves the rest as it is.",
    wiring="The encoder sees the instruction together with the picture, which also goes through the VAE to "
    "the sampler. That starts from noise all the same: what stays, stays because the model has seen it. "
    "With Qwen-Image-Edit-2509, up to two more pictures can be referred to; the result has the size of the "
    "first.",
    request=ImageEdit,
    builder=image_edit,
    parameters=(
        Parameter(
            name="instruction",
            kind="text",
            purpose="What to change.",
            required=True,
            advice='One change at a time, as a command: "make it night".',
        ),
        Parameter(name="image", kind="picture", purpose="The picture to edit.", required=True),
        Parameter(
            name="references",
            kind="pictures",
            purpose="Further pictures that the instruction speaks of.",
            default=(),
            default_note="none",
            minimum=1,
            maximum=MOST_PICTURES - 1,
            advice='Qwen-Image-Edit-2509 only; name them "the second picture", "the third picture".',
        ),
        parameters.NEGATIVE_PROMPT,
        parameters.COUNT,
        *parameters.SAMPLING,
        parameters.PREFIX,
    ),
    troubles=(
        Trouble(
            symptom="Nothing changes.",
            cause="The instruction is too vague, or cfg too low.",
            remedy="Name what shall be there afterwards; raise cfg by 1.",
        ),
        Trouble(
            symptom="The whole picture changes.",
            cause="The instruction describes a scene instead of a change.",
            remedy='Write a command, and say what stays: "keep everything else".',
        ),
        Trouble(
            symptom="The result has another size than the picture.",
            cause="Pictures are scaled to about one megapixel before the edit, as the template does.",
            remedy="Enlarge the result with the workflow upscale.",
        ),
        UNKNOWN_WORDS,
    ),
    example={"instruction": "make it night", "image": "hills.png", "seed": 1},
)
