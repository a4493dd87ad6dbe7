"""Image edit: an instruction changes a picture and leaves the rest as it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.parts import Sampling


@dataclass(frozen=True, kw_only=True)
class ImageEdit:
    """The picture to edit, and what shall change."""

    instruction: str
    #: Name of an uploaded picture, as the upload answered it.
    image: str
    negative_prompt: str = ""
    count: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def image_edit(request: ImageEdit, models: ModelSet) -> Workflow:
    """Return the workflow that edits a picture with a model set.

    The wiring is that of the official template image_qwen_image_edit: the picture goes to both encoders
    and, through the VAE, to the sampler, which starts from noise (denoise 1).

    Raises:
        ValueError: the model set has no edit encoder.
    """
    if models.edit_encoder is None:
        raise ValueError(f"{models.title} cannot edit pictures by instruction.")
    graph = Graph()
    loaded = parts.load(graph, models, for_edit=True)
    source = graph.add("LoadImage", image=request.image)[0]
    if models.edit_megapixels is not None:
        source = graph.add(
            "ImageScaleToTotalPixels",
            image=source,
            upscale_method="lanczos",
            megapixels=models.edit_megapixels,
        )[0]
    picture = "image1" if models.edit_encoder == "TextEncodeQwenImageEditPlus" else "image"
    positive, negative = (
        graph.add(
            models.edit_encoder,
            title=title,
            clip=loaded.clip,
            vae=loaded.vae,
            prompt=text,
            **{picture: source},
        )[0]
        for title, text in (
            ("Instruction", request.instruction),
            ("Negative prompt", request.negative_prompt),
        )
    )
    latent = graph.add("VAEEncode", pixels=source, vae=loaded.vae)[0]
    image = parts.sample(
        graph,
        models,
        loaded,
        request.sampling,
        positive=positive,
        negative=negative,
        latent=parts.repeated(graph, latent, request.count),
        cfg=models.edit_cfg,
    )
    graph.add("SaveImage", images=image, filename_prefix=request.prefix)
    return graph.workflow()
