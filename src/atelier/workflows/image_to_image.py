"""Image to image: a prompt redraws a picture, as far as `denoise` lets it."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.parts import Sampling


@dataclass(frozen=True, kw_only=True)
class ImageToImage:
    """The picture to start from, and what it shall become."""

    prompt: str
    #: Name of an uploaded picture, as the upload answered it.
    image: str
    negative_prompt: str = ""
    count: int = 1
    #: `denoise`: 0.3 keeps the layout, 0.6 mixes, 0.9 follows the prompt.
    sampling: Sampling = field(default_factory=lambda: Sampling(denoise=0.6))
    prefix: str = "atelier"


def image_to_image(request: ImageToImage, models: ModelSet) -> Workflow:
    """Return the workflow that redraws a picture with a model set."""
    graph = Graph()
    loaded = parts.load(graph, models)
    positive, negative = parts.encode_texts(graph, loaded.clip, request.prompt, request.negative_prompt)
    source = graph.add("LoadImage", image=request.image)[0]
    latent = graph.add("VAEEncode", pixels=source, vae=loaded.vae)[0]
    image = parts.sample(
        graph,
        models,
        loaded,
        request.sampling,
        positive=positive,
        negative=negative,
        latent=parts.repeated(graph, latent, request.count),
    )
    graph.add("SaveImage", images=image, filename_prefix=request.prefix)
    return graph.workflow()
