"""The smallest workflows that prove that an engine draws."""

from __future__ import annotations

from typing import Literal

from atelier.workflows import parts
from atelier.workflows.graph import AnyNode, Graph, Link, Workflow
from atelier.workflows.model_sets import NANO
from atelier.workflows.parts import Sampling

_SIDE = 64


def health_workflow(kind: Literal["embedded", "comfyui"]) -> Workflow:
    """Return the workflow; the picture is a temporary one, and nobody's.

    The embedded engine samples; ComfyUI, of which it is not known what models it has, fills a picture.
    """
    graph = Graph()
    image = _sampled(graph) if kind == "embedded" else _filled(graph)
    graph.add(AnyNode("PreviewImage", {"images": image}, outputs=0))
    return graph.workflow()


def _sampled(graph: Graph) -> Link[object]:
    sampling = Sampling(steps=1, cfg=1.0)
    loaded = parts.load(graph, NANO)
    prompts = parts.encode(graph, NANO, loaded.clip, "the sea", "", sampling)
    latent = parts.empty_latent(graph, NANO, width=_SIDE, height=_SIDE, count=1)
    return parts.sample(graph, NANO, loaded, sampling, prompts, latent)


def _filled(graph: Graph) -> Link[object]:
    inputs = {"width": _SIDE, "height": _SIDE, "batch_size": 1, "color": 0}
    (image,) = graph.add(AnyNode("EmptyImage", inputs))
    return image
