"""Text to image: a prompt becomes a picture."""

from __future__ import annotations

from dataclasses import dataclass, field

from atelier.workflows import parts
from atelier.workflows.graph import Graph, Workflow
from atelier.workflows.model_sets import ModelSet
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
    """Return the workflow that draws a prompt with a model set."""
    graph = Graph()
    loaded = parts.load(graph, models)
    positive, negative = parts.encode_texts(graph, loaded.clip, request.prompt, request.negative_prompt)
    latent = graph.add(
        "EmptySD3LatentImage",
        width=models.width if request.width is None else request.width,
        height=models.height if request.height is None else request.height,
        batch_size=request.count,
    )[0]
    image = parts.sample(
        graph, models, loaded, request.sampling, positive=positive, negative=negative, latent=latent
    )
    graph.add("SaveImage", images=image, filename_prefix=request.prefix)
    return graph.workflow()
