"""Inpaint: a prompt fills the masked part of a picture; every other pixel stays."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.parts import Sampling


@dataclass(frozen=True, kw_only=True)
class Inpaint:
    """The picture, the mask, and what shall stand in the masked part."""

    prompt: str
    #: Names of uploaded pictures, as the uploads answered them. The mask is white where to paint.
    image: str
    mask: str
    negative_prompt: str = ""
    count: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    prefix: str = "atelier"


def inpaint(request: Inpaint, models: ModelSet) -> Workflow:
    """Return the workflow that fills the masked part of a picture with a model set.

    The result is pasted back over the source through the mask, since a VAE changes even what it keeps.
    """
    graph = Graph()
    loaded = parts.load(graph, models)
    positive, negative = parts.encode_texts(graph, loaded.clip, request.prompt, request.negative_prompt)
    source = graph.add("LoadImage", image=request.image)[0]
    mask = graph.add("LoadImageMask", image=request.mask, channel="red")[0]
    encoded = graph.add("VAEEncode", pixels=source, vae=loaded.vae)[0]
    latent = graph.add("SetLatentNoiseMask", samples=encoded, mask=mask)[0]
    painted = parts.sample(
        graph,
        models,
        loaded,
        request.sampling,
        positive=positive,
        negative=negative,
        latent=parts.repeated(graph, latent, request.count),
    )
    image = graph.add(
        "ImageCompositeMasked",
        destination=source,
        source=painted,
        x=0,
        y=0,
        resize_source=False,
        mask=mask,
    )[0]
    graph.add("SaveImage", images=image, filename_prefix=request.prefix)
    return graph.workflow()
